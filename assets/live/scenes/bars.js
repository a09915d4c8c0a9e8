// Bars per layer: tokens left, FLOPs.

import { mflops, shortNumber } from "../model/numbers.js";
import { axesMarks, columnsOf, legendMarks, PLOT, roundTicks } from "./axes.js";
import { textWidth } from "./measure.js";
import { HIDDEN_TEXT, noteText, PAINT } from "./shapes.js";

export function barsScene(size, pointed, yTitle, values, wholes) {
  const outline = { fill: "none", stroke: PAINT.ink, "stroke-opacity": 0.55, "stroke-width": 1.2 };
  const filled = { fill: PAINT.accent };
  const sample = (mark) => (x, y) => [{ ...mark, d: `M${x + 4} ${y - 6}h14v12h-14z` }];
  const key = legendMarks(
    [
      ["unpruned", sample(outline)],
      ["pruned", sample(filled)],
    ],
    size,
  );
  const { top } = key,
    base = size.height - PLOT.bottom,
    most = Math.max(...wholes, 1);
  const columns = columnsOf(size, values.length),
    wide = columns.pitch * 0.76,
    shown = columns.at(pointed);
  const y = (value) => base - (value / most) * (base - top);
  const bars = (list) =>
    list
      .map((value, layer) => {
        const high = base - y(value);
        return `M${columns.middle(layer) - wide / 2} ${base}v${-high}h${wide}v${high}z`;
      })
      .join("");
  const names = values.map(shortNumber);
  const widest = [...wholes.map(shortNumber), "8.8"]; // independent of the values, so that the size is constant while a slider moves
  const fits = (px) =>
    widest.every((name) => textWidth(name, { size: px, family: size.family, weight: 600 }) <= wide);
  const px = [12, 11, 10].find(fits),
    isRoomy = Boolean(px); // otherwise only the value under the pointer is shown
  const numbers = values.map((value, layer) => {
    if (!isRoomy && layer !== shown) return HIDDEN_TEXT;
    const isInside = isRoomy && base - y(value) > 22; // inside its bar, if that is tall and wide enough
    const at = isInside ? y(value) + 15 : Math.max(top + 12, y(value) - 5);
    return {
      ...noteText(columns.middle(layer), at, names[layer], "middle"),
      "font-weight": 600,
      "font-size": px ?? 12,
      "fill-opacity": 1,
      fill: isInside ? PAINT.ground : PAINT.ink,
    };
  });
  const plot = axesMarks(size, {
    top,
    y,
    yTitle,
    yTicks: roundTicks(most),
    xTitle: "layer",
    xTicks: columns.ticks,
  });
  return {
    ...size,
    texts: [...plot.texts, ...key.texts, ...numbers],
    paths: [...plot.paths, { ...filled, d: bars(values) }, { ...outline, d: bars(wholes) }, ...key.paths],
  };
}

export function lengthsInWords({ frame, stage }) {
  const left = frame.lengths.join(", ");
  return `Tokens left after each layer: ${left}, of ${stage.tokens.length} without pruning.`;
}

export function flopsInWords({ frame, stage }) {
  const [now, dense] = [frame.layerMacs, stage.dense.layer_macs].map((macs) => mflops(macs).map(shortNumber));
  return `Millions of FLOPs per layer: ${now.join(", ")} pruned, ${dense[0]} each without pruning.`;
}
