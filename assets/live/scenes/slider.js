// The figure above the slider's track, from the sweep: the answer and the compute saved at every strength, hatched
// where the answer is not the unpruned one, and ticks where tokens are dropped. A strength is exactly above the
// middle of the thumb at that strength. Nothing here depends on the current strength.

import { otherAnswers } from "../model/changes.js";
import { shortAnswerName, sweepCurves } from "../model/curves.js";
import { textWidth } from "./measure.js";
import { HIDDEN_TEXT, noteText, PAINT } from "./shapes.js";

const SLIDER_HEIGHT = 68;
const TOP = 7;
const BASE = 55; // of the curves; ticks are below
const TICK = 9; // height of the highest tick

// changes: of each strength, from `changesOf`; inset: half of the thumb's width; token: the selected one, or null.
export function sliderScene({ sweep, stage }, changes, token, { width, family, inset }) {
  const scene = { width, height: SLIDER_HEIGHT, family, paths: [], texts: [] };
  if (!sweep) return scene;
  const last = sweep.scales.length - 1,
    x = (k) => tenths(inset + (k / last) * (width - 2 * inset));
  const curves = sweepCurves(sweep, stage),
    [low, high] = curves.range;
  const yAnswer = (value) => tenths(BASE - ((value - low) / (high - low)) * (BASE - TOP));
  const ySaved = (percent) => tenths(BASE - (percent / 100) * (BASE - TOP));
  const stairs = (values, y) =>
    values.map((value, k) => (k ? `H${x(k)}V${y(value)}` : `M${x(0)} ${y(value)}`)).join("");
  const slot = (x(last) - x(0)) / last;
  const regions = otherAnswers(sweep.outcomes)
    .map(
      ([first, end]) =>
        `M${x(first) - slot / 2} ${TOP - 4}H${x(end - 1) + slot / 2}V${BASE}H${x(first) - slot / 2}z`,
    )
    .join("");
  const flips = sweep.flips.map((k) => `M${x(k)} ${TOP - 4}V${SLIDER_HEIGHT}`).join("");
  const most = Math.max(1, ...changes.map(({ falls }) => falls.length));
  const tick = ({ falls }, k) =>
    `M${x(k)} ${BASE + 11}v${-tenths(2 + (TICK - 2) * Math.sqrt(falls.length / most))}`;
  const ticks = changes.map((change, k) => (change.falls.length ? tick(change, k) : "")).join("");
  const own = changes.map((change, k) => (change.falls.includes(token) ? tick(change, k) : "")).join("");
  scene.paths.push(
    { d: regions, fill: PAINT.alarm, "fill-opacity": 0.1 },
    { d: `M${x(0)} ${BASE}H${x(last)}`, fill: "none", stroke: PAINT.ink, "stroke-opacity": 0.25 },
    {
      d: stairs(curves.saved, ySaved),
      fill: "none",
      stroke: PAINT.ink,
      "stroke-width": 1.5,
      "stroke-dasharray": "2 4",
      "stroke-opacity": 0.75,
    },
    { d: stairs(curves.answers, yAnswer), fill: "none", stroke: PAINT.accent, "stroke-width": 2.2 },
    { d: flips, fill: "none", stroke: PAINT.alarm, "stroke-width": 1.2, "stroke-opacity": 0.8 },
    {
      d: ticks,
      fill: "none",
      stroke: PAINT.ink,
      "stroke-width": Math.max(1, Math.min(3, slot * 0.35)),
      "stroke-opacity": 0.55,
    },
    { d: own, fill: "none", stroke: PAINT.accent, "stroke-width": 4 },
  );
  scene.texts.push(...curveNames(curves, stage, { width, family, inset, ySaved, yAnswer }));
  return scene;
}

// Direct names: of the answer at the left end, of the compute saved at the right end, above or below the line.
function curveNames(curves, stage, { width, family, inset, ySaved, yAnswer }) {
  const halo = { stroke: PAINT.ground, "stroke-width": 3, "paint-order": "stroke", "fill-opacity": 1 };
  const answer = shortAnswerName(stage),
    saved = "compute saved";
  const room = width - 2 * inset,
    start = yAnswer(curves.answers[0]),
    end = ySaved(curves.saved.at(-1));
  const both = textWidth(answer, { size: 12, family }) + textWidth(saved, { size: 12, family }) + 24 < room;
  const beside = (y) => (y < (TOP + BASE) / 2 ? y + 13 : y - 5);
  return [
    { ...noteText(inset + 2, beside(start), answer), ...halo, fill: PAINT.accent },
    both ? { ...noteText(width - inset - 2, beside(end), saved, "end"), ...halo } : HIDDEN_TEXT,
  ];
}

function tenths(value) {
  return Math.round(10 * value) / 10;
}
