// The tokens of a stage: names, places in the text, forced or not.

export function shortened(token, longest = 40) {
  const characters = [...token.slice(0, 100)];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join("")}…` : token;
}

const LONGEST_IN_TEXT = 24; // characters of a token in running text
export const FORCED = { keep: "forced to stay", drop: "forced to drop" };

// "keep", "drop" or "": how a token is forced.
export function forcedTo({ settings }, position) {
  return settings.keep.includes(position) ? "keep" : settings.drop.includes(position) ? "drop" : "";
}

export function unknownWords({ unknown }) {
  return `read as ${unknown.token}: not in the model's vocabulary`;
}

// Forced tokens carry a mark wherever they are named.
export function markedName(view, position) {
  const mark = { keep: "▲ ", drop: "▼ " }[forcedTo(view, position)] ?? "";
  return mark + shortened(view.stage.tokens[position]);
}

export function originOf(stage, position) {
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
    const spelling = isFirst ? tokens[other] : tokens[other].slice(1),
      at = word.text.indexOf(spelling, from);
    if (at < 0) return [0, word.text.length]; // the tokenizer changed its spelling
    if (other === position) return [at, spelling.length];
    from = at + spelling.length;
  }
  return [0, word.text.length];
}

// Tokens that are shown, in order; special ones may be hidden.
export function shownTokens(view) {
  const special = new Set(view.look.specials ? [] : view.stage.special);
  return view.stage.tokens.map((_, position) => position).filter((position) => !special.has(position));
}

export function neighbour(view, position, step) {
  const shown = shownTokens(view);
  if (position === null) return shown[step > 0 ? 0 : shown.length - 1];
  const at = shown.findIndex((other) => other >= position);
  return shown[Math.max(0, Math.min(shown.length - 1, (at < 0 ? shown.length : at) + step))];
}

export function wordDepth({ positions }, frame) {
  let depth = 0;
  for (const position of positions) depth = Math.max(depth, frame.depths[position]);
  return depth;
}

// A segment as running text: { space } between words, or { position, text, isJoined, isSpecial } for a token. A
// joined token continues a word, and its text has no join mark.
export function runningText(stage, { first, length, words }) {
  const special = stage.special.filter((position) => position >= first && position < first + length);
  const pieces = [];
  const addSpecial = (position) => {
    if (pieces.length) pieces.push({ space: true });
    pieces.push(
      { position, text: stage.tokens[position], isJoined: false, isSpecial: true },
      { space: true },
    );
  };
  for (const { text, positions, kind } of words) {
    while (special.length && (kind === "unread" || special[0] < positions[0])) addSpecial(special.shift());
    if (!positions.length && kind !== "unread" && /\s/.test(text)) pieces.push({ space: true });
    positions.forEach((position, i) => {
      const label = stage.tokens[position];
      pieces.push({
        position,
        text: shortened(i ? label.slice(1) : label, LONGEST_IN_TEXT),
        isJoined: i > 0,
        isSpecial: false,
      });
    });
  }
  special.forEach(addSpecial);
  return pieces;
}
