// Thresholds per layer, learned and in use.

import { numberOf } from "../model/numbers.js";
import { axesMarks, columnsOf, legendMarks, logAxis, PLOT } from "./axes.js";
import { diamond, disc, HIDDEN_TEXT, noteText, PAINT } from "./shapes.js";

export function thresholdsScene({ stage }, frame, size, pointed) {
  const { learned } = stage,
    positive = learned.filter((value) => value > 0),
    inUse = frame.thresholds;
  const old = { fill: "none", stroke: PAINT.ink, "stroke-opacity": 0.6 };
  const oldLine = { ...old, "stroke-dasharray": "2 3", "stroke-width": 1.5 };
  const ring = { ...old, fill: PAINT.ground, "stroke-width": 2 };
  const line = { fill: "none", stroke: PAINT.accent, "stroke-width": 2 },
    mark = { fill: PAINT.accent };
  const key = legendMarks(
    [
      [
        stage.thresholds_learned ? "learned" : "initial, not learned",
        (x, y) => [
          { ...oldLine, d: `M${x} ${y}h22` },
          { ...ring, d: disc(5)(x + 11, y) },
        ],
      ],
      [
        "in use",
        (x, y) => [
          { ...line, d: `M${x} ${y}h22` },
          { ...mark, d: diamond(5)(x + 11, y) },
        ],
      ],
    ],
    size,
  );
  const { top } = key,
    base = size.height - PLOT.bottom,
    columns = columnsOf(size, learned.length);
  const most = Math.max(...learned.map((value) => value * stage.max_scale), ...inUse, 1e-4);
  const least = Math.min(...positive, 1) / 20,
    hasZero = [...learned, ...inUse].includes(0);
  const { ticks, y } = logAxis(Math.log10(least), Math.log10(most * 1.3), base, top, hasZero);
  const points = (list, shape) => list.map((value, layer) => shape(columns.middle(layer), y(value))).join("");
  const path = (list) => points(list, (x, at) => `L${x} ${at}`).replace("L", "M");
  const shown = columns.at(pointed);
  const value =
    shown === null
      ? HIDDEN_TEXT
      : {
          "font-weight": 600,
          ...noteText(
            columns.middle(shown),
            Math.max(top + 10, y(inUse[shown]) - 12),
            numberOf(inUse[shown]),
            "middle",
          ),
        };
  const plot = axesMarks(size, {
    top,
    y,
    yTitle: "score",
    yTicks: ticks,
    xTitle: "layer",
    xTicks: columns.ticks,
  });
  return {
    ...size,
    texts: [...plot.texts, ...key.texts, value],
    paths: [
      ...plot.paths,
      { ...oldLine, d: path(learned) },
      { ...ring, d: points(learned, disc(5)) },
      { ...line, d: path(inUse) },
      { ...mark, d: points(inUse, diamond(5)) },
      ...key.paths,
    ],
  };
}

export function thresholdsInWords({ frame, stage }) {
  const list = (values) => values.map(numberOf).join(", ");
  return (
    `Thresholds from the first layer to the last: in use ${list(frame.thresholds)}; ` +
    `${stage.thresholds_learned ? "learned" : "initial"} ${list(stage.learned)}.`
  );
}
