// The player: it steps through the layers and describes in a sentence what each layer drops.

import { add, addButton, setText } from "../dom/nodes.js";
import { stepName, stepSentence } from "../model/wording.js";

const BEAT_MS = 1100;
const SPEAK_AFTER_MS = 500; // during a drag, a screen reader waits for the last sentence

const ICONS = {
  back: "M3 3h2v10H3zM13.5 3v10L6 8z",
  play: "M4 2.5 13.5 8 4 13.5z",
  pause: "M3.5 3h3v10h-3zM9.5 3h3v10h-3z",
  forward: "M2.5 3v10L10 8zM11 3h2v10h-2z",
};

export function buildSteps(host, view) {
  const last = view.stage.num_layers;
  let timer = null, speaking = null;

  const player = add(host, "div", "ltp-player");
  player.setAttribute("role", "group");
  player.setAttribute("aria-label", "Step through the layers");
  const back = addIconButton(player, "Step back", ICONS.back, () => walk(-1));
  const play = addIconButton(player, "Play", ICONS.play, () => (timer ? pause() : start()));
  const forward = addIconButton(player, "Step forward", ICONS.forward, () => walk(1));
  const range = add(player, "input", "ltp-range ltp-step");
  Object.assign(range, { type: "range", min: 0, max: last, step: 1 });
  range.setAttribute("aria-label", "Layer");
  range.oninput = () => go(Number(range.value));
  const all = addButton(player, "ltp-button", "All layers", () => go(null));

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
    if (!player.isConnected) pause(); // another text has replaced this player
    else if (view.look.step === null || view.look.step >= last) pause();
    else view.show({ step: view.look.step + 1 });
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    refresh();
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
  };
}

function addIconButton(parent, label, path, onclick) {
  const button = addButton(parent, "ltp-button ltp-icon", null, onclick);
  button.setAttribute("aria-label", label);
  const svg = button.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", path);
  return button;
}
