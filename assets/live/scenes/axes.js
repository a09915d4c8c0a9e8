// Axes and legends that all figures share.

import { textWidth } from "./measure.js";
import { noteText, PAINT } from "./shapes.js";

export const PLOT_HEIGHT = 230; // as in .ltp-plot, in units of the page's text size
export const PLOT = { left: 52, right: 12, bottom: 40 };

export function axesMarks({ width, height, right = PLOT.right }, { top, y, yTicks, yTitle, xTicks, xTitle }) {
  const base = height - PLOT.bottom,
    middle = (top + base) / 2,
    line = { fill: "none", stroke: PAINT.ink };
  const grid = yTicks.map(([value]) => `M${PLOT.left} ${y(value)}H${width - right}`).join("");
  return {
    paths: [
      { ...line, d: grid, "stroke-opacity": 0.13 },
      { ...line, d: `M${PLOT.left} ${base}H${width - right}`, "stroke-opacity": 0.5 },
    ],
    texts: [
      ...yTicks.map(([value, name]) => noteText(PLOT.left - 7, y(value) + 4, name, "end")),
      ...xTicks.map(([x, name]) => noteText(x, base + 16, name, "middle")),
      noteText((PLOT.left + width - right) / 2, height - 5, xTitle, "middle"),
      { ...noteText(12, middle, yTitle, "middle"), transform: `rotate(-90 12 ${middle})` },
    ],
  };
}

// At most five round values from 0 up.
export function roundTicks(most) {
  const power = 10 ** Math.floor(Math.log10(most / 4 || 1));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= most / 4);
  const ticks = [];
  for (let value = 0; value <= most * 1.0001; value += step) {
    ticks.push([value, Number(value.toPrecision(6)).toLocaleString("en-US")]);
  }
  return ticks;
}

// From 10^low to 10^high. Such an axis has no zero: it is drawn at the bottom, labelled 0.
export function logAxis(low, high, base, top, hasZero) {
  const share = (value) => (value > 0 ? Math.max(0, (Math.log10(value) - low) / (high - low)) : 0);
  const y = (value) => base - share(value) * (base - top);
  const ticks = hasZero ? [[0, "0"]] : [];
  for (let power = Math.ceil(low); power <= Math.floor(high); power += 1) {
    if (!hasZero || y(10 ** power) < base - 14) ticks.push([10 ** power, String(10 ** power)]);
  }
  return { ticks, y };
}

// In as many rows as needed; `top` is where the plot may begin, `end` and `y` where the last row ends.
export function legendMarks(entries, { width, family }) {
  const marks = { paths: [], texts: [] };
  const whole = entries.reduce((sum, [name]) => sum + textWidth(name, { size: 12, family }) + 44, -18);
  const left = Math.max(2, Math.min(PLOT.left, width - whole)); // on one row if possible
  let x = left,
    y = 10;
  for (const [name, draw] of entries) {
    const wide = 26 + textWidth(name, { size: 12, family });
    if (x > left && x + wide > width + 1) [x, y] = [left, y + 18];
    marks.paths.push(...draw(x, y));
    marks.texts.push(noteText(x + 26, y + 4, name));
    x += wide + 18;
  }
  return { ...marks, end: x, y, top: y + 20 };
}

export function columnsOf({ width }, layers) {
  const pitch = (width - PLOT.left - PLOT.right) / layers;
  const every = Math.ceil(layers / Math.min(12, width / 26)); // every n-th layer has its number below
  const middle = (layer) => PLOT.left + (layer + 0.5) * pitch;
  const ticks = Array.from({ length: layers }, (_, layer) => [middle(layer), `${layer + 1}`]);
  const within = (layer) => Math.max(0, Math.min(layers - 1, layer));
  const at = (x) => (x === null ? null : within(Math.floor((x - PLOT.left) / pitch)));
  return { pitch, middle, at, ticks: ticks.filter((_, layer) => layer % every === 0) };
}
