// The token inspector: why one token is kept or dropped, at which strength, which tokens attend to it, and
// the effect of forcing it.

const SHOWN_TURNS = 5; // scales at which a token is dropped or kept again

function buildInspector(host, view) {
  const prompt = add(host, "p", "ltp-inspector-prompt ltp-detail",
    "Click a token, or press Enter on one, to see why it is kept or dropped.");
  const body = add(host, "div", "ltp-inspector-body");
  const go = (step) => view.show({ token: neighbour(view, view.look.token, step) });
  const head = add(body, "header", "ltp-inspector-head");
  const before = addButton(head, "ltp-button", "‹", () => go(-1));
  setAttribute(before, "aria-label", "Previous token");
  const name = add(head, "h3", "ltp-inspector-name");
  const after = addButton(head, "ltp-button", "›", () => go(1));
  setAttribute(after, "aria-label", "Next token");
  const close = addButton(head, "ltp-button", "×", () => view.show({ token: null }));
  setAttribute(close, "aria-label", "Close the inspector");

  const story = add(body, "div", "ltp-inspector-part");
  const origin = add(story, "p", "ltp-detail ltp-inspector-origin");
  const fate = add(story, "p", "ltp-inspector-fate");
  const turns = buildTurns(story, view);
  const force = buildForce(story, view);
  const chart = buildScoreChart(add(body, "div", "ltp-inspector-part"), view);
  const readers = buildReaders(add(body, "div", "ltp-inspector-part"), view);

  function draw() {
    const { token } = view.look, isChosen = token !== null;
    prompt.hidden = isChosen;
    body.hidden = !isChosen;
    if (!isChosen) return;
    setText(name, markedName(view, token));
    setText(origin, originOf(view.stage, token));
    setText(fate, fateSentence(view, token));
    for (const part of [turns, force, chart, readers]) part(token);
  }
  return {
    frame: draw,
    look: draw,
    arrived: (event) => {
      force.arrived(event);
      draw();
    },
  };
}

// --- in words ---

// Forced tokens carry a mark wherever they are named.
function markedName(view, position) {
  const mark = { keep: "▲ ", drop: "▼ " }[forcedTo(view, position)] ?? "";
  return mark + shortened(view.stage.tokens[position]);
}

function originOf(stage, position) {
  const parts = [`Token ${position + 1} of ${stage.tokens.length}`];
  if (stage.special.includes(position)) parts.push("added by the model, not in the text");
  const segment = stage.segments.findLast(({ first }) => position >= first);
  if (segment) parts.push(...wordFacts(segment, stage, position));
  if (segment?.title) parts.push(segment.title.toLowerCase());
  const { token, positions } = stage.unknown;
  if (positions.includes(position)) parts.push(`read as ${token}: not in the vocabulary`);
  return parts.join(" · ");
}

// The word that contains a token, and the token's characters, counted from 1 as a reader counts.
function wordFacts({ words }, stage, position) {
  let start = 0;
  for (const word of words) {
    if (word.positions.includes(position)) {
      const [from, length] = partOfWord(word, stage.tokens, position);
      const first = start + [...word.text.slice(0, from)].length + 1;
      const last = first + [...word.text.slice(from, from + length)].length - 1;
      const span = first === last ? `character ${first}` : `characters ${first} to ${last}`;
      return word.positions.length > 1 ? [`part of “${shortened(word.text)}”`, span] : [span];
    }
    start += [...word.text].length;
  }
  return [];
}

function partOfWord(word, tokens, position) {
  let from = 0;
  for (const other of word.positions) {
    const isFirst = other === word.positions[0]; // the other tokens have a join mark in front
    const spelling = isFirst ? tokens[other] : tokens[other].slice(1), at = word.text.indexOf(spelling, from);
    if (at < 0) return [0, word.text.length]; // the tokenizer changed its spelling
    if (other === position) return [at, spelling.length];
    from = at + spelling.length;
  }
  return [0, word.text.length];
}

function fateSentence(view, position) {
  const { frame, stage, settings } = view, depth = frame.depths[position];
  if (settings.drop.includes(position)) return "Forced to drop: removed in the first layer.";
  if (stage.protected.includes(position)) return "Always kept: the answer is read from it.";
  if (depth === stage.num_layers) {
    return `${settings.keep.includes(position) ? "Forced to stay: kept" : "Kept"} in every layer.`;
  }
  const score = frame.score(depth, position), threshold = frame.thresholds[depth];
  const reason = score === null ? "" : `: score ${numberOf(score)} below threshold ${numberOf(threshold)}, `
    + `margin ${numberOf(score - threshold)}`;
  return `Dropped in layer ${depth + 1} of ${stage.num_layers}${reason}.`;
}

// One line each: a token's name, its fate, and its text if there are two.
function fateInShort(view, position) {
  const segment = view.stage.segments.findLast(({ first }) => position >= first);
  return [markedName(view, position), fateSentence(view, position), segment?.title].filter(Boolean);
}

function numberOf(value) {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

// --- the scales at which it is dropped and kept again ---

// [{ scale, isKept }] wherever, from scale 0 up, the token starts or stops to survive every layer.
function turnsOf(sweep, position, layers) {
  const turns = [];
  let wasKept = true;
  sweep.scales.forEach((scale, k) => {
    const isKept = sweep.depths[k * sweep.count + position] === layers;
    if (isKept !== wasKept) turns.push({ scale, isKept });
    wasKept = isKept;
  });
  return turns;
}

function buildTurns(host, view) {
  const line = add(host, "p", "ltp-inspector-turns ltp-detail");
  let shown = null;
  return (position) => {
    const sweep = view.liveSweep;
    if (shown && shown.sweep === sweep && shown.position === position) return;
    shown = { sweep, position };
    line.replaceChildren(...turnsInWords(view, sweep, position));
  };
}

// Words, with buttons that select the scales they name.
function turnsInWords(view, sweep, position) {
  if (!sweep) return ["Computing every strength …"];
  const turns = turnsOf(sweep, position, view.stage.num_layers), most = sweep.scales[sweep.scales.length - 1];
  if (!turns.length) return [`Kept at every strength up to ${strengthText(most)}.`];
  if (turns[0].scale === 0) return ["Dropped at every strength."];
  const rest = turns.length - SHOWN_TURNS, end = rest > 0 ? `, and ${rest} more changes.` : ".";
  const words = turns.slice(0, SHOWN_TURNS).flatMap(({ scale, isKept }, i, shown) => {
    const verb = isKept ? " kept again from " : i ? " dropped again from " : "Dropped from strength ";
    const isLast = i === shown.length - 1, on = i ? "" : " on";
    return [verb, scaleLink(view, scale, on + (isLast ? end : ","))];
  });
  const why = " It is kept again where other tokens are dropped sooner and leave it more attention.";
  return turns.length > 1 ? [...words, why] : words;
}

// Keeps the following text on the link's line.
function scaleLink(view, scale, mark) {
  const whole = document.createElement("span"), button = add(whole, "button");
  whole.style.whiteSpace = "nowrap";
  whole.append(mark);
  Object.assign(button, { type: "button", className: "ltp-link", textContent: strengthText(scale),
    title: "Go to this strength", onclick: () => view.commit({ scale }) });
  return whole;
}
