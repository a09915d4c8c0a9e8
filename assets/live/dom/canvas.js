// Draws scenes on a canvas.

export function paintSheet(canvas, scene, zoom) {
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

export function paintScene(context, scene, resolve) {
  for (const mark of scene.paths) if (mark.d) paintPath(context, mark, resolve);
  for (const mark of scene.texts) if (mark.text) paintText(context, mark, scene.family, resolve);
  context.globalAlpha = 1;
}

function paintPath(context, mark, resolve) {
  const path = new Path2D(mark.d);
  if (mark.fill !== "none") {
    context.globalAlpha = mark["fill-opacity"] ?? 1;
    context.fillStyle = resolve(mark.fill ?? "black");
    context.fill(path);
  }
  if (!mark.stroke) return;
  context.globalAlpha = mark["stroke-opacity"] ?? 1;
  context.strokeStyle = resolve(mark.stroke);
  context.lineWidth = mark["stroke-width"] ?? 1;
  context.setLineDash((mark["stroke-dasharray"] ?? "").split(" ").filter(Boolean).map(Number));
  context.stroke(path);
}

function paintText(context, mark, family, resolve) {
  context.globalAlpha = mark["fill-opacity"] ?? 1;
  context.fillStyle = resolve(mark.fill);
  context.font = `${mark["font-weight"] ?? 400} ${mark["font-size"]}px ${family}`;
  context.textAlign = { middle: "center", end: "right" }[mark["text-anchor"]] ?? "left";
  if (!mark.transform) {
    if (mark.stroke) paintHalo(context, mark, resolve);
    context.fillText(mark.text, mark.x, mark.y);
    return;
  }
  context.save(); // the only transform in use: a quarter turn to the left around the text's position
  context.translate(mark.x, mark.y);
  context.rotate(-Math.PI / 2);
  context.fillText(mark.text, 0, 0);
  context.restore();
}

// Behind a text's letters, to set it off from what it covers.
function paintHalo(context, mark, resolve) {
  context.strokeStyle = resolve(mark.stroke);
  context.lineWidth = mark["stroke-width"];
  context.setLineDash([]);
  context.strokeText(mark.text, mark.x, mark.y);
}

// A function that replaces the theme's variables by their values.
export function themeOf(node) {
  const style = getComputedStyle(node),
    known = new Map();
  const valueOf = (name) => {
    if (!known.has(name)) known.set(name, style.getPropertyValue(name).trim());
    return known.get(name);
  };
  return (text) => text.replace(/var\((--[\w-]+)\)/g, (_, name) => valueOf(name));
}
