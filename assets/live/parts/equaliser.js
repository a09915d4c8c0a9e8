// One scale per layer, like an equaliser. Numbers follow the thumb immediately; the server answers on
// release, because a sweep is valid only for the layer scales it was computed with.

import { add, addButton, enable, setAttribute, setText } from "../dom/nodes.js";
import { onSettled } from "../dom/range.js";
import { thresholdText, times } from "../model/numbers.js";
import { whyDisabled } from "../model/wording.js";

const equaliserState = { open: false, linked: false }; // kept when the text changes

export function buildEqualiser(host, view) {
  const { learned, max_layer_scale: max, step } = view.stage;
  const box = add(host, "details", "ltp-equaliser");
  box.open = equaliserState.open;
  box.ontoggle = () => {
    equaliserState.open = box.open;
    refresh();
  };
  const summary = add(box, "summary", "ltp-button", "Layers");
  summary.title = "One scale per layer";
  const note = add(summary, "span", "ltp-layers-note");

  const panel = add(box, "div", "ltp-layer-panel");
  const tools = add(panel, "div", "ltp-layer-tools");
  const link = addButton(tools, "ltp-button ltp-link-layers", "Link layers", () => {
    equaliserState.linked = !equaliserState.linked;
    refresh();
  });
  link.title = "Moving one layer multiplies all others by the same ratio";
  const even = buildEven(tools, view);
  add(tools, "span", "ltp-detail", whyDisabled(view));
  const movable = learned.map((threshold) => !view.offline && threshold > 0);
  link.hidden = !movable.includes(true);
  const scroller = add(panel, "div", "ltp-bands");
  if (link.hidden) scroller.tabIndex = 0; // without a focusable child, the keyboard could not scroll it
  scroller.style.setProperty("--one", 1 / max);
  let moving = null; // { layer, scales }: a thumb that is being dragged, not yet sent

  const bands = learned.map((_, layer) => {
    const band = add(scroller, "div", "ltp-band");
    add(band, "span", "ltp-detail", `Layer ${layer + 1}`);
    const value = add(band, "b");
    const range = add(add(band, "div", "ltp-band-track"), "input", "ltp-range ltp-upright");
    Object.assign(range, { type: "range", min: 0, max, step, disabled: !movable[layer] });
    range.setAttribute("aria-label", `Layer ${layer + 1}`);
    range.setAttribute("aria-orientation", "vertical");
    range.oninput = () => {
      moving = { layer, scales: movedScales(layer, Number(range.value)) };
      refresh();
    };
    onSettled(range, () => {
      if (!moving) return;
      const layerScales = moving.scales;
      moving = null;
      view.commit({ layerScales });
    });
    return { value, range, threshold: add(band, "span", "ltp-detail") };
  });

  // Linked layers keep their ratios; from ×0 there is no ratio, so the others move by the same amount.
  function movedScales(moved, value) {
    const from = view.settings.layer_scales;
    const before = from[moved];
    return from.map((scale, layer) => {
      if (layer === moved) return value;
      if (!equaliserState.linked || !movable[layer]) return scale;
      const other = before > 0 ? (scale * value) / before : scale + value;
      return Math.min(max, Math.round(100 * other) / 100);
    });
  }

  function refresh() {
    const scales = moving?.scales ?? view.settings.layer_scales;
    const own = scales.filter((scale) => scale !== 1).length;
    setText(note, own ? `: ${own} own` : "");
    even();
    if (!box.open) return; // the numbers are not visible
    setAttribute(link, "aria-pressed", equaliserState.linked);
    bands.forEach(({ value, range, threshold }, layer) => {
      const scale = scales[layer];
      if (layer !== moving?.layer && Number(range.value) !== scale) range.value = scale;
      range.style.setProperty("--at", scale / max);
      setText(value, times(scale));
      const result = thresholdText(view.settings.scale * scale * learned[layer]);
      setText(threshold, result);
      setAttribute(range, "aria-valuetext", `${times(scale)}, threshold ${result}`);
    });
  }

  return { refresh };
}

// Lets the server find layer scales.
function buildEven(tools, view) {
  const possible = !view.offline && view.stage.learned.some((threshold) => threshold > 0);
  const even = addButton(tools, "ltp-button ltp-even", "Same share in every layer", () => {
    if (possible && !view.preset) view.commit({ preset: "equal budget" });
  });
  even.title = view.offline
    ? "Needs the running app"
    : "Sets layer scales so that every layer drops about the same share of its tokens, for the same compute";
  return () => {
    const { budget, preset, settings } = view;
    setAttribute(even, "aria-pressed", budget?.join() === settings.layer_scales.join());
    setAttribute(even, "aria-busy", preset !== null);
    enable(even, possible && !preset);
  };
}
