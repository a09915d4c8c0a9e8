// The head of the view: the pruning strength, a slider with marks where something changes; undo and redo,
// the link, presets, forced tokens, and one scale per layer.

import { copyText } from "../dom/clipboard.js";
import { add, addButton, enable, setAttribute, setText } from "../dom/nodes.js";
import { strengthText } from "../model/numbers.js";
import { wordFor } from "../model/wording.js";
import { buildEqualiser } from "./equaliser.js";
import { buildForced } from "./forced.js";
import { buildSlider } from "./slider.js";

const PRESETS = [["Off", 0], ["Half", 0.5], ["As trained", 1], ["Double", 2]];

export function buildScales(host, view) {
  const head = add(host, "div", "ltp-scale-head");
  const parts = [buildReadout(head, view), buildTools(head, view), buildSlider(host, view)];
  const line = add(host, "div", "ltp-preset-line");
  parts.push(buildPresets(line, view), buildForced(line, view), buildEqualiser(host, view));
  const refresh = () => parts.forEach((part) => part.refresh());
  // Set instead of added, as the root outlives this part, which is rebuilt with every text.
  view.root.onkeydown = (event) => undoByKey(event, view);
  return {
    frame: refresh,
    look: () => parts.forEach((part) => part.look?.()),
    arrived: refresh,
  };
}

function buildReadout(head, view) {
  const box = add(head, "div", "ltp-readout");
  add(box, "span", "ltp-detail", "Pruning strength");
  const value = add(box, "b", "ltp-scale-value");
  const word = add(box, "span", "ltp-scale-word");
  return {
    refresh: () => {
      setText(value, strengthText(view.settings.scale));
      setText(word, `· ${wordFor(view.settings.scale, view.stage)}`);
    },
  };
}

function buildTools(head, view) {
  const box = add(head, "div", "ltp-tools");
  const undo = toolButton(box, "↶", "Undo", "Ctrl+Z", () => view.undo());
  const redo = toolButton(box, "↷", "Redo", "Ctrl+Shift+Z", () => view.redo());
  if (!view.offline) buildCopyLink(box, view);
  const note = add(head, "span", "ltp-detail ltp-link-note");
  return {
    refresh: () => {
      enable(undo, view.canUndo);
      enable(redo, view.canRedo);
      setText(note, view.offline ? "" : view.stage.link.note);
    },
  };
}

function toolButton(box, sign, name, keys, onclick) {
  const button = addButton(box, "ltp-button ltp-tool", "", onclick);
  button.title = `${name} (${keys})`;
  button.setAttribute("aria-label", name);
  add(button, "span", "", sign).setAttribute("aria-hidden", "true");
  add(button, "span", "ltp-tool-name", name);
  return button;
}

function undoByKey(event, view) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (event.target.matches("textarea, [contenteditable], input:not([type=range], [type=checkbox])")) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) view.redo();
  else view.undo();
}

function buildCopyLink(box, view) {
  const button = addButton(box, "ltp-button ltp-copy", "", async () => {
    const copied = await copyText(window.location.href, view.root);
    setText(words, copied ? "Copied" : "Not copied");
    setTimeout(() => setText(words, "Copy link"), 2000);
  });
  const words = add(button, "span", "", "Copy link");
  words.setAttribute("aria-live", "polite");
  button.title = "A link to this text, model, scales and view";
}

function buildPresets(line, view) {
  const box = add(line, "div", "ltp-presets");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Presets");
  const isOne = (value) => value === 1;
  const learned = () => view.settings.layer_scales.every(isOne);
  const buttons = PRESETS.map(([name, scale]) => {
    const resets = scale === 1 && !view.offline; // an exported page has one sweep, so its layer scales are fixed
    const changes = resets ? { scale, layerScales: view.stage.learned.map(() => 1) } : { scale };
    const button = addButton(box, "ltp-button", name, () => view.commit(changes));
    button.title = resets ? "Strength 1.0, and every layer scale back to 1" : `Pruning strength ${strengthText(scale)}`;
    return { button, holds: () => view.settings.scale === scale && (!resets || learned()) };
  });

  const possible = !view.offline && view.stage.learned.some((threshold) => threshold > 0);
  const even = addButton(box, "ltp-button ltp-even", "Same share in every layer", () => {
    if (possible && !view.preset) view.commit({ preset: "equal budget" });
  });
  even.title = view.offline ? "Needs the running app" :
    "Sets layer scales so that every layer drops about the same share of its tokens, for the same compute";
  return {
    refresh: () => {
      const { budget, preset, settings } = view;
      for (const { button, holds } of buttons) setAttribute(button, "aria-pressed", holds());
      setAttribute(even, "aria-pressed", budget?.join() === settings.layer_scales.join());
      setAttribute(even, "aria-busy", preset !== null);
      enable(even, possible && !preset);
    },
  };
}
