// The tokens of a stage: names, places in the text, forced or not.

export function shortened(token) {
  const characters = [...token.slice(0, 100)];
  return characters.length > 40 ? `${characters.slice(0, 39).join("")}…` : token;
}

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
    const spelling = isFirst ? tokens[other] : tokens[other].slice(1), at = word.text.indexOf(spelling, from);
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
