import assert from "node:assert/strict";
import { test } from "node:test";

import {
  initialState,
  liveSweep,
  nextState,
  restoredState,
  sameSettings,
} from "../../assets/live/model/state.js";
import {
  answered,
  commit,
  makeAnswer,
  makeExact,
  makeSettings,
  makeStage,
  makeSweep,
  play,
  replyTo,
} from "./fixtures.js";

const UNDO = { type: "undo" },
  REDO = { type: "redo" };
const OTHER_TEXT = makeStage({ signature: "stage-2", tokens: ["[CLS]", "film", "s", "[SEP]"] });

function sweepParts(changes = {}) {
  return { type: "parts", data: { sweep: makeSweep(changes) } };
}

test("the first answer builds the stage and shows its exact run", () => {
  const result = nextState(initialState({ step: null, token: null }), makeAnswer());
  assert.equal(result.rebuild, true);
  assert.equal(result.message, null);
  assert.deepEqual(result.events, ["answer"]);
  assert.equal(result.state.frame, result.state.exact);
});

test("no event changes the state that it is applied to", () => {
  const state = answered(),
    before = structuredClone({ ...state, exact: null, frame: null });
  play(state, commit({ scale: 2 }), UNDO, REDO, { type: "preview", scale: 3 });
  assert.deepEqual({ ...state, exact: null, frame: null }, before);
});

test("a finished move sends the settings under a new number", () => {
  const { state, messages } = play(answered(), commit({ scale: 2 }), commit({ keep: [1] }));
  assert.deepEqual(messages, [
    { stage: "stage-1", number: 1, scale: 2, layer_scales: [1, 1], keep: [], drop: [] },
    { stage: "stage-1", number: 2, scale: 2, layer_scales: [1, 1], keep: [1], drop: [] },
  ]);
  assert.equal(state.history.done.length, 2);
});

test("a move that changes nothing sends nothing and cannot be undone", () => {
  const { state, messages } = play(answered(), { type: "preview", scale: 2 }, commit({ scale: 1 }));
  assert.deepEqual(messages, []);
  assert.equal(state.history.done.length, 0);
});

test("a preview shows the strength and sends nothing", () => {
  const { state, messages } = play(answered(), sweepParts(), { type: "preview", scale: 3 });
  assert.equal(state.frame.scale, 3);
  assert.equal(state.frame.exact, false);
  assert.equal(state.committed.scale, 1);
  assert.deepEqual(messages, []);
});

test("undo and redo restore the settings under new numbers", () => {
  const { state, messages } = play(answered(), commit({ scale: 2 }), commit({ drop: [1] }), UNDO, UNDO, REDO);
  assert.deepEqual(
    messages.map(({ number, scale, drop }) => [number, scale, drop]),
    [
      [1, 2, []],
      [2, 2, [1]],
      [3, 2, []],
      [4, 1, []],
      [5, 2, []],
    ],
  );
  assert.equal(state.history.done.length, 1);
  assert.equal(state.history.undone.length, 1);
});

test("a move after an undo forgets what could be redone", () => {
  const { state } = play(answered(), commit({ scale: 2 }), UNDO, commit({ scale: 3 }));
  assert.deepEqual(state.history.undone, []);
});

test("undo without history sends nothing", () => {
  assert.equal(nextState(answered(), UNDO).message, null);
});

test("an answer to an earlier move is ignored", () => {
  const moved = play(answered(), commit({ scale: 2 }), commit({ scale: 3 }));
  const late = nextState(moved.state, replyTo(moved.messages[0]));
  assert.equal(late.state, moved.state);
  assert.equal(late.message, null);
  const current = nextState(moved.state, replyTo(moved.messages[1]));
  assert.equal(current.state.answered, 2);
  assert.equal(current.state.frame.scale, 3);
});

test("a restarted server, which counts from the start, is sent the current settings again", () => {
  const moved = play(answered(), commit({ scale: 2 }), commit({ scale: 3 }));
  const known = nextState(moved.state, replyTo(moved.messages[1])).state;
  const result = nextState(known, makeAnswer());
  assert.equal(result.message.scale, 3);
  assert.equal(result.message.number, 3);
});

test("a dragged thumb stays in place while the answer to an earlier release arrives", () => {
  const moved = play(answered(), commit({ scale: 2 }), { type: "preview", scale: 2.5 });
  const { state } = nextState(moved.state, replyTo(moved.messages[0]));
  assert.equal(state.settings.scale, 2.5);
  assert.equal(state.committed.scale, 2);
});

test("a move that the answer for another text does not know is sent again for that text", () => {
  const { state } = play(answered(), commit({ scale: 2 }));
  const result = nextState(state, makeAnswer({ stage: OTHER_TEXT }));
  assert.equal(result.rebuild, true);
  assert.equal(result.message.stage, "stage-2");
  assert.equal(result.message.scale, 2);
});

test("a move that reached the server after its text was replaced is sent again for the new text", () => {
  const { state } = play(answered(), commit({ scale: 2 }));
  const counted = makeSettings({ number: 1 }); // but not obeyed
  const result = nextState(state, makeAnswer({ stage: OTHER_TEXT, settings: counted }));
  assert.deepEqual([result.message.stage, result.message.scale, result.message.number], ["stage-2", 2, 2]);
});

test("moves that were answered do not return over what another text is opened with", () => {
  const { state, messages } = play(answered(), commit({ scale: 2 }));
  const done = nextState(state, replyTo(messages[0])).state;
  const opened = makeAnswer({ stage: OTHER_TEXT, settings: makeSettings({ number: 1, scale: 1.4 }) });
  for (const before of [done, restoredState(done)]) {
    const result = nextState(before, opened);
    assert.equal(result.message, null);
    assert.equal(result.state.settings.scale, 1.4);
  }
});

test("forced tokens that had not been sent do not pass to another text", () => {
  const { state } = play(answered(), commit({ scale: 2, drop: [1] }));
  assert.deepEqual(nextState(state, makeAnswer({ stage: OTHER_TEXT })).message.drop, []);
});

test("an unsent move does not pass to another model", () => {
  const { state } = play(answered(), commit({ scale: 2 }));
  const stage = makeStage({ signature: "stage-3", model: "model-2" });
  const result = nextState(state, makeAnswer({ stage }));
  assert.equal(result.message, null);
  assert.equal(result.state.settings.scale, 1);
});

test("a preset that a move overtakes is requested again with the move", () => {
  const preset = commit({ preset: "even" });
  const { messages, state } = play(answered(), preset, commit({ scale: 2 }));
  assert.deepEqual(
    messages.map((message) => [message.preset, message.scale]),
    [
      ["even", 1],
      ["even", 2],
    ],
  );
  const answer = replyTo(messages[1]);
  answer.settings.layer_scales = [0.5, 2];
  const done = nextState(state, answer).state;
  assert.equal(done.preset, null);
  assert.deepEqual(done.budget, [0.5, 2]);
});

test("layers that are set while a preset is computed replace it", () => {
  const { messages, state } = play(answered(), commit({ preset: "even" }), commit({ layerScales: [1, 1] }));
  assert.equal(messages.length, 2);
  assert.equal("preset" in messages[1], false);
  assert.equal(state.preset, null);
});

test("a preset can be undone before its answer arrives", () => {
  const { messages, state } = play(answered(), commit({ preset: "even" }), UNDO);
  assert.deepEqual(messages[1].layer_scales, [1, 1]);
  assert.equal("preset" in messages[1], false);
  const late = replyTo(messages[0]);
  late.settings.layer_scales = [0.5, 2];
  assert.equal(nextState(state, late).state, state);
});

test("undo skips what another text does not have", () => {
  const first = play(answered(), commit({ scale: 0 }), commit({ drop: [1] }));
  const known = nextState(first.state, replyTo(first.messages[1])).state;
  const settings = makeSettings({ number: 2, scale: 0 });
  const other = nextState(known, makeAnswer({ stage: OTHER_TEXT, settings })).state;
  const undone = nextState(other, UNDO);
  assert.equal(undone.message.scale, 1);
  assert.deepEqual(undone.message.drop, []);
  assert.equal(nextState(undone.state, REDO).message.scale, 0);
});

test("moves on another model cannot be undone", () => {
  const { state, messages } = play(answered(), commit({ scale: 2 }));
  const known = nextState(state, replyTo(messages[0])).state;
  const stage = makeStage({ signature: "stage-3", learned: [0.01, 0.03] });
  const other = nextState(known, makeAnswer({ stage, settings: makeSettings({ number: 1 }) })).state;
  assert.deepEqual(other.history, { done: [], undone: [] });
});

test("other names for labels leave selection and history", () => {
  const { state, messages } = play(answered({}, { token: 2, step: 1 }), commit({ drop: [1] }));
  const known = nextState(state, replyTo(messages[0])).state;
  const stage = makeStage({ signature: "renamed" });
  const settings = makeSettings({ number: 1, drop: [1] });
  const renamed = nextState(known, makeAnswer({ stage, settings })).state;
  assert.deepEqual([renamed.look.token, renamed.look.step], [2, 1]);
  assert.deepEqual(nextState(renamed, UNDO).message.drop, []);
});

test("a selection does not pass to another text, even after a time without a text", () => {
  const state = restoredState(answered({}, { token: 2, step: 1 }));
  const { look } = nextState(state, makeAnswer({ stage: OTHER_TEXT })).state;
  assert.deepEqual([look.token, look.step], [null, null]);
});

test("a link that names a token or layer that does not exist selects nothing", () => {
  assert.deepEqual(answered({}, { token: 3, step: 2 }).look.token, 3);
  const { token, step } = answered({}, { token: 4, step: 3 }).look;
  assert.deepEqual([token, step], [null, null]);
});

test("a sweep for other settings waits, and shows nothing", () => {
  const { state } = play(answered(), commit({ drop: [1] }), sweepParts(), { type: "preview", scale: 2 });
  assert.equal(liveSweep(state), null);
  assert.equal(state.frame.scale, 1);
});

test("a held thumb shows its strength once the sweep is there", () => {
  const { state } = play(answered(), { type: "preview", scale: 3 });
  assert.equal(state.frame.scale, 1);
  assert.equal(nextState(state, sweepParts()).state.frame.scale, 3);
});

test("the exact run replaces the sweep's at its own strength", () => {
  const { state } = play(answered(), sweepParts());
  assert.equal(state.frame.exact, true);
});

test("data of another stage is handed on and not shown", () => {
  const result = nextState(answered(), sweepParts({ stage: "stage-9" }));
  assert.equal(result.state.sweep, null);
  assert.equal(result.others.sweep.stage, "stage-9");
  assert.deepEqual(result.events, []);
});

test("the time of earlier settings is ignored", () => {
  const timing = { stage: "stage-1", number: 0 };
  assert.equal(nextState(answered(), { type: "parts", data: { timing } }).state.timing, timing);
  const { state } = play(answered(), commit({ scale: 2 }));
  assert.equal(nextState(state, { type: "parts", data: { timing } }).state.timing, null);
});

test("measuring again repeats the settings and cannot be undone", () => {
  const { message, state } = nextState(answered(), { type: "measure" });
  assert.equal(message.measure, true);
  assert.equal(message.number, 1);
  assert.equal(state.history.done.length, 0);
});

test("an offline page never sends", () => {
  const { state, messages } = play(answered({ offline: true }), commit({ scale: 2 }), UNDO);
  assert.deepEqual(messages, []);
  assert.equal(state.settings.scale, 1);
});

test("a look changes what it names only", () => {
  const { state, message } = nextState(answered({}, { token: 2 }), { type: "look", changes: { step: 1 } });
  assert.deepEqual([state.look.token, state.look.step, message], [2, 1, null]);
});

test("a restored view is built on the next answer, with its history", () => {
  const { state } = play(answered(), commit({ scale: 2 }));
  const restored = restoredState(state);
  const exact = makeExact();
  const result = nextState(restored, makeAnswer({ exact, settings: makeSettings({ number: 1, scale: 2 }) }));
  assert.equal(result.rebuild, true);
  assert.equal(result.state.history.done.length, 1);
  assert.equal(nextState(result.state, UNDO).message.number, 2);
});

test("settings are the same when layers and forced tokens are, whatever the strength", () => {
  const one = makeSettings();
  assert.equal(sameSettings(one, makeSettings({ scale: 3 })), true);
  for (const changes of [{ layer_scales: [1, 2] }, { keep: [1] }, { drop: [1] }]) {
    assert.equal(sameSettings(one, makeSettings(changes)), false);
  }
});
