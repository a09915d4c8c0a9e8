// The text as it was written, its words shaded by how deep they survive; the tokens of a word count together.

import { textFitter } from "../dom/fit.js";
import { add, scrollWithin, setText } from "../dom/nodes.js";
import { forcedTo, shortened, wordDepth } from "../model/tokens.js";
import { fates, survivorsSentence } from "../model/wording.js";

const WORD_NAMES_AFTER_MS = 150; // after a drag, words get their names for screen readers

export function buildText(host, view) {
  const { stage } = view,
    layers = stage.num_layers;
  const words = buildTexts(host, view);
  const survivors = add(host, "p", "ltp-detail ltp-text-note");
  const specials = words.filter(({ isSpecial }) => isSpecial);
  let active = Math.max(
    0,
    words.findIndex(({ isSpecial }) => !isSpecial),
  ); // the word with the keyboard focus
  let naming = null;
  let revealed = null; // the token last scrolled to

  function draw(frame) {
    let alive = false;
    for (const word of words) {
      const depth = wordDepth(word, frame);
      alive ||= !word.isSpecial && depth === layers;
      const name = wordClass(word, depth, view);
      if (word.name !== name) word.node.className = word.name = name;
      const seen = Math.min(depth, view.look.step ?? layers); // the player has not reached what comes later
      if (word.depth === seen) continue;
      word.depth = seen;
      word.node.style.setProperty("--level", `${(100 * seen) / layers}%`);
    }
    setText(survivors, view.look.step === null ? survivorsSentence(alive, specials, view, frame) : "");
    clearTimeout(naming);
    naming = setTimeout(nameWords, WORD_NAMES_AFTER_MS);
  }

  function nameWords() {
    for (const word of words) {
      word.node.setAttribute("aria-label", [word.label, ...fates(word, view)].join(", "));
      word.node.setAttribute("aria-pressed", word.positions.includes(view.look.token));
    }
  }

  function look() {
    for (const { node, isSpecial } of words) if (isSpecial) node.hidden = !view.look.specials;
    fit(view.look.specials);
    draw(view.frame);
    nameWords();
    const chosen = words.findIndex(({ positions }) => positions.includes(view.look.token));
    if (chosen < 0) return;
    moveTo(chosen);
    if (view.look.token !== revealed) scrollWithin(host, words[chosen].node);
    revealed = view.look.token;
  }

  function moveTo(index) {
    if (!words.length) return;
    words[active].node.tabIndex = -1;
    words[index].node.tabIndex = 0;
    active = index;
  }

  // The next visible word in a direction.
  function neighbourOf(index, by) {
    let next = index + by;
    while (words[next]?.node.hidden) next += by;
    return words[next] ? next : index;
  }

  // On a word of several tokens, each further press selects its next token.
  function select({ positions }) {
    const next = positions.indexOf(view.look.token) + 1;
    view.show({ token: positions[next % positions.length] });
  }

  const wordOf = (target) => words.findIndex(({ node }) => node === target.closest(".ltp-word"));
  const texts = host.querySelector(".ltp-texts");
  texts.onclick = ({ target }) => {
    const index = wordOf(target);
    if (index < 0) return;
    moveTo(index);
    select(words[index]);
  };
  texts.onkeydown = (event) => {
    const index = wordOf(event.target),
      { key } = event;
    if (index < 0) return;
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by) focus(neighbourOf(index, by));
    else if (key === "Home") focus(neighbourOf(-1, 1));
    else if (key === "End") focus(neighbourOf(words.length, -1));
    else if (key === "Enter" || key === " ") select(words[index]);
    else if (key === "Escape") view.show({ token: null });
    else return;
    event.preventDefault();
  };
  function focus(index) {
    moveTo(index);
    words[index].node.focus();
    view.tip.open(words[index].node, tipOf(words[index], view), true);
  }
  texts.addEventListener("focusout", () => view.tip.close());
  view.tip.follow(texts, ".ltp-word", (node) => tipOf(words[wordOf(node)], view));

  moveTo(active);
  const fit = textFitter(host, texts);
  new ResizeObserver(() => fit(view.look.specials)).observe(host);
  return { frame: draw, look, arrived: () => draw(view.frame) };
}

// The words of all texts in one list, in reading order; two texts stand side by side, each under its name.
function buildTexts(host, view) {
  const { stage } = view;
  const texts = add(host, "div", stage.segments.length > 1 ? "ltp-texts ltp-pair" : "ltp-texts");
  return stage.segments.flatMap((segment) => {
    const side = add(texts, "div");
    if (segment.title) add(side, "h4", "", segment.title);
    const text = add(side, "p", "ltp-text");
    text.setAttribute("translate", "no");
    text.dir = "auto";
    const special = stage.special.filter(
      (position) => position >= segment.first && position < segment.first + segment.length,
    );
    const words = [];
    const chip = (position) => words.push(addChip(text, position, stage));
    for (const { text: spelling, positions, kind } of segment.words) {
      while (special.length && (kind === "unread" || special[0] < positions[0])) chip(special.shift());
      const isWord = positions.length > 0;
      const node = add(text, "span", isWord ? "" : `ltp-plain${kind ? ` ltp-${kind}` : ""}`, spelling);
      if (isWord) words.push(asWord(node, { positions, kind, label: shortened(spelling), isSpecial: false }));
    }
    special.forEach(chip);
    return words;
  });
}

// The style sheet adds its name, so that a copy of the text does not contain it.
function addChip(text, position, { tokens }) {
  const node = add(text, "span");
  node.dataset.token = tokens[position];
  return asWord(node, { positions: [position], kind: "special", label: tokens[position], isSpecial: true });
}

function asWord(node, word) {
  node.setAttribute("role", "button");
  node.tabIndex = -1;
  return { node, depth: null, name: null, ...word };
}

function wordClass({ positions, kind }, depth, view) {
  const { step, token } = view.look;
  const survives = depth === view.stage.num_layers && (step === null || step === depth);
  let name = `ltp-word ltp-${survives ? "survivor" : "lost"}`;
  if (kind) name += ` ltp-${kind}`;
  if (step !== null && depth < step) name += depth === step - 1 ? " ltp-falls" : " ltp-fallen";
  if (token !== null && positions.includes(token)) name += " ltp-chosen";
  const forced = positions.map((position) => forcedTo(view, position)).find(Boolean);
  return forced ? `${name} ltp-forced-${forced}` : name;
}

const FATES_SHOWN = 4; // in the tooltip

function tipOf(word, view) {
  const all = fates(word, view),
    rest = all.length - FATES_SHOWN;
  return [word.label, ...(rest > 0 ? [...all.slice(0, FATES_SHOWN), `… and ${rest} more`] : all)];
}
