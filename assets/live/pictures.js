// Scenes, and pictures of them. A scene is plain data, { width, height, family, paths, texts }; marks are
// objects with SVG attributes. The same scene is drawn as SVG on the page, on a canvas, and in a file.
//
// Colours are theme variables: the page resolves them, a file gets their current values.

const PAINT = { ink: "var(--st-text-color)", ground: "var(--st-background-color)",
  accent: "var(--ltp-accent)", alarm: "var(--ltp-alarm)" };
const SVG_NAMES = "http://www.w3.org/2000/svg";

function addSvg(parent, tag, attributes = {}) {
  const node = document.createElementNS(SVG_NAMES, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

// --- on the page ---

// Redraws into the same nodes and sets only attributes that changed.
function drawScene(svg, scene, zoom) {
  svg.parts ??= { paths: addSvg(svg, "g"), texts: addSvg(svg, "g"), paths_nodes: [], texts_nodes: [] };
  const size = `${scene.width} ${scene.height} ${zoom}`;
  if (svg.parts.size !== size) {
    svg.parts.size = size;
    svg.setAttribute("width", scene.width * zoom);
    svg.setAttribute("height", scene.height * zoom);
    svg.setAttribute("viewBox", `0 0 ${scene.width} ${scene.height}`);
  }
  syncMarks(svg.parts.paths, svg.parts.paths_nodes, "path", scene.paths);
  syncMarks(svg.parts.texts, svg.parts.texts_nodes, "text", scene.texts);
}

// The width and font of a node, read again only after its width has changed: reading costs a layout, for
// which a frame of a drag has no time. A hidden node has no width. If the page's text is larger than 16
// pixels, as on a 4K projector, the whole scene grows with it: `width` is in units of the scene.
function watchedSize(node, redraw) {
  let size = null;
  new ResizeObserver(() => {
    if (size?.pixels === node.clientWidth) return;
    size = null;
    redraw();
  }).observe(node);
  const measure = () => {
    const zoom = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
    const pixels = node.clientWidth;
    return { pixels, zoom, width: pixels / zoom, family: getComputedStyle(node).fontFamily };
  };
  return () => (size ??= measure());
}

const NO_MARK = { display: "none" };

function syncMarks(group, nodes, tag, marks) {
  while (nodes.length < marks.length) nodes.push({ node: addSvg(group, tag), mark: {} });
  nodes.forEach((entry, i) => {
    const mark = marks[i] ?? NO_MARK, { node, mark: before } = entry;
    if (mark === before) return;
    for (const key in mark) {
      if (mark[key] === before[key]) continue;
      if (key === "text") node.textContent = mark.text;
      else node.setAttribute(key, mark[key]);
    }
    for (const key in before) if (!(key in mark) && key !== "text") node.removeAttribute(key);
    // A hidden node keeps its old text, so the stored mark must keep it too.
    entry.mark = "text" in mark || !("text" in before) ? mark : { ...mark, text: before.text };
  });
}

function paintSheet(canvas, scene, zoom) {
  const ratio = (window.devicePixelRatio || 1) * zoom;
  const [width, height] = [scene.width, scene.height].map((value) => Math.round(value * ratio));
  if (canvas.width !== width || canvas.height !== height) {
    Object.assign(canvas, { width, height });
    Object.assign(canvas.style, { width: `${scene.width * zoom}px`, height: `${scene.height * zoom}px` });
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, scene.width, scene.height);
  paintScene(context, scene, themeOf(canvas));
}

function paintScene(context, scene, resolve) {
  for (const mark of scene.paths) {
    if (!mark.d) continue;
    const path = new Path2D(mark.d);
    if (mark.fill !== "none") {
      context.globalAlpha = mark["fill-opacity"] ?? 1;
      context.fillStyle = resolve(mark.fill ?? "black");
      context.fill(path);
    }
    if (!mark.stroke) continue;
    context.globalAlpha = mark["stroke-opacity"] ?? 1;
    context.strokeStyle = resolve(mark.stroke);
    context.lineWidth = mark["stroke-width"] ?? 1;
    context.setLineDash((mark["stroke-dasharray"] ?? "").split(" ").filter(Boolean).map(Number));
    context.stroke(path);
  }
  for (const mark of scene.texts) {
    if (!mark.text) continue;
    context.globalAlpha = mark["fill-opacity"] ?? 1;
    context.fillStyle = resolve(mark.fill);
    context.font = `${mark["font-weight"] ?? 400} ${mark["font-size"]}px ${scene.family}`;
    context.textAlign = { middle: "center", end: "right" }[mark["text-anchor"]] ?? "left";
    if (!mark.transform) {
      context.fillText(mark.text, mark.x, mark.y);
      continue;
    }
    context.save(); // the only transform in use: a quarter turn to the left around the text's position
    context.translate(mark.x, mark.y);
    context.rotate(-Math.PI / 2);
    context.fillText(mark.text, 0, 0);
    context.restore();
  }
  context.globalAlpha = 1;
}

// A function that replaces the theme's variables by their values.
function themeOf(node) {
  const style = getComputedStyle(node), known = new Map();
  const valueOf = (name) => {
    if (!known.has(name)) known.set(name, style.getPropertyValue(name).trim());
    return known.get(name);
  };
  return (text) => text.replace(/var\((--[\w-]+)\)/g, (_, name) => valueOf(name));
}

// --- measuring ---

const ruler = document.createElement("canvas").getContext("2d");
const measures = new Map(); // font and text -> width; emptied before it grows without limit

function textWidth(text, { size, family, weight = 400 }) {
  const key = `${size}|${weight}|${family}|${text}`;
  if (!measures.has(key)) {
    if (measures.size > 20000) measures.clear();
    ruler.font = `${weight} ${size}px ${family}`;
    measures.set(key, ruler.measureText(text).width);
  }
  return measures.get(key);
}

// The text, or as much of it as fits.
function fitted(text, room, font) {
  if (textWidth(text, font) <= room) return text;
  const characters = [...text];
  let low = 0, high = characters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(`${characters.slice(0, middle).join("")}…`, font) <= room) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join("")}…`;
}

// --- exported pictures ---

const FAMILY = "sans-serif"; // for files, which may be opened without the page's font
const MARGIN = 28;

function saveSvg(kind, view) {
  const picture = pictureOf(kind, view);
  const blob = new Blob([svgText(picture, themeOf(view.root))], { type: "image/svg+xml" });
  download(blob, `${picture.name}.svg`);
}

function savePng(kind, view) {
  const picture = pictureOf(kind, view), resolve = themeOf(view.root);
  const canvas = document.createElement("canvas");
  // Twice the size for sharp slides; browsers refuse canvases beyond about 16,000 pixels per side.
  const ratio = Math.min(2, 16000 / Math.max(picture.width, picture.height));
  canvas.width = Math.round(picture.width * ratio);
  canvas.height = Math.round(picture.height * ratio);
  const context = canvas.getContext("2d");
  context.fillStyle = resolve(PAINT.ground);
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const { x, y, scene } of picture.layers) {
    context.setTransform(ratio, 0, 0, ratio, x * ratio, y * ratio);
    paintScene(context, scene, resolve);
  }
  canvas.toBlob((blob) => download(blob, `${picture.name}.png`), "image/png");
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000); // the browser may still read it
}

function svgText({ width, height, title, layers }, resolve) {
  const svg = document.createElementNS(SVG_NAMES, "svg");
  const size = { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FAMILY };
  for (const [key, value] of Object.entries(size)) svg.setAttribute(key, value);
  addSvg(svg, "title").textContent = title;
  addSvg(svg, "rect", { width, height, fill: PAINT.ground });
  for (const { x, y, scene } of layers) {
    const group = addSvg(svg, "g", { transform: `translate(${x} ${y})` });
    syncMarks(addSvg(group, "g"), [], "path", scene.paths.filter((mark) => mark.d));
    syncMarks(addSvg(group, "g"), [], "text", scene.texts.filter((mark) => mark.text));
  }
  for (const text of svg.querySelectorAll("text")) text.setAttribute("xml:space", "preserve");
  const source = new XMLSerializer().serializeToString(svg);
  // Remove control characters, which XML does not allow.
  return resolve(source.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ""));
}

// The picture's title, settings, legend and scene, one below the other.
function pictureOf(kind, view) {
  const makers = { grid: gridPicture, text: textPicture, flow: flowPicture };
  const { title, legend, scene } = makers[kind] ? makers[kind](view) : chartPicture(kind, view);
  const heading = headingScene(view, title, scene.width), layers = [];
  let y = MARGIN;
  for (const part of legend ? [heading, legendScene(legend), scene] : [heading, scene]) {
    layers.push({ x: MARGIN, y, scene: part });
    y += part.height + 18;
  }
  return { name: `ltp-viz-${kind}`, title, layers, height: Math.ceil(y - 18 + MARGIN),
    width: Math.ceil(Math.max(...layers.map((layer) => layer.scene.width)) + 2 * MARGIN) };
}

function headingScene({ frame, stage, settings }, title, width) {
  const [saved] = frame.outcome.figures, forced = settings.keep.length + settings.drop.length;
  const layers = settings.layer_scales.some((scale) => scale !== 1) ? " with layer scales" : "";
  const facts = [stage.model, `pruning strength ${strengthText(frame.scale)}${layers}`, `${saved.name}: ${saved.value}`,
    `answer: ${frame.outcome.label}`];
  if (forced) facts.push(`${forced} forced: ▲ kept, ▼ dropped`);
  const lines = factLines(facts, width), first = { x: 0, y: 19, text: title, "font-size": 20 };
  return { width, height: 26 + 20 * lines.length, family: FAMILY, paths: [], texts: [
    { ...first, "font-weight": 600, fill: PAINT.ink },
    ...lines.map((text, i) => ({ x: 0, y: 42 + 20 * i, text, "font-size": 13, fill: PAINT.ink,
      "fill-opacity": 0.78 }))] };
}

// As many facts per line as fit.
function factLines(facts, width) {
  const font = { size: 13, family: FAMILY }, lines = [];
  for (const fact of facts) {
    const longer = [...lines.slice(-1), fact].join("  ·  ");
    if (lines.length && textWidth(longer, font) <= width) lines[lines.length - 1] = longer;
    else lines.push(fitted(fact, width, font));
  }
  return lines;
}

function flowPicture(view) {
  const places = flowPlaces(view, view.frame, { width: PICTURE_WIDTH, family: FAMILY });
  return { title: `${view.stage.tokens.length} tokens through ${view.stage.num_layers} layers`,
    legend: [["survivor", "kept in every layer"], ["lost", "dropped where the ring is"]],
    scene: flowScene(view, view.frame, places, null) };
}

function chartPicture(id, view) {
  const { title, wide, scene } = FIGURES.find((figure) => figure.id === id);
  const size = { width: wide ? 1000 : 680, height: 380, family: FAMILY };
  return { title, scene: scene(view, view.frame, size, null) };
}
