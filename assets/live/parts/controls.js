// The line above the slider: the pruning strength in figures and in words, presets, undo and redo.

import { addIconButton } from "../dom/menu.js";
import { add, addButton, enable, setAttribute, setText } from "../dom/nodes.js";
import { strengthText } from "../model/numbers.js";
import { presets, wordFor } from "../model/wording.js";
import { buildEqualiser } from "./equaliser.js";
import { buildForced } from "./forced.js";

const UNDO = "M7 3 2.5 7 7 11V8.4c3 0 5 1 6.5 3.6C13 8.300 10.500 5.800 7 5.600z";
const REDO = "M9 3 13.500 7 9 11V8.400c-3 0-5 1-6.500 3.600C3 8.300 5.500 5.800 9 5.600z";

export function buildControls(host, view) {
  const builders = [buildReadout, buildCaption, buildForced, buildPresets, buildEqualiser, buildHistory];
  const parts = builders.map((build) => build(host, view));
  // Set instead of added, as the root outlives this part, which is rebuilt with every text.
  view.root.onkeydown = (event) => undoByKey(event, view);
  const refresh = () => parts.forEach((part) => part.refresh());
  return { frame: refresh, arrived: refresh };
}

function buildReadout(host, view) {
  const box = add(host, "div", "ltp-readout");
  add(box, "span", "ltp-readout-name", "Pruning strength");
  const value = add(box, "b", "ltp-scale-value");
  const word = add(box, "span", "ltp-scale-word");
  const note = add(box, "span", "ltp-detail ltp-link-note");
  return {
    refresh: () => {
      const { settings, stage, offline } = view;
      setText(value, strengthText(settings.scale));
      setText(word, `· ${wordFor(settings.scale, stage)}`);
      setText(note, offline ? "" : stage.link.note);
    },
  };
}

// The slider fills it.
function buildCaption(host, view) {
  view.caption = add(host, "p", "ltp-caption");
  view.caption.setAttribute("aria-hidden", "true"); // the slider announces its value, and diamonds have names
  return { refresh: () => {} };
}

function buildPresets(host, view) {
  const box = add(host, "div", "ltp-presets");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Presets");
  const isOne = (value) => value === 1;
  const learned = () => view.settings.layer_scales.every(isOne);
  const buttons = presets(view.stage).map(([name, scale]) => {
    const resets = scale === 1 && !view.offline; // an exported page has one sweep, so its layer scales are fixed
    const changes = resets ? { scale, layerScales: view.stage.learned.map(() => 1) } : { scale };
    const button = addButton(box, "ltp-button", name, () => view.commit(changes));
    button.title = resets
      ? "Strength 1.0, and every layer scale back to 1"
      : `Pruning strength ${strengthText(scale)}`;
    // One of them at most is active: with own layer scales a strength is none of the presets.
    return { button, holds: () => view.settings.scale === scale && (scale === 0 || learned()) };
  });
  return {
    refresh: () => buttons.forEach(({ button, holds }) => setAttribute(button, "aria-pressed", holds())),
  };
}

function buildHistory(host, view) {
  const box = add(host, "div", "ltp-history");
  const undo = addIconButton(box, "Undo", UNDO, () => view.undo());
  const redo = addIconButton(box, "Redo", REDO, () => view.redo());
  undo.title = "Undo (Ctrl+Z)";
  redo.title = "Redo (Ctrl+Shift+Z)";
  return {
    refresh: () => {
      enable(undo, view.canUndo);
      enable(redo, view.canRedo);
    },
  };
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
