// The verdict: the answer with and without pruning as one object, the compute saved, and the time.

import { add, addButton, setAttribute, setText } from "../dom/nodes.js";
import { addSvg, drawScene } from "../dom/svg.js";
import { placeBelow } from "../dom/tip.js";
import { answerNumber, sweepCurves } from "../model/curves.js";
import { strengthText } from "../model/numbers.js";
import { savedWords, verdictOf } from "../model/wording.js";
import { referenceInWords, referenceScene } from "../scenes/reference.js";

export function buildVerdict(host, view) {
  const verdict = add(host, "p", "ltp-verdict");
  const words = add(verdict, "span");
  // Announced once per answer; the visible verdict changes with every frame of a drag.
  const heard = add(host, "p", "ltp-unseen");
  heard.setAttribute("role", "status");
  const answers = buildAnswers(add(host, "div", "ltp-answers"), view);
  const saved = add(host, "p", "ltp-saved");
  const speed = buildSpeed(add(host, "div", "ltp-speed"), view);

  return {
    frame: ({ outcome, exact }) => {
      const name = `ltp-verdict ${outcome.agree ? "ltp-agree" : "ltp-disagree"}`;
      if (verdict.className !== name) verdict.className = name;
      const sentence = verdictOf(view, outcome);
      setText(words, sentence);
      setAttribute(verdict, "title", sentence);
      answers(outcome);
      setText(saved, savedWords(outcome));
      setAttribute(saved, "data-saved", outcome.saved);
      setAttribute(saved, "title", outcome.compute);
      host.classList.toggle("ltp-preview", !exact);
      speed.refresh();
    },
    arrived: (name) => {
      speed.refresh();
      if (name !== (view.offline ? "sent" : "answer")) return;
      const { scale, outcome } = view.frame;
      setText(heard, `Strength ${strengthText(scale)}: ${outcome.verdict} ${savedWords(outcome)}.`);
    },
  };
}

// One scale from 0 to 100 % for each class that is shown: a ring without pruning, a disc with it, a bar between.
// Of two exclusive classes one says all. A number has the range of the sweep.
function buildAnswers(host, view) {
  const { stage } = view,
    { bars } = stage.dense;
  if (stage.regression !== null) return buildNumber(host, view);
  const isBinary = stage.labels.length === 2 && !stage.is_multi_label;
  const shown = bars.flatMap(({ name }, i) => (isBinary && name !== stage.dense.leading ? [] : [i]));
  host.classList.toggle("ltp-many-answers", shown.length > 1);
  const lines = shown.map((i) => {
    const line = buildDumbbell(host, isBinary ? `P(${bars[i].name})` : bars[i].name, true);
    return (outcome) => line(bars[i].probability, outcome.bars[i].probability, percentText);
  });
  return (outcome) => lines.forEach((line) => line(outcome));
}

function percentText(share) {
  const percent = 100 * share;
  return (percent > 99 && percent < 100) || (percent > 0 && percent < 1)
    ? `${percent.toFixed(1)} %`
    : `${percent.toFixed(0)} %`;
}

function buildNumber(host, view) {
  const line = buildDumbbell(host, view.stage.regression || "answer", false);
  return (outcome) => {
    const { sweep, stage } = view,
      now = answerNumber(outcome.label),
      before = answerNumber(stage.dense.label);
    const [low, high] = sweep
      ? sweepCurves(sweep, stage).range
      : [Math.min(now, before) - 0.5, Math.max(now, before) + 0.5];
    const share = (value) => (value - low) / (high - low);
    line(share(before), share(now), (at) => (low + at * (high - low)).toFixed(2).replace("-", "−"));
  };
}

function buildDumbbell(host, name, hasMiddle) {
  const line = add(host, "div", "ltp-answer");
  add(line, "span", "ltp-answer-name", name).title = name;
  const scale = add(line, "span", hasMiddle ? "ltp-answer-scale ltp-middle" : "ltp-answer-scale");
  const bar = add(scale, "i", "ltp-answer-change"),
    ring = add(scale, "i", "ltp-unpruned"),
    disc = add(scale, "i", "ltp-pruned");
  const value = add(line, "span", "ltp-answer-value");
  const now = add(value, "b"),
    before = add(value, "span");
  return (unpruned, pruned, text) => {
    const [from, to] = [Math.min(unpruned, pruned), Math.max(unpruned, pruned)];
    bar.style.left = `${100 * from}%`;
    bar.style.width = `${100 * (to - from)}%`;
    ring.style.left = `${100 * unpruned}%`;
    disc.style.left = `${100 * pruned}%`;
    setText(now, text(pruned));
    setText(before, ` pruned, ${text(unpruned)} without`);
  };
}

// Measuring takes longer than drawing: until the newest settings are timed, the time is dimmed.
function buildSpeed(host, view) {
  const button = addButton(host, "ltp-speed-button", "", null);
  const value = add(
    button,
    "span",
    "ltp-speed-value",
    view.offline ? "Speed not measured" : "Measuring the speed …",
  );
  const box = add(host, "div", "ltp-menu ltp-speed-box");
  box.popover = "auto";
  button.popoverTargetElement = box;
  box.ontoggle = ({ newState }) => newState === "open" && placeBelow(box, button);
  const detail = add(box, "p", "ltp-speed-detail");
  const reference = add(box, "div", "ltp-reference");
  const figure = addSvg(reference, "svg", { role: "img" });
  const source = add(box, "p", "ltp-detail");
  const again = view.offline
    ? null
    : addButton(box, "ltp-button", "Measure again", () => {
        box.hidePopover();
        view.measure();
      });
  let shown = null,
    scale = null; // the shown timing, and its scale
  return {
    refresh: () => {
      const { timing, settings, committed } = view;
      if (timing && timing !== shown) {
        shown = timing;
        scale = committed.scale;
        setText(value, timing.value);
        setAttribute(host, "data-state", timing.state);
        const when = view.offline ? ` Measured when exported, at strength ${strengthText(scale)}.` : "";
        setText(detail, timing.detail + when);
        setText(source, timing.source);
        reference.hidden = !timing.reference.length;
        drawScene(figure, referenceScene(timing), 1);
        setAttribute(figure, "aria-label", referenceInWords(timing));
        if (again) {
          setText(again, timing.action);
          again.hidden = !timing.action;
        }
      }
      const fresh = settings.scale === scale && (view.offline || timing?.number === settings.number);
      host.classList.toggle("ltp-stale", !fresh);
    },
  };
}
