// The grid and the text as pictures: the whole of a long text, broken into lines that fit a slide.

const PICTURE_WIDTH = 1160;
const SHADES = { least: 0.08, most: 0.5 }; // opacity of the accent colour: at least, at most

// Opacity of a level between 0 and 1.
function shadeOf(level) {
  return SHADES.least + (SHADES.most - SHADES.least) * level;
}

const CELL = { height: 26, gap: 4, size: 13 };

function gridPicture(view) {
  const { stage, frame, look } = view, layers = stage.num_layers, head = 112;
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
  return { title: `${stage.tokens.length} tokens, layer by layer`, scene,
    legend: [["shade", "score, low to high"], ["dropped", "dropped here"], ["gone", "dropped earlier"]] };
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
  const lines = [], { segments } = view.stage, font = { size: CELL.size, family: FAMILY };
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
  const state = stateOf(view.frame, layer, position), score = view.frame.score(layer, position);
  const d = roundBox(x, y, wide, CELL.height), middle = x + wide / 2;
  if (state === "gone") {
    const dot = disc(1.6)(middle, y + CELL.height / 2);
    scene.paths.push({ d: dot, fill: PAINT.ink, "fill-opacity": 0.5 * opacity });
    return;
  }
  scene.paths.push(state === "kept" ? { d, fill: PAINT.accent, "fill-opacity": shade(score) * opacity }
    : { d, fill: "none", stroke: PAINT.ink, "stroke-dasharray": "3 3", "stroke-opacity": 0.7 * opacity });
  const half = textWidth(name, { size: CELL.size, family: FAMILY }) / 2;
  if (state === "dropped") scene.paths.push(strike(middle - half, y + CELL.height / 2, 2 * half, opacity));
  scene.texts.push(pictureText(middle, y + 17.5, name, { "text-anchor": "middle", "fill-opacity": opacity }));
}

// --- the text ---

const LINE = { height: 38, size: 19 };

function textPicture(view) {
  const { stage, look } = view, layers = look.step ?? stage.num_layers;
  const width = textPictureWidth(stage);
  const blocks = stage.segments.map(({ title, words }) =>
    ({ title, lines: wrapped(words, width, view.root) }));
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
  return { title: `What is left of the text ${moment}`, scene,
    legend: [["shade", "layers survived, none to all"], ["underline", "kept"],
      ["strike", "dropped"]] };
}

// As wide as the longest line of the text, within a comfortable width for reading.
function textPictureWidth({ segments }) {
  const font = { size: LINE.size, family: FAMILY };
  const whole = segments.map(({ words }) => words.map(({ text }) => text).join("").trim());
  const widest = Math.max(...whole.flatMap((text) => text.split("\n")).map((line) => textWidth(line, font)));
  return Math.ceil(Math.max(560, Math.min(1000, widest + 2)));
}

// Pieces with their positions, line by line. The browser lays them out invisibly, as it handles texts of
// mixed direction. A word wider than a line is cut.
function wrapped(words, width, host) {
  const font = { size: LINE.size, family: FAMILY }, lines = [];
  const bench = add(host, "p", "ltp-unseen");
  bench.dir = "auto";
  Object.assign(bench.style, { width: `${width}px`, height: "auto", whiteSpace: "pre-wrap", padding: 0,
    font: `${LINE.size}px/${LINE.height}px ${FAMILY}` });
  const pieces = words.flatMap((word) => word.text.split(/(\s+)/).filter(Boolean).map((part) => {
    const isSpace = !part.trim(), text = isSpace ? part : fitted(part, width, font);
    const node = add(bench, "span", "", text);
    if (!isSpace) node.style.whiteSpace = "pre"; // unbroken on one line
    return { word, text, node, isSpace };
  }));
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
  const { positions } = word, isRead = positions.length > 0;
  scene.texts.push(pictureText(x, y, text, { "font-size": LINE.size, "fill-opacity": isRead ? 1 : 0.78 }));
  if (!isRead) return;
  // A word is kept while any of its tokens is.
  const depth = Math.min(layers, Math.max(...positions.map((position) => view.frame.depths[position])));
  const opacity = shadeOf(layers ? depth / layers : 1);
  scene.paths.push({ d: roundBox(x, y - 21, wide, 29), fill: PAINT.accent, "fill-opacity": opacity });
  scene.paths.push(depth < layers ? strike(x, y - 6, wide, 0.6)
    : { d: `M${x} ${y + 7}h${wide}`, stroke: PAINT.accent, "stroke-width": 3, fill: "none" });
  const forced = positions.map((position) => forcedTo(view, position)).find(Boolean);
  const mark = { keep: "▲", drop: "▼" }[forced] ?? "";
  scene.texts.push(pictureText(x + wide / 2, y - 24, mark, { "font-size": 10, "text-anchor": "middle" }));
}

// --- marks that both pictures use ---

function pictureText(x, y, text, more = {}) {
  return { x, y, text, "font-size": CELL.size, fill: PAINT.ink, ...more };
}

function roundBox(x, y, width, height) {
  const r = Math.min(4, width / 2);
  const across = width - 2 * r, down = height - 2 * r;
  return `M${x + r} ${y}h${across}q${r} 0 ${r} ${r}v${down}q0 ${r} ${-r} ${r}`
    + `h${-across}q${-r} 0 ${-r} ${-r}v${-down}q0 ${-r} ${r} ${-r}z`;
}

function strike(x, y, width, opacity) {
  return { d: `M${x} ${y}h${width}`, fill: "none", stroke: PAINT.ink, "stroke-width": 1.5,
    "stroke-opacity": opacity };
}

// The legend of the marks, on one line at the top.
function legendScene(entries) {
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
      return [0, 0.5, 1].map((level, i) => ({ d: `M${x + 10 * i} 0h10v18h-10z`, fill: PAINT.accent,
        "fill-opacity": shadeOf(level) }));
    case "dropped":
      return [{ ...thin, d: roundBox(x, 0, 30, 18), "stroke-dasharray": "3 3", "stroke-opacity": 0.7 },
        strike(x + 5, 9, 20, 1)];
    case "gone": return [{ d: disc(1.6)(x + 15, 9), fill: PAINT.ink, "fill-opacity": 0.5 }];
    case "underline": return [{ ...line, d: `M${x} 15h30`, "stroke-width": 3 }];
    case "strike": return [strike(x, 9, 30, 0.6)];
    case "survivor": return [{ ...line, d: `M${x} 9h30`, "stroke-width": 12, "stroke-opacity": 0.6 }];
    default: return [{ ...line, d: `M${x} 9h22`, "stroke-width": 12, "stroke-opacity": 0.26 },
      { ...thin, d: disc(4)(x + 23, 9), fill: PAINT.ground }];
  }
}
