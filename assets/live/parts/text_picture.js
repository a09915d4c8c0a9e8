// The text as a picture.

import { add } from "../dom/nodes.js";
import { forcedTo } from "../model/tokens.js";
import { stepName } from "../model/wording.js";
import { fitted, textWidth } from "../scenes/measure.js";
import { shadeOf } from "../scenes/rows_picture.js";
import { FAMILY, PAINT, pictureText, roundBox, strike } from "../scenes/shapes.js";

const LINE = { height: 38, size: 19 };

export function textPicture(view) {
  const { stage, look } = view,
    layers = look.step ?? stage.num_layers;
  const width = textPictureWidth(stage);
  const blocks = stage.segments.map(({ title, words }) => ({
    title,
    lines: wrapped(words, width, view.root),
  }));
  const scene = { width, height: 0, family: FAMILY, paths: [], texts: [] };
  let y = 36;
  for (const { title, lines } of blocks) {
    if (title) {
      scene.texts.push(pictureText(0, y - 14, title, { "font-weight": 600, "font-size": 15 }));
      y += 28;
    }
    for (const pieces of lines) {
      for (const piece of pieces) drawWord(scene, view, piece, y, layers);
      y += LINE.height;
    }
    y += 24;
  }
  scene.height = y - 24 - LINE.height + 14;
  const moment = look.step === null ? "after all layers" : stepName(look.step, stage.num_layers);
  return {
    title: `What is left of the text ${moment}`,
    scene,
    legend: [
      ["shade", "layers survived, none to all"],
      ["underline", "kept"],
      ["strike", "dropped"],
    ],
  };
}

// As wide as the longest line of the text, within a comfortable width for reading.
function textPictureWidth({ segments }) {
  const font = { size: LINE.size, family: FAMILY };
  const whole = segments.map(({ words }) =>
    words
      .map(({ text }) => text)
      .join("")
      .trim(),
  );
  const widest = Math.max(...whole.flatMap((text) => text.split("\n")).map((line) => textWidth(line, font)));
  return Math.ceil(Math.max(560, Math.min(1000, widest + 2)));
}

// Pieces with their positions, line by line. The browser lays them out invisibly, as it handles texts of
// mixed direction. A word wider than a line is cut.
function wrapped(words, width, host) {
  const font = { size: LINE.size, family: FAMILY },
    lines = [];
  const bench = add(host, "p", "ltp-unseen");
  bench.dir = "auto";
  Object.assign(bench.style, {
    width: `${width}px`,
    height: "auto",
    whiteSpace: "pre-wrap",
    padding: 0,
    font: `${LINE.size}px/${LINE.height}px ${FAMILY}`,
  });
  const pieces = words.flatMap((word) =>
    word.text
      .split(/(\s+)/)
      .filter(Boolean)
      .map((part) => {
        const isSpace = !part.trim(),
          text = isSpace ? part : fitted(part, width, font);
        const node = add(bench, "span", "", text);
        if (!isSpace) node.style.whiteSpace = "pre"; // unbroken on one line
        return { word, text, node, isSpace };
      }),
  );
  const { left } = bench.getBoundingClientRect();
  let top = bench.getBoundingClientRect().top - LINE.height / 2; // of the current line
  for (const { word, text, node } of pieces.filter(({ isSpace }) => !isSpace)) {
    const box = node.getBoundingClientRect();
    for (; box.top - top > LINE.height / 2; top += LINE.height) lines.push([]);
    top = box.top;
    lines[lines.length - 1].push({ word, text, x: box.left - left, wide: box.width });
  }
  bench.remove();
  return lines;
}

function drawWord(scene, view, { word, text, x, wide }, y, layers) {
  const { positions } = word,
    isRead = positions.length > 0;
  scene.texts.push(pictureText(x, y, text, { "font-size": LINE.size, "fill-opacity": isRead ? 1 : 0.78 }));
  if (!isRead) return;
  // A word is kept while any of its tokens is.
  const depth = Math.min(layers, Math.max(...positions.map((position) => view.frame.depths[position])));
  const opacity = shadeOf(layers ? depth / layers : 1);
  scene.paths.push({ d: roundBox(x, y - 21, wide, 29), fill: PAINT.accent, "fill-opacity": opacity });
  scene.paths.push(
    depth < layers
      ? strike(x, y - 6, wide, 0.6)
      : { d: `M${x} ${y + 7}h${wide}`, stroke: PAINT.accent, "stroke-width": 3, fill: "none" },
  );
  const forced = positions.map((position) => forcedTo(view, position)).find(Boolean);
  const mark = { keep: "▲", drop: "▼" }[forced] ?? "";
  scene.texts.push(pictureText(x + wide / 2, y - 24, mark, { "font-size": 10, "text-anchor": "middle" }));
}
