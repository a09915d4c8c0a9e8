// Marks along the slider: where tokens fall and where the answer changes, read off the sweep. They stand
// where the thumb's middle stands at their scale. One line below says in words what happens at the scale
// under the thumb, or under the pointer.

const TOKENS_SAID = 8; // in what is said about a scale

function buildMarks(track, line, view) {
  const flips = add(track, "div", "ltp-flips");
  const falls = add(track, "div", "ltp-fall-strip");
  falls.setAttribute("aria-hidden", "true"); // said by the line below, reached by its two buttons
  const before = addButton(line, "ltp-button ltp-jump", "‹", () => jump(-1));
  before.setAttribute("aria-label", "Previous change");
  const after = addButton(line, "ltp-button ltp-jump", "›", () => jump(1));
  after.setAttribute("aria-label", "Next change");
  before.title = "Previous scale at which something changes";
  after.title = "Next scale at which something changes";
  const caption = add(line, "p", "ltp-caption");
  buildMarksLegend(line, view);

  let sweep = null; // whose marks stand there
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
    else setText(caption, "Reading every scale …");
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
    falls.style.setProperty("--slot", at(1)); // what a pointer can hit of a narrow mark
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
      // Areas of few tokens stay visible beside those of many.
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

  // The selected token's own falls.
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
      // The same settings of the same text have the same sweep: its marks, one maybe with the focus, stay.
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
  const signs = [["ltp-sign-fall", "tokens fall"]];
  if (view.stage.regression === null) {
    signs.unshift(["ltp-sign-flip", "answer changes"]);
    signs.push(["ltp-sign-other", "differs from not pruned"]);
  }
  for (const [sign, meaning] of signs) {
    const item = add(legend, "span");
    add(item, "i", sign);
    add(item, "span", "", meaning);
  }
}

// What differs at each scale from the scale before it.
function changesOf(sweep, stage) {
  const { count, depths, scales, outcomes } = sweep;
  const flipped = new Set(sweep.flips);
  return scales.map((scale, mark) => {
    const falls = [], returns = [];
    for (let position = 0; mark > 0 && position < count; position += 1) {
      const depth = depths[mark * count + position], before = depths[(mark - 1) * count + position];
      if (depth < before) falls.push(position);
      else if (depth > before) returns.push(position);
    }
    const named = (positions) => tokensSaid(positions, depths.subarray(mark * count), stage);
    const words = [
      flipped.has(mark) && `the answer changes to ${outcomes[mark].label}`,
      falls.length && `${countedTokens(falls.length, "falls", "fall")}: ${named(falls)}`,
      returns.length && `${countedTokens(returns.length, "stays", "stay")} longer: ${named(returns)}`,
    ].filter(Boolean);
    const text = words.length ? words.join("; ") : mark > 0 ? "nothing changes" : "the thresholds are off";
    return {
      falls,
      any: words.length > 0,
      flip: flipped.has(mark) ? `Answer changes to ${outcomes[mark].label} at ${times(scale)}` : "",
      text: `At ${times(scale)}, ${text}`,
    };
  });
}

function countedTokens(number, one, several) {
  return number === 1 ? `1 token ${one}` : `${number} tokens ${several}`;
}

function tokensSaid(positions, depths, stage) {
  const names = positions.slice(0, TOKENS_SAID).map((position) => {
    const depth = depths[position];
    const where = depth < stage.num_layers ? `layer ${depth + 1}` : "to the end";
    return `“${shortened(stage.tokens[position])}” (${where})`;
  });
  const rest = positions.length - names.length;
  return names.join(", ") + (rest ? ` and ${rest} more` : "");
}

// Runs [first, end) of scales at which the pruned model does not say what the unpruned one says.
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
