// Marks along the slider, from the sweep: scales at which tokens are dropped or the answer changes. A mark is
// at the position of the thumb's middle at its scale. A line below describes the changes at the scale under
// the thumb, or under the pointer.

const TOKENS_NAMED = 8; // of those that a scale changes

function buildMarks(track, line, view) {
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

// The changes at each scale from the previous scale.
function changesOf(sweep, stage) {
  const { count, depths, scales, outcomes } = sweep;
  const flipped = new Set(sweep.flips);
  return scales.map((_, mark) => {
    const falls = [], returns = [];
    for (let position = 0; mark > 0 && position < count; position += 1) {
      const depth = depths[mark * count + position], before = depths[(mark - 1) * count + position];
      if (depth < before) falls.push(position);
      else if (depth > before) returns.push(position);
    }
    const named = (positions, preposition) =>
      namedTokens(positions, depths.subarray(mark * count), stage, preposition);
    const words = [
      flipped.has(mark) && `flips the answer to ${outcomes[mark].label}`,
      falls.length && `loses ${named(falls, "in")}`,
      returns.length && `keeps ${named(returns, "until")}`,
    ].filter(Boolean);
    const at = strengthText(scales[mark]);
    return {
      falls,
      any: words.length > 0,
      flip: flipped.has(mark) ? `Answer changes to ${outcomes[mark].label} at strength ${at}` : "",
      text: mark > 0 ? `From ${strengthText(scales[mark - 1])} to ${at}: ${words.join("; ") || "no change"}`
        : `${at}: pruning is off`,
    };
  });
}

function namedTokens(positions, depths, stage, preposition) {
  const names = positions.slice(0, TOKENS_NAMED).map((position) => {
    const depth = depths[position];
    const where = depth < stage.num_layers ? `${preposition} layer ${depth + 1}` : "to the end";
    return `“${shortened(stage.tokens[position])}” ${where}`;
  });
  const rest = positions.length - names.length;
  return names.join(", ") + (rest ? ` and ${rest} more` : "");
}

// Runs [first, end) of scales at which the pruned answer differs from the unpruned one.
function otherAnswers(outcomes) {
  const runs = [];
  outcomes.forEach(({ agree }, mark) => {
    if (agree) return;
    const last = runs.at(-1);
    if (last && last[1] === mark) last[1] = mark + 1;
    else runs.push([mark, mark + 1]);
  });
  return runs;
}
