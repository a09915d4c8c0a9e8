// The player: it steps through the layers and describes in a sentence what each layer drops.

import { addIconButton } from "../dom/menu.js";
import { add, addButton, setText } from "../dom/nodes.js";
import { stepName, stepSentence } from "../model/wording.js";

const BEAT_MS = 1100;
const FIRST_VISIT_MS = 3000; // of all layers, once
const VISITED = "ltp-viz-visited"; // in the browser's storage
const SPEAK_AFTER_MS = 500; // during a drag, a screen reader waits for the last sentence

const ICONS = {
  back: "M3 3h2v10H3zM13.5 3v10L6 8z",
  play: "M4 2.5 13.5 8 4 13.5z",
  pause: "M3.5 3h3v10h-3zM9.5 3h3v10h-3z",
  forward: "M2.5 3v10L10 8zM11 3h2v10h-2z",
};

export function buildSteps(host, view) {
  const last = view.stage.num_layers;
  let timer = null,
    speaking = null;

  const player = add(host, "div", "ltp-player");
  player.setAttribute("role", "group");
  player.setAttribute("aria-label", "Step through the layers");
  const back = addIconButton(player, "Step back", ICONS.back, () => walk(-1));
  back.classList.add("ltp-back");
  const play = addIconButton(player, "Play", ICONS.play, () => (timer ? pause() : start()));
  const forward = addIconButton(player, "Step forward", ICONS.forward, () => walk(1));
  forward.classList.add("ltp-forward");
  const range = add(player, "input", "ltp-range ltp-step");
  Object.assign(range, { type: "range", min: 0, max: last, step: 1 });
  range.setAttribute("aria-label", "Layer");
  range.oninput = () => go(Number(range.value));
  const all = addButton(player, "ltp-button ltp-all", "All layers", () => go(null));

  // The sentence is shown immediately; the copy for screen readers waits until a drag is over.
  const sentence = add(host, "p", "ltp-sentence");
  sentence.setAttribute("aria-hidden", "true");
  const spoken = add(host, "p", "ltp-unseen");
  spoken.setAttribute("aria-live", "polite");

  function go(step) {
    pause();
    view.show({ step });
  }

  // From "all layers", a step forward starts at the beginning and a step back at the end.
  function walk(by) {
    const { step } = view.look;
    const next = step === null ? (by > 0 ? 0 : last) : step + by;
    if (next >= 0 && next <= last) go(next);
  }

  function start() {
    const { step } = view.look;
    timer = setInterval(beat, BEAT_MS);
    view.show({ step: step === null || step === last ? 0 : step + 1 });
  }

  function beat() {
    if (!player.isConnected)
      pause(); // another text has replaced this player
    else if (view.look.step === null || view.look.step >= last) pause();
    else view.show({ step: view.look.step + 1 });
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    refresh();
  }

  // The words fall once, layer by layer, at the first visit; any key or press ends it. The link stays as it is.
  function playOnce() {
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (view.offline || calm || view.look.step !== null || !isFirstVisit()) return;
    let step = 0;
    view.root.classList.add("ltp-first-visit"); // the slider pulses
    const showing = setInterval(
      () => {
        if (step > last || !player.isConnected) end();
        else view.show({ step }, false);
        step += 1;
      },
      FIRST_VISIT_MS / (last + 2),
    );
    const end = () => {
      clearInterval(showing);
      for (const type of ["pointerdown", "keydown"]) document.removeEventListener(type, end, true);
      if (player.isConnected) view.show({ step: null }, false);
    };
    for (const type of ["pointerdown", "keydown"]) document.addEventListener(type, end, true);
  }

  function refresh() {
    const { step } = view.look;
    if (step === last) {
      clearInterval(timer);
      timer = null;
    }
    range.value = step ?? last;
    range.style.setProperty("--at", range.value / last);
    range.setAttribute("aria-valuetext", stepName(step, last));
    // Not `disabled`: a button that has the focus would lose it, and the arrow keys with it.
    back.setAttribute("aria-disabled", step === 0);
    forward.setAttribute("aria-disabled", step === last);
    all.setAttribute("aria-pressed", step === null);
    play.setAttribute("aria-label", timer ? "Pause" : "Play");
    play.firstChild.firstChild.setAttribute("d", timer ? ICONS.pause : ICONS.play);
  }

  function say(frame) {
    const text = stepSentence(view, frame);
    setText(sentence, text);
    clearTimeout(speaking);
    if (frame.exact) setText(spoken, text);
    else speaking = setTimeout(() => setText(spoken, text), SPEAK_AFTER_MS);
  }

  player.onkeydown = (event) => {
    const { key, target } = event;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[key];
    if (key === " " && target === range) play.click();
    else if (by && (target !== range || view.look.step === null)) walk(by);
    else return; // a button's own space bar, a range's own arrows
    event.preventDefault();
  };

  refresh();
  return {
    frame: say,
    look: () => {
      refresh();
      say(view.frame);
    },
    arrived: () => say(view.frame), // a forced token is named as such
    playOnce,
  };
}

// Storage may be forbidden, as in a frame.
function isFirstVisit() {
  try {
    const isFirst = !localStorage.getItem(VISITED);
    localStorage.setItem(VISITED, "1");
    return isFirst;
  } catch {
    return false;
  }
}
