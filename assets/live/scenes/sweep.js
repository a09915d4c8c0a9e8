// The figure of all strengths: FLOPs saved, and the answer with its changes. Only the upright line moves.

import { answerName, sweepCurves } from "../model/curves.js";
import { nearestScale } from "../model/frames.js";
import { numberOf, strengthText } from "../model/numbers.js";
import { axesMarks, evenSteps, legendMarks, PLOT } from "./axes.js";
import { textWidth } from "./measure.js";
import { diamond, HIDDEN_TEXT, noteText, PAINT } from "./shapes.js";

export function sweepRight({ stage }) {
  return stage.regression === null ? PLOT.right : 52; // a regression has its own axis on the right
}

export function sweepScene(view, frame, { width, height, family }, pointed) {
  const { sweep, stage } = view, most = stage.max_scale;
  const base = height - PLOT.bottom, right = sweepRight(view);
  // A sweep of other layer scales or forced tokens is faded until the next one arrives.
  const faded = view.liveSweep ? 1 : 0.35;
  const dotted = { fill: "none", stroke: PAINT.ink, "stroke-width": 1.8, "stroke-dasharray": "2 4",
    "stroke-opacity": 0.75 * faded };
  const solid = { fill: "none", stroke: PAINT.accent, "stroke-width": 2.2, "stroke-opacity": faded };
  const flip = { fill: PAINT.alarm, stroke: PAINT.ground, "fill-opacity": faded };
  const key = legendMarks([
    ["FLOPs saved", (at, middle) => [{ ...dotted, d: `M${at} ${middle}h22` }]],
    [answerName(stage), (at, middle) => [{ ...solid, d: `M${at} ${middle}h22` }]],
    ...(stage.regression === null
      ? [["answer changes", (at, middle) => [{ ...flip, d: diamond(6)(at + 11, middle) }]]] : []),
  ], { width, family });
  const { top } = key, x = (scale) => PLOT.left + (scale / most) * (width - PLOT.left - right);
  const y = (percent) => base - (percent / 102) * (base - top);
  const plot = axesMarks({ width, height, right }, { top, y, yTitle: "", xTitle: "pruning strength",
    xTicks: evenSteps(most, width > 560 ? 0.5 : 1).map((scale) => [x(scale), `${scale}`]),
    yTicks: evenSteps(100, 25).map((value) => [value, `${value} %`]) });
  const scene = { width, height, family, paths: [...plot.paths, ...key.paths],
    texts: [...plot.texts, ...key.texts] };
  const thin = { fill: "none", stroke: PAINT.ink, "stroke-width": 1.5 };
  const upright = { ...thin, d: `M${x(frame.scale)} ${top}V${base}` };
  const handle = { d: `M${x(frame.scale)} ${top}l-6 -8h12z`, fill: PAINT.ink };
  if (!sweep) {
    scene.paths.push(upright, handle);
    return scene;
  }
  const curves = sweepCurves(sweep, stage), [low, high] = curves.range;
  const yAnswer = (value) => base - ((value - low) / (high - low)) * (base - top);
  const stairs = (values, at) =>
    values.map((value, k) => (k ? `H${x(sweep.scales[k])}V${at(value)}` : `M${x(0)} ${at(value)}`)).join("");
  const flips = sweep.flips.map((k) => diamond(6)(x(sweep.scales[k]), yAnswer(curves.answers[k])));
  const at = pointed === null ? frame.scale : ((pointed - x(0)) / (x(most) - x(0))) * most;
  const shown = nearestScale(sweep, at);
  const hover = pointed === null ? "" : `M${x(sweep.scales[shown])} ${top}V${base}`;
  const saved = `${curves.saved[shown].toFixed(1)} % saved`;
  const readout = `${strengthText(sweep.scales[shown])}: ${saved}, ${curves.read(shown)}`;
  const fits = key.end + textWidth(readout, { size: 12, family }) < width - 4;
  scene.paths.push({ ...dotted, d: stairs(curves.saved, y) },
    { ...solid, d: stairs(curves.answers, yAnswer) }, { ...flip, d: flips.join("") },
    { ...thin, d: hover, "stroke-opacity": 0.4 }, upright, handle);
  scene.texts.push(...rightAxis(curves, width - right, yAnswer),
    fits ? { ...noteText(width - 2, key.y + 4, readout, "end"), "fill-opacity": 1 } : HIDDEN_TEXT);
  return scene;
}

function rightAxis({ range, isNumber }, x, y) {
  if (!isNumber) return [];
  const [low, high] = range;
  return [low, (low + high) / 2, high].map((value) => noteText(x + 7, y(value) + 4, numberOf(value)));
}
