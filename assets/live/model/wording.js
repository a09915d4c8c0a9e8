// What a frame means for tokens, layers and the answer, in words.

import { stateOf } from "./frames.js";
import { numberOf, strengthText } from "./numbers.js";
import { FORCED, forcedTo, markedName, shortened, unknownWords } from "./tokens.js";

const LISTED_CHARACTERS = 44; // of dropped tokens in a sentence; the rest are counted

export function wordFor(scale, stage) {
  if (!stage.thresholds_learned) return "no thresholds learned";
  if (scale === 0) return "every token kept";
  if (scale === 1) return "as trained";
  return scale < 1 ? "weaker than trained" : "stronger than trained";
}

// Names and strengths of the presets.
export function presets({ thresholds_learned: learned }) {
  return /** @type {[string, number][]} */ ([
    ["Off", 0],
    [learned ? "Trained" : "Initial", 1],
    ["Strong", 2],
  ]);
}

export function stepName(step, last) {
  if (step === null) return "all layers";
  return step === 0 ? "before layer 1" : `after layer ${step} of ${last}`;
}

export function stepSentence({ stage, settings, look }, frame) {
  const { tokens } = stage,
    { step } = look;
  const left = (layers) => (layers ? frame.lengths[layers - 1] : tokens.length);
  const counted = (number) => `${number} ${number === 1 ? "token" : "tokens"}`;
  if (step === null) return `All layers: ${counted(tokens.length)} in, ${left(stage.num_layers)} left.`;
  if (step === 0) return `Before layer 1: ${counted(tokens.length)}.`;
  const names = [];
  frame.depths.forEach((depth, position) => {
    if (depth !== step - 1) return;
    names.push(asNamed(tokens[position]) + (settings.drop.includes(position) ? " (forced)" : ""));
  });
  if (!names.length) return `Layer ${step} drops nothing.`;
  return `Layer ${step} drops ${names.length} of ${left(step - 1)}: ${listed(names)}`;
}

// A comma as a token would look like a separator of the list.
function asNamed(token) {
  return /[\p{L}\p{N}\p{S}]/u.test(token) ? shortened(token) : `“${token}”`;
}

function listed(names) {
  let shown = 0;
  for (let length = 0; shown < names.length; shown += 1) {
    length += names[shown].length + 2;
    if (shown && length > LISTED_CHARACTERS) break;
  }
  const rest = names.length - shown;
  return names.slice(0, shown).join(", ") + (rest ? ` … (${rest} more)` : ".");
}

export function fateSentence(view, position) {
  const { frame, stage, settings } = view,
    depth = frame.depths[position];
  if (settings.drop.includes(position)) return "Forced to drop: removed in the first layer.";
  if (stage.protected.includes(position)) return "Always kept: the answer is read from it.";
  if (depth === stage.num_layers) {
    return `${settings.keep.includes(position) ? "Forced to stay: kept" : "Kept"} in every layer.`;
  }
  const score = frame.score(depth, position),
    threshold = frame.thresholds[depth];
  const reason =
    score === null
      ? ""
      : `: score ${numberOf(score)} below threshold ${numberOf(threshold)}, ` +
        `margin ${numberOf(score - threshold)}`;
  return `Dropped in layer ${depth + 1} of ${stage.num_layers}${reason}.`;
}

// One line each: a token's name, its fate, and its text if there are two.
export function fateInShort(view, position) {
  const segment = view.stage.segments.findLast(({ first }) => position >= first);
  return [markedName(view, position), fateSentence(view, position), segment?.title].filter(Boolean);
}

export function scoreSentence(frame, layer, position) {
  const [score, threshold, state] = scoreFacts(frame, layer, position);
  if (score === "none") return `Layer ${layer + 1}: ${state}`;
  const sign = frame.score(layer, position) < frame.thresholds[layer] ? "<" : "≥";
  return `Layer ${layer + 1}: ${score} ${sign} ${threshold}, ${state}`;
}

export function scoreFacts(frame, layer, position) {
  const score = frame.score(layer, position);
  const words = { kept: "kept", dropped: "dropped here", gone: "dropped earlier" };
  const state = words[stateOf(frame, layer, position)];
  return [score === null ? "none" : numberOf(score), numberOf(frame.thresholds[layer]), state];
}

// The fate of each token of a word.
export function fates({ positions, kind }, view) {
  const { stage, frame } = view;
  const one = (position) => {
    const depth = frame.depths[position],
      forced = forcedTo(view, position);
    const fate = depth === stage.num_layers ? "survives all layers" : `dropped in layer ${depth + 1}`;
    return (
      (positions.length > 1 ? `${shortened(stage.tokens[position])}: ` : "") +
      fate +
      (forced ? `, ${FORCED[forced]}` : "")
    );
  };
  return [...positions.map(one), ...(kind === "unknown" ? [unknownWords(stage)] : [])];
}

export function survivorsSentence(alive, specials, { stage }, frame) {
  if (alive) return "Underlined words are kept in every layer.";
  const names = specials
    .filter(({ positions: [position] }) => frame.depths[position] === stage.num_layers)
    .map(({ label }) => label);
  if (!names.length) return "No word is kept in every layer.";
  const listedNames =
    names.length > 1
      ? `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]} are`
      : `${names[0]} is`;
  return `No word is kept in every layer; only ${listedNames}.`;
}

export function flowInWords({ stage, frame }) {
  const after = frame.lengths.map((left, layer) => `${left} after layer ${layer + 1}`).join(", ");
  return (
    `Flow of ${stage.tokens.length} tokens through ${stage.num_layers} layers: ${after}.` +
    " Arrow keys go from token to token, Enter opens one."
  );
}

export function effectWords({ before, after, words }, stage) {
  if (before.label !== after.label) {
    return `${words} changes the answer from ${before.label} to ${after.label}.`;
  }
  const at = after.bars.findIndex(({ name }) => name === after.label);
  if (stage.regression !== null || at < 0) return `${words} leaves the answer at ${after.label}.`;
  const [from, to] = [before, after].map(({ bars }) => `${(100 * bars[at].probability).toFixed(1)} %`);
  return from === to
    ? `${words} leaves the answer ${after.label}, at ${to}.`
    : `${words} moves “${after.label}” from ${from} to ${to}.`;
}

// With the first strength that flips the answer, once the sweep has arrived.
// With the first strength that changes the answer, once the sweep has arrived.
export function verdictOf({ liveSweep, stage, settings }, { agree, verdict, label }) {
  if (!stage.thresholds_learned && settings.scale === 0) {
    return `Answer: ${label}. Pruning is off: no thresholds learned. Drag to try rising ones.`;
  }
  const first = agree || !liveSweep ? -1 : liveSweep.outcomes.findIndex((other) => !other.agree);
  return first < 0 ? verdict : `${verdict} First at strength ${strengthText(liveSweep.scales[first])}.`;
}

export function savedWords({ saved }) {
  const percent = Math.round(saved);
  return percent > 0
    ? `${percent} % less compute`
    : percent < 0
      ? `${-percent} % more compute`
      : "same compute";
}

export function whyDisabled({ offline, stage }) {
  if (offline) return "In this exported page only the pruning strength can be changed.";
  const none = stage.learned.flatMap((threshold, layer) => (threshold > 0 ? [] : [layer + 1]));
  if (!none.length) return "";
  if (none.length === stage.num_layers) return "No layer has learned a threshold: there is nothing to scale.";
  const layers = none.length === 1 ? "Layer" : "Layers";
  return `${layers} ${none.join(", ")} learned no threshold: there is nothing to scale.`;
}
