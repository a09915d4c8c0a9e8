// The state of the view: the newest answer, the user's changes since, and undo. No drawing and no sending here.
//
// `nextState` takes a state and an event and returns { state, message, events, rebuild, others }: the next state;
// what to send to the server, or null; what parts of the view should hear about; whether the stage is another
// one; and data of other stages. Events:
//
//   { type: "answer", stage, settings, exact, offline }   the server has run the text
//   { type: "parts", data }                               parts that took longer: sweep, timing, attention
//   { type: "preview", scale }                            a thumb is being dragged
//   { type: "commit", changes }                           a move is finished
//   { type: "undo" }, { type: "redo" }
//   { type: "measure" }                                   time it again, even on a busy machine
//   { type: "look", changes }                             what is selected and how it is shown

import { decodedExact, decodedSweep, sweepFrame } from "./frames.js";

const LATER = ["sweep", "timing", "attention"];
const NOTHING_LATER = { sweep: null, timing: null, attention: null, exact: null, frame: null };

export function initialState(look) {
  return {
    stage: null,
    settings: null,
    look,
    history: { done: [], undone: [] },
    number: 0, // of the newest message; never used again
    answered: 0, // number of the newest answer; only lower when the server was restarted
    committed: null, // settings last sent, to which "undo" returns
    preset: null, // requested preset that the server is computing
    budget: null, // the layer scales of the last preset
    offline: false,
    isBuilt: false, // whether the stage is on the page
    ...NOTHING_LATER,
  };
}

// The state for a new element, after the view was removed (no text, another page).
export function restoredState({ stage, settings, look, history, number, answered }) {
  return { ...initialState(look), stage, settings, history, number, answered };
}

export function nextState(state, event) {
  const {
    state: next,
    message = null,
    events = [],
    rebuild = false,
    others = {},
  } = REDUCERS[event.type](state, event);
  return { state: next, message: next.offline ? null : message, events, rebuild, others };
}

const REDUCERS = {
  answer: afterAnswer,
  parts: afterParts,
  preview: (state, { scale }) => ({ state: withFrame({ ...state, settings: { ...state.settings, scale } }) }),
  commit: (state, { changes }) => afterCommit(state, changes),
  undo: (state) => afterStep(state, "done", "undone"),
  redo: (state) => afterStep(state, "undone", "done"),
  measure: (state) => afterMeasure(state),
  look: (state, { changes }) => ({ state: { ...state, look: { ...state.look, ...changes } } }),
};

function afterAnswer(state, answer) {
  const { stage, settings } = answer,
    before = state.stage;
  const stays = before?.signature === stage.signature && state.isBuilt;
  if (stays && settings.number < state.settings.number) {
    // answers outdated settings
    // Or from a restarted server that does not know the newest message.
    return settings.number < state.answered ? sent(state, state.preset) : { state };
  }
  const result = {
    state: withFrame(answeredState(state, answer, stays)),
    events: ["answer"],
    rebuild: !stays,
  };
  if (!hasUnsentMove(state, answer, stays)) return result;
  const { scale, layer_scales: layerScales } = state.settings;
  const after = afterCommit(result.state, { scale, layerScales, preset: state.preset });
  return { ...result, ...after, events: [...result.events, ...(after.events ?? [])] };
}

// Whether the server does not know the newest move on a model, as it was made on another text: the message had not
// reached it when it ran this text, or reached it afterwards. Then it has counted the message, but not obeyed it.
function hasUnsentMove({ stage: before, settings: newest, answered }, { stage, settings }, stays) {
  if (!before || !sameModel(before, stage)) return false;
  const isLate = !stays && settings.number === newest.number && answered < newest.number;
  return settings.number < newest.number || isLate;
}

// stays: whether the stage is already on the page.
function answeredState(state, { stage, settings, exact, offline = false }, stays) {
  const before = state.stage,
    isNew = before?.signature !== stage.signature;
  // A dragged thumb stays in place while the answer to an earlier release arrives.
  const dragged = stays && state.settings.scale !== state.committed.scale ? state.settings.scale : null;
  const shown = stays
    ? { ...before, link: stage.link, example_shown: stage.example_shown }
    : completeStage(stage);
  const run = decodedExact(exact, settings, stage);
  return {
    ...state,
    ...(stays ? {} : NOTHING_LATER),
    stage: shown,
    look: lookOnStage(state.look, before, shown),
    history: keepsHistory(before, stage) ? state.history : { done: [], undone: [] },
    number: Math.max(state.number, settings.number),
    answered: settings.number,
    settings: dragged === null ? settings : { ...settings, scale: dragged },
    committed: settings,
    budget: isNew ? null : state.preset ? settings.layer_scales : state.budget,
    preset: null,
    offline,
    isBuilt: true,
    exact: run,
    frame: run,
  };
}

// The moves on one model mean nothing on another.
function keepsHistory(before, stage) {
  return !before || before.signature === stage.signature || sameModel(before, stage);
}

// With what the server leaves out of words because it is empty.
function completeStage(stage) {
  const complete = (word) => ({ positions: [], kind: "", ...word });
  return { ...stage, segments: stage.segments.map((part) => ({ ...part, words: part.words.map(complete) })) };
}

// A link or another text may name a token or a layer that does not exist here.
function lookOnStage(look, before, stage) {
  const { signature, tokens, num_layers: layers } = stage;
  const isOther = before && before.signature !== signature && !sameTokens(before, stage);
  const { step, token } = isOther ? { step: null, token: null } : look;
  return {
    ...look,
    step: step !== null && step <= layers ? step : null,
    token: token !== null && token < tokens.length ? token : null,
  };
}

// Uses data of this text and the current settings, and ignores outdated data.
function afterParts(state, { data }) {
  const others = {},
    events = [];
  let next = state;
  for (const name of LATER) {
    const content = data[name];
    if (!content) continue;
    if (content.stage !== state.stage.signature) {
      others[name] = content;
      continue;
    }
    // The thumb may have moved before the sweep arrived.
    if (name === "sweep") next = withFrame({ ...next, sweep: decodedSweep(content, state.stage) });
    else if (content.number >= state.settings.number) next = { ...next, [name]: content };
    else continue;
    events.push(name);
  }
  return { state: next, events, others };
}

// A preset that is still being computed is requested again with every change that leaves the layers alone.
/**
 * @param {any} state
 * @param {{ scale?: number, layerScales?: number[], keep?: number[], drop?: number[], preset?: string | null }} changes
 */
function afterCommit(state, changes = {}) {
  const { scale, layerScales, keep, drop, preset = layerScales ? null : state.preset } = changes;
  const before = state.committed;
  const settings = {
    ...state.settings,
    scale: scale ?? state.settings.scale,
    layer_scales: layerScales ?? state.settings.layer_scales,
    keep: keep ?? state.settings.keep,
    drop: drop ?? state.settings.drop,
  };
  const next = { ...state, settings };
  if (preset === state.preset && sameMoves(before, settings)) return { state: withFrame(next) };
  const done = [...state.history.done, { ...before, stage: state.stage }];
  return sent({ ...next, history: { done, undone: [] } }, preset);
}

function sent(state, preset = null) {
  const number = state.number + 1,
    settings = { ...state.settings, number };
  const { scale, layer_scales, keep, drop } = settings;
  const message = { stage: state.stage.signature, number, scale, layer_scales, keep, drop };
  return {
    state: withFrame({ ...state, number, preset, settings, committed: settings }),
    message: preset ? { ...message, preset } : message,
    events: ["sent"],
  };
}

function afterMeasure(state) {
  const result = sent(state, state.preset);
  return { ...result, message: { ...result.message, measure: true } };
}

function afterStep(state, from, to) {
  const history = { done: [...state.history.done], undone: [...state.history.undone] };
  while (history[from].length) {
    const { stage, scale, layer_scales, keep, drop } = history[from].pop();
    // Forced tokens are positions in one text: on another text only the scales are restored.
    const forced = sameTokens(stage, state.stage) ? { keep, drop } : {};
    const settings = { ...state.committed, scale, layer_scales, ...forced };
    if (!state.preset && sameMoves(settings, state.committed)) continue; // nothing visible
    history[to].push({ ...state.committed, stage: state.stage });
    return sent({ ...state, history, settings });
  }
  return { state: { ...state, history }, events: ["sent"] };
}

// The frame of the current settings: exact, from the sweep, or else the last one.
function withFrame(state) {
  const { settings, exact, stage } = state,
    sweep = liveSweep(state);
  if (exact && exact.scale === settings.scale && sameSettings(exact.for, settings))
    return { ...state, frame: exact };
  return sweep ? { ...state, frame: sweepFrame(sweep, settings.scale, stage) } : state;
}

// The sweep that belongs to the current layer scales and forced tokens, or null.
export function liveSweep({ sweep, settings }) {
  return sweep && sameSettings(sweep.for, settings) ? sweep : null;
}

export function sameSettings(a, b) {
  const same = (one, other) => one.length === other.length && one.every((value, i) => value === other[i]);
  return same(a.layer_scales, b.layer_scales) && same(a.keep, b.keep) && same(a.drop, b.drop);
}

function sameMoves(a, b) {
  return a.scale === b.scale && sameSettings(a, b);
}

// Whether two stages have the same tokens, though their labels may have other names.
function sameTokens(a, b) {
  const all = ({ tokens, segments }) => JSON.stringify([tokens, segments]);
  return a === b || all(a) === all(b);
}

// Whether the same scales have the same effect on two stages, by the server's signature.
function sameModel(a, b) {
  return a.model === b.model && a.learned.join() === b.learned.join();
}
