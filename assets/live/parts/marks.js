// Marks along the slider, from the sweep: scales at which tokens are dropped or the answer changes. A mark is
// at the position of the thumb's middle at its scale. A line below describes the changes at the scale under
// the thumb, or under the pointer.

import { add, addButton, enable, setText } from "../dom/nodes.js";
import { changesOf, otherAnswers } from "../model/changes.js";
import { nearestScale } from "../model/frames.js";
import { sameSettings } from "../model/state.js";

export function buildMarks(track, line, view) {
  const flips = add(track, "div", "ltp-flips");
  const falls = add(track, "div", "ltp-fall-strip");
  falls.setAttribute("aria-hidden", "true"); // the line below describes the marks, and its two buttons reach them
  const before = addButton(line, "ltp-button ltp-jump", "‹", () => jump(-1));
  before.setAttribute("aria-label", "Previous change");
  const after = addButton(line, "ltp-button ltp-jump", "›", () => jump(1));
  after.setAttribute("aria-label", "Next change");
  before.title = "Previous strength at which something changes";
  after.title = "Next strength at which something changes";
  const caption = add(line, "p", "ltp-caption");
  buildMarksLegend(line, view);

  let sweep = null; // the sweep of the shown marks
  let changes = [];
  let pointed = null; // index of the scale under the pointer or the focus

  for (const strip of [flips, falls]) {
    strip.onclick = (event) => {
      const mark = markOf(event);
      if (mark !== null) view.commit({ scale: sweep.scales[mark] });
    };
    strip.onpointerover = (event) => point(markOf(event));
    strip.onpointerleave = () => point(null);
  }
  flips.addEventListener("focusin", (event) => point(markOf(event)));
  flips.addEventListener("focusout", () => point(null));

  function markOf(event) {
    const mark = event.target.closest("[data-mark]");
    return mark && view.liveSweep ? Number(mark.dataset.mark) : null;
  }

  function point(mark) {
    pointed = mark;
    say();
  }

  function say() {
    if (view.liveSweep) setText(caption, changes[pointed ?? nearestScale(sweep, view.settings.scale)].text);
    else setText(caption, "Computing every strength …");
  }

  function next(direction) {
    let mark = nearestScale(sweep, view.settings.scale) + direction;
    while (changes[mark] && !changes[mark].any) mark += direction;
    return changes[mark] ? mark : null;
  }

  function jump(direction) {
    const mark = view.liveSweep && next(direction);
    if (mark !== null) view.commit({ scale: sweep.scales[mark] });
  }

  function place() {
    changes = changesOf(sweep, view.stage);
    const at = (mark) => `${(100 * mark) / (sweep.scales.length - 1)}%`;
    const most = Math.max(1, ...changes.map((change) => change.falls.length));
    flips.replaceChildren();
    falls.replaceChildren();
    falls.style.setProperty("--slot", at(1)); // widens the target area of a narrow mark
    for (const [first, end] of otherAnswers(sweep.outcomes)) {
      const region = add(falls, "i", "ltp-other-answer");
      region.style.left = at(first - 0.5);
      region.style.width = at(end - first);
    }
    changes.forEach((change, mark) => {
      if (!change.any) return;
      const tick = add(falls, "i", "ltp-fall-mark");
      tick.dataset.mark = mark;
      tick.title = change.text;
      tick.style.left = at(mark);
      // Marks of few tokens stay visible beside marks of many.
      tick.style.setProperty("--part", Math.sqrt(Math.max(0.5, change.falls.length) / most));
      if (!change.flip) return;
      const button = addButton(flips, "ltp-flip", "", null);
      button.dataset.mark = mark;
      button.style.left = at(mark);
      button.title = change.flip;
      button.setAttribute("aria-label", change.flip);
    });
    look();
  }

  // Where the selected token is dropped.
  function look() {
    for (const tick of falls.querySelectorAll(".ltp-fall-mark")) {
      tick.classList.toggle("ltp-own", changes[tick.dataset.mark].falls.includes(view.look.token));
    }
  }

  return {
    look,
    flipScales: () => (view.liveSweep ? sweep.flips.map((mark) => sweep.scales[mark]) : []),
    refresh: () => {
      const { liveSweep } = view;
      track.classList.toggle("ltp-waiting", !liveSweep);
      // The same settings of the same text have the same sweep, so its marks stay: one may have the focus.
      if (liveSweep && liveSweep !== sweep) {
        const known = sweep && sameSettings(sweep.for, liveSweep.for);
        sweep = liveSweep;
        if (!known) place();
      }
      enable(before, liveSweep && next(-1) !== null);
      enable(after, liveSweep && next(1) !== null);
      say();
    },
  };
}

function buildMarksLegend(line, view) {
  const legend = add(line, "p", "ltp-marks-legend ltp-detail");
  const signs = [["ltp-sign-fall", "tokens dropped"]];
  if (view.stage.regression === null) {
    signs.unshift(["ltp-sign-flip", "answer changes"]);
    signs.push(["ltp-sign-other", "differs from unpruned"]);
  }
  for (const [sign, meaning] of signs) {
    const item = add(legend, "span");
    add(item, "i", sign);
    add(item, "span", "", meaning);
  }
}
