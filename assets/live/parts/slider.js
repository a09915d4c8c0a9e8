// The slider, with marks where something changes.

import { add, setAttribute } from "../dom/nodes.js";
import { onSettled } from "../dom/range.js";
import { strengthText } from "../model/numbers.js";
import { wordFor } from "../model/wording.js";
import { buildMarks } from "./marks.js";

const SNAP = 4; // pixels: a flip this close to the pointer attracts the thumb

export function buildSlider(host, view) {
  const { max_scale: max, step } = view.stage;
  const track = add(host, "div", "ltp-track");
  const range = add(track, "input", "ltp-range");
  Object.assign(range, { type: "range", min: 0, max, step });
  range.setAttribute("aria-label", "Pruning strength");
  const axis = add(track, "div", "ltp-axis");
  axis.setAttribute("aria-hidden", "true"); // the slider itself announces its value
  for (let mark = 0; mark <= max; mark += 1) {
    add(axis, "span", "", `${mark}`).style.left = `${(100 * mark) / max}%`;
  }
  const marks = buildMarks(track, add(host, "div", "ltp-caption-line"), view);

  let pointer = null; // its x while it drags the thumb
  range.onpointerdown = range.onpointermove = (event) => { pointer = event.buttons ? event.clientX : null; };
  range.onpointerup = range.onpointercancel = () => { pointer = null; };
  range.addEventListener("keydown", () => { pointer = null; }); // the pointer was released elsewhere
  range.oninput = () => {
    if (pointer !== null) snap(pointer);
    view.preview(Number(range.value));
    show(); // immediately, even without a sweep to draw a frame from
  };
  onSettled(range, () => view.commit({ scale: Number(range.value) }));

  function show() {
    const { scale } = view.settings;
    if (Number(range.value) !== scale) range.value = scale;
    range.style.setProperty("--at", scale / max);
    const { label } = view.frame.outcome;
    setAttribute(range, "aria-valuetext", `${strengthText(scale)}, ${wordFor(scale, view.stage)}: ${label}`);
  }

  // From the pointer, not the value: with scales a few pixels apart, the next one stays reachable.
  function snap(x) {
    const strip = axis.getBoundingClientRect(); // as wide as the path of the thumb's middle
    const near = marks.flipScales().find((scale) =>
      Math.abs(strip.left + (strip.width * scale) / max - x) <= SNAP);
    if (near !== undefined) range.value = near;
  }
  return {
    refresh: () => {
      show();
      marks.refresh();
    },
    look: marks.look,
  };
}
