// Exported pictures of readings and figures.

import { paintScene, themeOf } from "../dom/canvas.js";
import { addSvg, SVG_NAMES, syncMarks } from "../dom/svg.js";
import { flowPlaces, flowScene } from "../scenes/flow.js";
import { headingScene, legendScene } from "../scenes/legend.js";
import { PICTURE_WIDTH, rowsPicture } from "../scenes/rows_picture.js";
import { FAMILY, PAINT } from "../scenes/shapes.js";
import { FIGURES } from "./figures.js";
import { textPicture } from "./text_picture.js";

const MARGIN = 28;

export function saveSvg(kind, view) {
  const picture = pictureOf(kind, view);
  const blob = new Blob([svgText(picture, themeOf(view.root))], { type: "image/svg+xml" });
  download(blob, `${picture.name}.svg`);
}

export function savePng(kind, view) {
  const picture = pictureOf(kind, view),
    resolve = themeOf(view.root);
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
    syncMarks(
      addSvg(group, "g"),
      [],
      "path",
      scene.paths.filter((mark) => mark.d),
    );
    syncMarks(
      addSvg(group, "g"),
      [],
      "text",
      scene.texts.filter((mark) => mark.text),
    );
  }
  for (const text of svg.querySelectorAll("text")) text.setAttribute("xml:space", "preserve");
  const source = new XMLSerializer().serializeToString(svg);
  // eslint-disable-next-line no-control-regex -- XML does not allow control characters
  return resolve(source.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ""));
}

// The picture's title, settings, legend and scene, one below the other.
function pictureOf(kind, view) {
  const makers = { rows: rowsPicture, text: textPicture, flow: flowPicture };
  const { title, legend, scene } = makers[kind] ? makers[kind](view) : chartPicture(kind, view);
  const heading = headingScene(view, title, scene.width),
    layers = [];
  let y = MARGIN;
  for (const part of legend ? [heading, legendScene(legend), scene] : [heading, scene]) {
    layers.push({ x: MARGIN, y, scene: part });
    y += part.height + 18;
  }
  return {
    name: `ltp-viz-${kind}`,
    title,
    layers,
    height: Math.ceil(y - 18 + MARGIN),
    width: Math.ceil(Math.max(...layers.map((layer) => layer.scene.width)) + 2 * MARGIN),
  };
}

function flowPicture(view) {
  const places = flowPlaces(view, view.frame, { width: PICTURE_WIDTH, family: FAMILY });
  return {
    title: `${view.stage.tokens.length} tokens through ${view.stage.num_layers} layers`,
    legend: [
      ["survivor", "kept in every layer"],
      ["lost", "dropped where the ring is"],
    ],
    scene: flowScene(view, view.frame, places, null),
  };
}

function chartPicture(id, view) {
  const { title, scene } = FIGURES.find((figure) => figure.id === id);
  const size = { width: 680, height: 380, family: FAMILY };
  return { title, scene: scene(view, view.frame, size, null) };
}
