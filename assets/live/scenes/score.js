// One token’s score against the threshold, layer by layer.

import { logAxis } from "./axes.js";
import { diamond, disc, noteText, PAINT } from "./shapes.js";

export const SCORE_EDGES = { left: 46, right: 12, top: 24, bottom: 22 };
const SCORE_HEIGHT = 150;

// Over all scores of the sweep, so that the axis does not move with the slider or the token.
function scoreAxis(view) {
  const { sweep, stage, exact } = view,
    highest = stage.max_scale * Math.max(...stage.learned, 1e-4);
  const known = sweep ? sweep.score_range.map(Math.exp) : [1e-3, Math.max(...exact.thresholds)];
  return [known[0] / 1.25, Math.max(known[1], highest) * 1.25].map(Math.log10);
}

export function scoreScene(view, position, hovered, { width, family }) {
  const { frame, stage } = view,
    { left, right, top, bottom } = SCORE_EDGES,
    layers = stage.num_layers;
  const base = SCORE_HEIGHT - bottom,
    hasZero = frame.thresholds.includes(0);
  const { ticks, y } = logAxis(...scoreAxis(view), base, top, hasZero);
  const x = (layer) => left + (layers > 1 ? (layer * (width - left - right)) / (layers - 1) : 0);
  const all = stage.learned.map((_, layer) => layer);
  const scores = all.map((layer) => frame.score(layer, position));
  const scored = all.filter((layer) => scores[layer] !== null),
    depth = frame.depths[position];
  const points = (among, values, shape) => among.map((layer) => shape(x(layer), y(values[layer]))).join("");
  const path = (among, values) => points(among, values, (at, height) => `L${at} ${height}`).replace("L", "M");
  const grey = { fill: "none", stroke: PAINT.ink };
  const dashed = { ...grey, "stroke-width": 1.5, "stroke-dasharray": "5 4" };
  const hollow = { fill: PAINT.ground, stroke: PAINT.ink, "stroke-width": 1.5 };
  const line = { fill: "none", stroke: PAINT.accent, "stroke-width": 2 },
    dot = { fill: PAINT.accent };
  const grid = ticks.map(([value]) => `M${left} ${y(value)}H${width - right}`).join("");
  return {
    width,
    height: SCORE_HEIGHT,
    family,
    paths: [
      { ...grey, d: grid, "stroke-opacity": 0.14 },
      { ...grey, d: hovered === null ? "" : `M${x(hovered)} ${top}V${base}`, "stroke-opacity": 0.4 },
      { ...dashed, d: path(all, frame.thresholds) },
      { ...hollow, d: points(all, frame.thresholds, diamond(4.5)) },
      { ...line, d: path(scored, scores) },
      {
        ...dot,
        d: points(
          scored.filter((layer) => layer !== depth),
          scores,
          disc(4),
        ),
      },
      {
        ...line,
        fill: PAINT.ground,
        d: points(
          scored.filter((layer) => layer === depth),
          scores,
          disc(5),
        ),
      },
      { ...line, d: `M${left} 9h18` },
      { ...dot, d: disc(4)(left + 9, 9) },
      { ...dashed, d: `M${left + 78} 9h22` },
      { ...hollow, d: diamond(4.5)(left + 89, 9) },
    ],
    texts: [
      ...ticks.map(([value, name]) => noteText(left - 6, y(value) + 4, name, "end")),
      ...all
        .filter((layer) => layer % Math.ceil(layers / 12) === 0)
        .map((layer) => noteText(x(layer), SCORE_HEIGHT - 6, `${layer + 1}`, "middle")),
      noteText(left + 23, 13, "score"),
      noteText(left + 105, 13, "threshold"),
    ],
  };
}
