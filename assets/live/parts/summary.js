// The summary: both answers, whether they agree, and what pruning saves. Frames change text and bars.

import { add, setText } from "../dom/nodes.js";
import { strengthText } from "../model/numbers.js";
import { firstFlip, verdictOf } from "../model/wording.js";

export function buildSummary(host, view) {
  const { stage } = view;
  const verdict = add(host, "p", "ltp-verdict");
  const verdictText = add(verdict, "span");
  const longest = [...stage.labels].sort((a, b) => b.length - a.length)[0] ?? "";
  // About the longest possible verdict: it reserves the height if lines break.
  verdict.dataset.longest = `⚠ Pruning flips the answer: ${stage.dense.label} 100 % to ${longest} 100 %.`
    + firstFlip(0.05);
  // Announced once per answer; the visible verdict changes with every frame of a drag.
  const heard = add(host, "p", "ltp-unseen");
  heard.setAttribute("role", "status");

  const row = add(host, "div", "ltp-cards");
  const pruned = buildAnswerCard(row, "Pruned model", stage.dense.bars.length, longest);
  const dense = buildAnswerCard(row, "Same weights, unpruned", stage.dense.bars.length, longest);
  dense.show(stage.dense);
  const figures = view.frame.outcome.figures.map(({ name }) => buildFigureCard(row, name));
  const speed = buildSpeedCard(row, view);

  return {
    frame: ({ outcome }) => {
      const name = `ltp-verdict ${outcome.agree ? "ltp-agree" : "ltp-disagree"}`;
      if (verdict.className !== name) verdict.className = name;
      setText(verdictText, verdictOf(view, outcome));
      pruned.show(outcome);
      figures.forEach((card, i) => card.show(outcome.figures[i]));
      speed.refresh();
    },
    arrived: (name) => {
      speed.refresh();
      if (name !== (view.offline ? "sent" : "answer")) return;
      const { scale, outcome: { verdict: words, figures: [saved] } } = view.frame;
      setText(heard, `Strength ${strengthText(scale)}: ${words} ${saved.name} ${saved.value}.`);
    },
  };
}

function buildCard(row, className, title) {
  const card = add(row, "article", `ltp-card ${className}`);
  return { card, heading: add(card, "h3", "", title) };
}

function buildAnswerCard(row, title, count, longest) {
  const { card } = buildCard(row, "ltp-prediction", title);
  const label = add(card, "p", "ltp-label");
  label.dataset.longest = longest; // another answer must not move the elements below
  const labelText = add(label, "span");
  const bars = add(card, "div", "ltp-bars");
  const lines = Array.from({ length: count }, () => {
    const line = add(bars, "div", "ltp-bar-line");
    return { name: add(line, "span", "ltp-bar-name"), bar: add(add(line, "span", "ltp-bar"), "i"),
      share: add(line, "span", "ltp-bar-share") };
  });
  return {
    show: (answer) => {
      setText(labelText, answer.label);
      lines.forEach(({ name, bar, share }, i) => {
        const { name: className, probability } = answer.bars[i];
        const text = `${(100 * probability).toFixed(1)} %`;
        if (share.textContent === text && name.textContent === className) return;
        setText(name, className);
        name.title = className;
        bar.style.transform = `scaleX(${probability})`;
        setText(share, text);
      });
    },
  };
}

function buildFigureCard(row, title) {
  const { card } = buildCard(row, "", title);
  const value = add(card, "p", "ltp-value"), detail = add(card, "p", "ltp-detail");
  return {
    show: (figure) => {
      setText(value, figure.value);
      setText(detail, figure.detail);
    },
  };
}

// Measuring takes longer than drawing: until the newest settings are timed, the card is dimmed and says so.
function buildSpeedCard(row, view) {
  const { card, heading } = buildCard(row, "ltp-speed", "Measured speed");
  const busy = view.offline ? null : add(heading, "span", "ltp-measuring", "measuring …");
  const value = add(card, "p", "ltp-value", "…");
  const detail = add(card, "p", "ltp-detail", view.offline ? "not measured" : "");
  let shown = null, scale = null; // the shown timing, and its scale
  return {
    refresh: () => {
      const { timing, settings, committed } = view;
      if (timing && timing !== shown) {
        shown = timing;
        scale = committed.scale;
        setText(value, timing.value);
        const when = view.offline ? `, when exported at strength ${strengthText(scale)}` : "";
        setText(detail, timing.detail + when);
      }
      const fresh = settings.scale === scale && (view.offline || timing?.number === settings.number);
      card.classList.toggle("ltp-stale", !fresh);
      if (busy) busy.hidden = fresh;
    },
  };
}
