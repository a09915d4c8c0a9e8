// What changes from scale to scale of a sweep: tokens dropped and kept again, answers that flip.

import { strengthText } from "./numbers.js";
import { shortened } from "./tokens.js";

const TOKENS_NAMED = 8; // of those that a scale changes

// The changes at each scale from the previous scale.
export function changesOf(sweep, stage) {
  const { count, depths, scales, outcomes } = sweep;
  const flipped = new Set(sweep.flips);
  return scales.map((_, mark) => {
    const falls = [],
      returns = [];
    for (let position = 0; mark > 0 && position < count; position += 1) {
      const depth = depths[mark * count + position],
        before = depths[(mark - 1) * count + position];
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
      text:
        mark > 0
          ? `From ${strengthText(scales[mark - 1])} to ${at}: ${words.join("; ") || "no change"}`
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
export function otherAnswers(outcomes) {
  const runs = [];
  outcomes.forEach(({ agree }, mark) => {
    if (agree) return;
    const last = runs.at(-1);
    if (last && last[1] === mark) last[1] = mark + 1;
    else runs.push([mark, mark + 1]);
  });
  return runs;
}

// [{ scale, isKept }] wherever, from scale 0 up, the token starts or stops to survive every layer.
export function turnsOf(sweep, position, layers) {
  const turns = [];
  let wasKept = true;
  sweep.scales.forEach((scale, k) => {
    const isKept = sweep.depths[k * sweep.count + position] === layers;
    if (isKept !== wasKept) turns.push({ scale, isKept });
    wasKept = isKept;
  });
  return turns;
}
