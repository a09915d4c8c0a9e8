// The rows as a picture: the whole of a long text, broken into lines that fit a slide.

import { shownState } from "../model/frames.js";
import { scoreRange, shadeLevel, sweepRange } from "../model/shades.js";
import { markedName, shownTokens } from "../model/tokens.js";
import { fitted, textWidth } from "./measure.js";
import { FAMILY, PAINT, pictureText, roundBox, strike } from "./shapes.js";

export const PICTURE_WIDTH = 1160;
const SHADES = { least: 0.08, most: 0.5 }; // opacity of the accent colour: at least, at most

// Opacity of a level between 0 and 1.
export function shadeOf(level) {
  return SHADES.least + (SHADES.most - SHADES.least) * level;
}

export const CELL = { height: 26, gap: 4, size: 13 };

export function rowsPicture(view) {
  const { stage, frame, look } = view,
    layers = stage.num_layers,
    head = 112;
  const range = view.sweep ? sweepRange(view.sweep) : scoreRange(frame, stage); // as in the grid itself
  const shade = (score) => shadeOf(shadeLevel(score, range) / 100);
  const lines = evenLines(view, PICTURE_WIDTH - head);
  const width = head + Math.max(...lines.map(({ end }) => end));
  const scene = { width: Math.max(560, width), height: 0, family: FAMILY, paths: [], texts: [] };
  let y = 0;
  lines.forEach((line, i) => {
    if (line.title) {
      scene.texts.push(pictureText(head, y + 10, line.title, { "font-weight": 600 }));
      y += 20;
    }
    for (let layer = 0; layer < layers; layer += 1) {
      const opacity = look.step !== null && layer >= look.step ? 0.4 : 1; // layers beyond the step
      const name = { "font-weight": 600, "fill-opacity": opacity };
      const left = { "font-size": 11, "fill-opacity": 0.8 * opacity };
      scene.texts.push(pictureText(0, y + 17, `Layer ${layer + 1}`, name));
      if (i === 0) scene.texts.push(pictureText(62, y + 17, `${frame.lengths[layer]} left`, left));
      for (const cell of line.cells) {
        drawCell(scene, view, { ...cell, x: head + cell.x, y, layer, opacity, shade });
      }
      y += CELL.height + CELL.gap;
    }
    y += 18;
  });
  scene.height = y - 18 - CELL.gap;
  return {
    title: `${stage.tokens.length} tokens, layer by layer`,
    scene,
    legend: [
      ["shade", "score, low to high"],
      ["dropped", "dropped here"],
    ],
  };
}

// As few lines as possible within `width`, of about equal length.
function evenLines(view, width) {
  let lines = gridLines(view, width);
  for (let narrower = width - 20; narrower > 400; narrower -= 20) {
    const others = gridLines(view, narrower);
    if (others.length > lines.length) break;
    lines = others;
  }
  return lines;
}

// Tokens broken into lines of at most `width`; each text of a pair starts a line of its own.
function gridLines(view, width) {
  const lines = [],
    { segments } = view.stage,
    font = { size: CELL.size, family: FAMILY };
  for (const position of shownTokens(view)) {
    const name = fitted(markedName(view, position), 150, font);
    const wide = Math.max(24, textWidth(name, font) + 12);
    const segment = segments.findLastIndex(({ first }) => position >= first);
    let line = lines[lines.length - 1];
    const isNew = !line || line.segment !== segment;
    if (isNew || line.end + wide > width) {
      line = { segment, title: isNew ? segments[segment]?.title : "", cells: [], end: 0 };
      lines.push(line);
    }
    line.cells.push({ position, name, x: line.end, wide });
    line.end += wide + CELL.gap;
  }
  return lines;
}

function drawCell(scene, view, { position, name, x, y, wide, layer, opacity, shade }) {
  const state = shownState(view.frame, layer, position, view.look.step),
    score = view.frame.score(layer, position);
  const d = roundBox(x, y, wide, CELL.height),
    middle = x + wide / 2;
  if (state === "gone") return;
  if (state !== "later")
    scene.paths.push(
      state === "kept"
        ? { d, fill: PAINT.accent, "fill-opacity": shade(score) * opacity }
        : { d, fill: "none", stroke: PAINT.ink, "stroke-dasharray": "3 3", "stroke-opacity": 0.7 * opacity },
    );
  const half = textWidth(name, { size: CELL.size, family: FAMILY }) / 2;
  if (state === "dropped") scene.paths.push(strike(middle - half, y + CELL.height / 2, 2 * half, opacity));
  scene.texts.push(pictureText(middle, y + 17.5, name, { "text-anchor": "middle", "fill-opacity": opacity }));
}
