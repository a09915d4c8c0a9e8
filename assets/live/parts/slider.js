// The slider: curves, flips, ticks, thumb and scale are one object. Dragging anywhere in it moves the thumb.

import { add, addButton, setAttribute, setText } from "../dom/nodes.js";
import { onSettled } from "../dom/range.js";
import { addSvg, drawScene, watchedSize } from "../dom/svg.js";
import { changesOf } from "../model/changes.js";
import { sweepInWords } from "../model/curves.js";
import { nearestScale } from "../model/frames.js";
import { strengthText } from "../model/numbers.js";
import { sameSettings } from "../model/state.js";
import { wordFor } from "../model/wording.js";
import { sliderScene } from "../scenes/slider.js";

const SNAP = 4; // pixels: a flip this close to the pointer attracts the thumb

export function buildSlider(host, view) {
  const { max_scale: max, step } = view.stage;
  const track = add(host, "div", "ltp-track");
  const curve = addSvg(add(track, "div", "ltp-curve"), "svg", { role: "img" });
  const flips = add(track, "div", "ltp-flips");
  const range = add(track, "input", "ltp-range");
  Object.assign(range, { type: "range", min: 0, max, step });
  range.setAttribute("aria-label", "Pruning strength");
  range.title = "Arrow keys: one step. Shift and an arrow key: the next change.";
  const axis = buildAxis(track, view.stage);
  const size = watchedSize(curve.parentNode, drawCurve);
  let sweep = null; // the sweep that is drawn
  let changes = [];
  let pointed = null; // index of the strength under the pointer
  let pointer = null; // its x while it drags the thumb

  function drawCurve() {
    const { width, family, zoom } = size();
    if (!width) return;
    const inset = range.offsetHeight / 2 / zoom;
    drawScene(curve, sliderScene(view, changes, view.look.token, { width, family, inset }), zoom);
    setAttribute(curve, "aria-label", sweepInWords(view));
  }

  function placeFlips() {
    flips.replaceChildren();
    axis.place(sweep);
    changes.forEach((change, mark) => {
      if (!change.flip) return;
      const button = addButton(
        flips,
        "ltp-flip",
        "",
        () => view.liveSweep && view.commit({ scale: sweep.scales[mark] }),
      );
      button.style.left = `${(100 * mark) / (sweep.scales.length - 1)}%`;
      button.title = change.flip;
      button.setAttribute("aria-label", change.flip);
      button.onfocus = button.onpointerenter = () => point(mark);
      button.onblur = button.onpointerleave = () => point(null);
    });
  }

  function point(mark) {
    pointed = mark;
    say();
  }

  // What changes at the strength under the pointer, or else under the thumb.
  function say() {
    if (!view.liveSweep) return setText(view.caption, "Computing every strength …");
    const { any, text } = changes[pointed ?? nearestScale(sweep, view.settings.scale)];
    const words = pointed !== null || any ? text : "";
    setText(view.caption, words);
    setAttribute(view.caption, "title", words);
  }

  const markAt = ({ clientX }) => {
    const strip = flips.getBoundingClientRect(); // as wide as the path of the thumb's middle
    return nearestScale(view.liveSweep, ((clientX - strip.left) / strip.width) * max);
  };
  curve.onpointermove = (event) => {
    if (!view.liveSweep) return;
    point(markAt(event));
    if (curve.hasPointerCapture(event.pointerId)) view.preview(sweep.scales[pointed]);
  };
  curve.onpointerleave = () => point(null);
  curve.onpointerdown = (event) => {
    if (!view.liveSweep || event.button !== 0) return;
    curve.setPointerCapture(event.pointerId);
    if (event.pointerType === "mouse") view.preview(sweep.scales[markAt(event)]);
  };
  curve.onpointerup = (event) => {
    if (view.liveSweep && curve.hasPointerCapture(event.pointerId))
      view.commit({ scale: sweep.scales[markAt(event)] });
  };

  range.onpointerdown = range.onpointermove = (event) => {
    pointer = event.buttons ? event.clientX : null;
  };
  range.onpointerup = range.onpointercancel = () => {
    pointer = null;
  };
  range.addEventListener("keydown", (event) => {
    pointer = null; // it was released elsewhere
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!event.shiftKey || !by) return;
    event.preventDefault();
    const mark = view.liveSweep && nextChange(by);
    if (mark !== null) view.commit({ scale: sweep.scales[mark] });
  });
  range.oninput = () => {
    if (pointer !== null) snap(pointer);
    view.preview(Number(range.value));
    show(); // immediately, even without a sweep to draw a frame from
  };
  onSettled(range, () => view.commit({ scale: Number(range.value) }));

  function nextChange(by) {
    let mark = nearestScale(sweep, view.settings.scale) + by;
    while (changes[mark] && !changes[mark].any) mark += by;
    return changes[mark] ? mark : null;
  }

  function show() {
    const { scale } = view.settings;
    if (Number(range.value) !== scale) range.value = scale;
    range.style.setProperty("--at", scale / max);
    const { label } = view.frame.outcome;
    setAttribute(range, "aria-valuetext", `${strengthText(scale)}, ${wordFor(scale, view.stage)}: ${label}`);
  }

  // From the pointer, not the value: with scales a few pixels apart, the next one stays reachable.
  function snap(x) {
    if (!view.liveSweep) return;
    const strip = flips.getBoundingClientRect();
    const at = (mark) => strip.left + (strip.width * sweep.scales[mark]) / max;
    const near = sweep.flips.find((mark) => Math.abs(at(mark) - x) <= SNAP);
    if (near !== undefined) range.value = sweep.scales[near];
  }

  function refresh() {
    const { liveSweep } = view;
    track.classList.toggle("ltp-waiting", !liveSweep);
    show();
    // The same settings of the same text have the same sweep, so its diamonds stay: one may have the focus.
    if (liveSweep && liveSweep !== sweep) {
      const known = sweep && sameSettings(sweep.for, liveSweep.for);
      sweep = liveSweep;
      if (!known) {
        changes = changesOf(sweep, view.stage);
        placeFlips();
        drawCurve();
      }
    }
    say();
  }
  return { frame: refresh, look: drawCurve, arrived: refresh };
}

// Whole strengths, and those of flips where they do not collide.
function buildAxis(track, { max_scale: max, thresholds_learned: learned }) {
  const axis = add(track, "div", "ltp-axis");
  axis.setAttribute("aria-hidden", "true"); // the slider itself announces its value
  const put = (scale, text, name) => {
    add(axis, "span", name, text).style.left = `${(100 * scale) / max}%`;
  };
  return {
    place: (sweep) => {
      axis.replaceChildren();
      const taken = [],
        isNarrow = axis.clientWidth < 500;
      const near = (one, other) =>
        Math.abs(one - other) * axis.clientWidth < max * (other === 1 && !isNarrow ? 56 : 26);
      for (let mark = 0; mark <= max; mark += 1) {
        const isTrained = mark === 1 && learned;
        put(mark, isTrained && !isNarrow ? "1 trained" : `${mark}`, isTrained ? "ltp-trained" : "");
        taken.push(mark);
      }
      for (const scale of sweep.flips.map((mark) => sweep.scales[mark])) {
        if (taken.some((other) => near(scale, other))) continue;
        put(scale, strengthText(scale), "ltp-axis-flip");
        taken.push(scale);
      }
    },
  };
}
