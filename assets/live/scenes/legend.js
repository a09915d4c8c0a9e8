// The heading and the legend of a picture.

import { strengthText } from "../model/numbers.js";
import { fitted, textWidth } from "./measure.js";
import { CELL, shadeOf } from "./rows_picture.js";
import { disc, FAMILY, PAINT, pictureText, roundBox, strike } from "./shapes.js";

export function headingScene({ frame, stage, settings }, title, width) {
  const forced = settings.keep.length + settings.drop.length;
  const layers = settings.layer_scales.some((scale) => scale !== 1) ? " with layer scales" : "";
  const facts = [
    stage.model,
    `pruning strength ${strengthText(frame.scale)}${layers}`,
    `FLOPs saved: ${frame.outcome.saved.toFixed(1)} %`,
    `answer: ${frame.outcome.label}`,
  ];
  if (forced) facts.push(`${forced} forced: ▲ kept, ▼ dropped`);
  const lines = factLines(facts, width),
    first = { x: 0, y: 19, text: title, "font-size": 20 };
  return {
    width,
    height: 26 + 20 * lines.length,
    family: FAMILY,
    paths: [],
    texts: [
      { ...first, "font-weight": 600, fill: PAINT.ink },
      ...lines.map((text, i) => ({
        x: 0,
        y: 42 + 20 * i,
        text,
        "font-size": 13,
        fill: PAINT.ink,
        "fill-opacity": 0.78,
      })),
    ],
  };
}

// As many facts per line as fit.
function factLines(facts, width) {
  const font = { size: 13, family: FAMILY },
    lines = [];
  for (const fact of facts) {
    const longer = [...lines.slice(-1), fact].join("  ·  ");
    if (lines.length && textWidth(longer, font) <= width) lines[lines.length - 1] = longer;
    else lines.push(fitted(fact, width, font));
  }
  return lines;
}

// The legend of the marks, on one line at the top.
export function legendScene(entries) {
  const scene = { height: 18, family: FAMILY, paths: [], texts: [] };
  let x = 0;
  for (const [kind, meaning] of entries) {
    scene.paths.push(...legendSample(kind, x));
    scene.texts.push(pictureText(x + 38, 14, meaning, { "fill-opacity": 0.85 }));
    x += 38 + textWidth(meaning, { size: CELL.size, family: FAMILY }) + 26;
  }
  return { ...scene, width: x - 26 };
}

function legendSample(kind, x) {
  const line = { fill: "none", stroke: PAINT.accent };
  const thin = { fill: "none", stroke: PAINT.ink, "stroke-width": 1.4 };
  switch (kind) {
    case "shade":
      return [0, 0.5, 1].map((level, i) => ({
        d: `M${x + 10 * i} 0h10v18h-10z`,
        fill: PAINT.accent,
        "fill-opacity": shadeOf(level),
      }));
    case "dropped":
      return [
        { ...thin, d: roundBox(x, 0, 30, 18), "stroke-dasharray": "3 3", "stroke-opacity": 0.7 },
        strike(x + 5, 9, 20, 1),
      ];
    case "underline":
      return [{ ...line, d: `M${x} 15h30`, "stroke-width": 3 }];
    case "strike":
      return [strike(x, 9, 30, 0.6)];
    case "survivor":
      return [{ ...line, d: `M${x} 9h30`, "stroke-width": 12, "stroke-opacity": 0.6 }];
    default:
      return [
        { ...line, d: `M${x} 9h22`, "stroke-width": 12, "stroke-opacity": 0.26 },
        { ...thin, d: disc(4)(x + 23, 9), fill: PAINT.ground },
      ];
  }
}
