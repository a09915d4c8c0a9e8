import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf, otherAnswers, turnsOf } from "../../assets/live/model/changes.js";
import { sweepCurves } from "../../assets/live/model/curves.js";
import { decodedExact, decodedSweep } from "../../assets/live/model/frames.js";
import { numberOf, shortNumber, strengthText, times } from "../../assets/live/model/numbers.js";
import {
  markedName,
  neighbour,
  originOf,
  runningText,
  shortened,
  shownTokens,
} from "../../assets/live/model/tokens.js";
import * as wording from "../../assets/live/model/wording.js";
import { makeExact, makeSettings, makeStage, makeSweep } from "./fixtures.js";

const STAGE = makeStage();
const SWEEP = decodedSweep(makeSweep(), STAGE);

function makeView({ settings = {}, look = {}, stage = STAGE } = {}) {
  return {
    stage,
    settings: makeSettings(settings),
    frame: decodedExact(makeExact(), makeSettings(), STAGE),
    look: { specials: true, step: null, token: null, ...look },
  };
}

test("a strength names the tokens that it drops, where, and the answer that it flips", () => {
  const changes = changesOf(SWEEP, STAGE);
  assert.deepEqual(
    changes.map(({ falls }) => falls),
    [[], [1, 2], [], [1]],
  );
  assert.match(changes[1].text, /^From 0\.0 to 1\.0: loses “good” in layer 2, “·ness” in layer 1$/);
  assert.match(changes[2].text, /no change$/);
  assert.match(changes[3].text, /flips the answer to negative; loses “good” in layer 1/);
  assert.equal(changes[3].flip, "Answer changes to negative at strength 3.0");
  assert.deepEqual(
    changes.map(({ any }) => any),
    [false, true, false, true],
  );
});

test("a token that stays longer at a higher strength is named", () => {
  const runs = { scales: [1, 2], runs: [1, 0], flips: [] };
  const [, change] = changesOf(decodedSweep(makeSweep(runs), STAGE), STAGE);
  assert.match(change.text, /keeps “good” to the end, “·ness” to the end$/);
  assert.deepEqual(change.falls, []);
});

test("strengths with another answer are joined to runs", () => {
  const agree = [true, false, false, true, false].map((value) => ({ agree: value }));
  assert.deepEqual(otherAnswers(agree), [
    [1, 3],
    [4, 5],
  ]);
  assert.deepEqual(otherAnswers([]), []);
});

test("turns are the strengths at which a token starts or stops to survive", () => {
  assert.deepEqual(turnsOf(SWEEP, 1, 2), [{ scale: 1, isKept: false }]);
  assert.deepEqual(turnsOf(SWEEP, 0, 2), []);
});

test("curves are the compute saved and the probability of the unpruned answer", () => {
  const { saved, answers } = sweepCurves(SWEEP, STAGE);
  assert.deepEqual(answers, [75, 60, 60, 20]);
  assert.equal(saved[0], 0);
  assert.equal(saved[1], saved[2]);
  assert.ok(saved[3] > saved[2]);
});

test("numbers have as many digits as a reader needs", () => {
  assert.deepEqual([0, 1, 0.95, 1.25].map(strengthText), ["0.0", "1.0", "0.95", "1.25"]);
  assert.deepEqual([0.04, 1.25, 9, 12.6, 1234].map(shortNumber), ["0.04", "1.3", "9", "13", "1,234"]);
  assert.equal(numberOf(-0.00123456), "−0.00123");
  assert.equal(times(0.5), "×0.50");
});

test("long tokens are cut by characters, not by code units", () => {
  assert.equal(shortened("😀😀😀", 2), "😀…");
  assert.equal(shortened("short"), "short");
});

test("a forced token carries its mark", () => {
  const view = makeView({ settings: { keep: [1], drop: [2] } });
  assert.deepEqual(
    [0, 1, 2].map((position) => markedName(view, position)),
    ["[CLS]", "▲ good", "▼ ·ness"],
  );
});

test("hidden special tokens are skipped by the arrow keys", () => {
  const view = makeView({ look: { specials: false } });
  assert.deepEqual(shownTokens(view), [1, 2]);
  assert.deepEqual([neighbour(view, null, 1), neighbour(view, 1, 1), neighbour(view, 2, 1)], [1, 2, 2]);
});

test("a token's characters are those of its part of the word", () => {
  assert.equal(originOf(STAGE, 2), "Token 3 of 4 · part of “goodness” · characters 5 to 8");
  assert.match(originOf(STAGE, 0), /added by the model/);
});

test("a word of two tokens reads as one word", () => {
  const shown = runningText(STAGE, STAGE.segments[0]).filter(({ isSpecial, text }) => text && !isSpecial);
  assert.equal(shown.map(({ text }) => text).join(""), "goodness");
  assert.deepEqual(
    shown.map(({ isJoined }) => isJoined),
    [false, true],
  );
});

test("the verdict names the first strength that flips the answer, once it is known", () => {
  const view = { ...makeView(), liveSweep: SWEEP },
    pruned = SWEEP.outcomes[3];
  assert.equal(wording.verdictOf(view, pruned), "Answer: negative. First at strength 3.0.");
  assert.equal(wording.verdictOf({ ...view, liveSweep: null }, pruned), "Answer: negative.");
  assert.equal(wording.verdictOf(view, SWEEP.outcomes[0]), "Answer: positive.");
});

test("without learned thresholds the verdict says that pruning is off", () => {
  const stage = makeStage({ thresholds_learned: false });
  const view = { ...makeView({ stage, settings: { scale: 0 } }), liveSweep: null };
  assert.match(
    wording.verdictOf(view, SWEEP.outcomes[0]),
    /^Answer: positive\. Pruning is off: no thresholds/,
  );
});

test("a token's fate is one message", () => {
  assert.equal(wording.fateSentence(makeView(), 0), "Always kept: the answer is read from it.");
  assert.match(wording.fateSentence(makeView(), 2), /^Dropped in layer 1 of 2: score 0.0625 below/);
  assert.equal(wording.fateSentence(makeView(), 3), "Kept in every layer.");
  assert.match(wording.fateSentence(makeView({ settings: { drop: [2] } }), 2), /^Forced to drop/);
});

test("a step counts the tokens that its layer drops", () => {
  const at = (step) => wording.stepSentence(makeView({ look: { step } }), makeView().frame);
  assert.equal(at(null), "All layers: 4 tokens in, 2 left.");
  assert.equal(at(0), "Before layer 1: 4 tokens.");
  assert.equal(at(2), "Layer 2 drops 1 of 3: good.");
});

test("compute saved has its own words for none and for more", () => {
  const words = [41.6, 0.2, -3].map((saved) => wording.savedWords({ saved }));
  assert.deepEqual(words, ["42 % less compute", "same compute", "3 % more compute"]);
});

test("a disabled control says why", () => {
  const disabled = (learned) => wording.whyDisabled({ offline: false, stage: makeStage({ learned }) });
  assert.equal(disabled([0.1, 0.2]), "");
  assert.match(disabled([0, 0.2]), /^Layer 1 learned no threshold/);
  assert.match(disabled([0, 0]), /^No layer/);
});

test("no preset claims a training that has not been", () => {
  const named = (learned) =>
    wording.presets(makeStage({ thresholds_learned: learned })).map(([name]) => name);
  assert.deepEqual(named(true), ["Off", "Trained", "Strong"]);
  assert.deepEqual(named(false), ["Off", "Initial", "Strong"]);
});
