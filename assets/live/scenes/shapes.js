// Scenes: plain data, { width, height, family, paths, texts }, whose marks are objects with SVG attributes. The
// same scene is drawn as SVG on the page, on a canvas, and in a file. Colours are theme variables: the page
// resolves them, a file gets their current values.

export const PAINT = {
  ink: "var(--st-text-color)",
  ground: "var(--st-background-color)",
  accent: "var(--ltp-accent)",
  alarm: "var(--ltp-alarm)",
};
const TEXT_SIZE = 13; // of pictures, unless they say otherwise

export const HIDDEN_TEXT = { text: "", display: "none" };
export const FAMILY = "sans-serif"; // for files, which may be opened without the page's font

export function noteText(x, y, text, anchor = "start") {
  return { x, y, text, "text-anchor": anchor, "font-size": 12, fill: PAINT.ink, "fill-opacity": 0.85 };
}

export function pictureText(x, y, text, more = {}) {
  return { x, y, text, "font-size": TEXT_SIZE, fill: PAINT.ink, ...more };
}

// Makers of small shapes, as SVG paths around a point.
export function disc(radius) {
  const half = (width) => `a${radius} ${radius} 0 1 1 ${width} 0`;
  const circle = `${half(2 * radius)}${half(-2 * radius)}z`;
  return (x, y) => `M${x - radius} ${y}${circle}`;
}

export function diamond(radius) {
  return (x, y) => `M${x} ${y - radius}l${radius} ${radius}l${-radius} ${radius}l${-radius} ${-radius}z`;
}

export function roundBox(x, y, width, height) {
  const r = Math.min(4, width / 2);
  const across = width - 2 * r,
    down = height - 2 * r;
  return (
    `M${x + r} ${y}h${across}q${r} 0 ${r} ${r}v${down}q0 ${r} ${-r} ${r}` +
    `h${-across}q${-r} 0 ${-r} ${-r}v${-down}q0 ${-r} ${r} ${-r}z`
  );
}

export function strike(x, y, width, opacity) {
  return {
    d: `M${x} ${y}h${width}`,
    fill: "none",
    stroke: PAINT.ink,
    "stroke-width": 1.5,
    "stroke-opacity": opacity,
  };
}
