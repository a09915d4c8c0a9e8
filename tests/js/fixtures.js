// A text of four tokens, two words and two added tokens, in a model of two layers, with known runs.

import { initialState, nextState } from "../../assets/live/model/state.js";

const LOOK = { reading: null, step: null, token: null, specials: true };
const BARS = [
  { name: "negative", probability: 0.25 },
  { name: "positive", probability: 0.75 },
];

export function makeStage(changes = {}) {
  return {
    signature: "stage-1",
    model: "model-1",
    tokens: ["[CLS]", "good", "·ness", "[SEP]"],
    special: [0, 3],
    protected: [0],
    segments: [
      {
        first: 0,
        length: 4,
        title: "",
        words: [{ text: "goodness", positions: [1, 2] }],
      },
    ],
    unknown: { token: "[UNK]", positions: [] },
    learned: [0.01, 0.02],
    num_layers: 2,
    default_scale: 1,
    max_scale: 4,
    thresholds_learned: true,
    regression: null,
    example_shown: false,
    link: { text: "goodness", pair: null },
    dense: { layer_macs: pairs(4, 4), bars: BARS, leading: "positive", label: "positive" },
    ...changes,
  };
}

export function makeSettings(changes = {}) {
  return { number: 0, scale: 1, layer_scales: [1, 1], keep: [], drop: [], ...changes };
}

// Base64 of the bytes of a typed array.
export function base64(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
}

function pairs(first, second) {
  return [
    [10 * 4, 10 * first],
    [10 * first, 10 * second],
  ];
}

// Token 2 is dropped in the first layer, token 1 in the second: seven scores are sent.
export function makeExact(changes = {}) {
  return {
    depths: [2, 1, 0, 2],
    scores: base64(Float32Array.of(NaN, 0.5, 0.0625, 0.25, NaN, 0.125, 0.75)),
    thresholds: [0.01, 0.02],
    layer_macs: pairs(3, 2),
    outcome: outcome("positive", 0.75),
    ...changes,
  };
}

export function outcome(label, positive) {
  const bars = [
    { name: "negative", probability: 1 - positive },
    { name: "positive", probability: positive },
  ];
  return { label, bars, agree: label === "positive", verdict: `Answer: ${label}.` };
}

// Strengths 0, 1, 2 and 3; 0 drops nothing, 1 and 2 are the same run, 3 drops both words in the first layer.
export function makeSweep(changes = {}) {
  return {
    stage: "stage-1",
    for: { layer_scales: [1, 1], keep: [], drop: [] },
    scales: [0, 1, 2, 3],
    runs: [0, 1, 1, 2],
    depths: base64(Uint8Array.of(2, 2, 2, 2, /**/ 2, 1, 0, 2, /**/ 2, 0, 0, 2)),
    scores: base64(
      Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, /**/ 11, 12, 13, 14, 15, 16, 17, /**/ 0, 22, 23, 24, 25, 254),
    ),
    score_range: [Math.log(0.001), Math.log(1)],
    layer_macs: [pairs(4, 4), pairs(3, 2), pairs(2, 2)],
    outcomes: [outcome("positive", 0.75), outcome("positive", 0.6), outcome("negative", 0.2)],
    flips: [3],
    ...changes,
  };
}

export function makeAnswer(changes = {}) {
  return { type: "answer", stage: makeStage(), settings: makeSettings(), exact: makeExact(), ...changes };
}

// The state once the first answer has arrived.
export function answered(changes = {}, look = {}) {
  return nextState(initialState({ ...LOOK, ...look }), makeAnswer(changes)).state;
}

// The states and messages of a sequence of events.
export function play(state, ...events) {
  const messages = [];
  for (const event of events) {
    const result = nextState(state, event);
    state = result.state;
    if (result.message) messages.push(result.message);
  }
  return { state, messages };
}

export function commit(changes) {
  return { type: "commit", changes };
}

// The server's answer to a message.
export function replyTo(message, changes = {}) {
  const { number, scale, layer_scales, keep, drop } = message;
  return makeAnswer({ settings: { number, scale, layer_scales, keep, drop }, ...changes });
}
