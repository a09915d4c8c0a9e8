import assert from "node:assert/strict";
import { test } from "node:test";

import {
  decodedExact,
  decodedSweep,
  nearestScale,
  shownState,
  spread,
  stateOf,
  sweepFrame,
} from "../../assets/live/model/frames.js";
import { scoreRange, shadeLevel, sweepRange } from "../../assets/live/model/shades.js";
import { base64, makeExact, makeSettings, makeStage, makeSweep } from "./fixtures.js";
import { decodedReaders, readersOf } from "../../assets/live/model/readers.js";

const STAGE = makeStage();
const exact = () => decodedExact(makeExact(), makeSettings(), STAGE);
const sweep = () => decodedSweep(makeSweep(), STAGE);

function table(frame) {
  return [0, 1].map((layer) => [0, 1, 2, 3].map((position) => frame.score(layer, position)));
}

test("exact scores are those of the layers that a token enters", () => {
  assert.deepEqual(table(exact()), [
    [null, 0.5, 0.0625, 0.25],
    [null, 0.125, null, 0.75],
  ]);
});

test("lengths are the tokens left after each layer", () => {
  assert.deepEqual(exact().lengths, [3, 2]);
});

test("strengths of one run have its depths, scores, cost and answer", () => {
  const one = sweepFrame(sweep(), 1, STAGE),
    two = sweepFrame(sweep(), 2, STAGE);
  assert.deepEqual([...one.depths], [2, 1, 0, 2]);
  assert.deepEqual([...two.depths], [...one.depths]);
  assert.deepEqual(table(two), table(one));
  assert.deepEqual(two.layerMacs, one.layerMacs);
  assert.deepEqual(two.thresholds, [0.02, 0.04]);
});

test("bytes of a sweep stand for scores on a logarithmic scale", () => {
  const scores = table(sweepFrame(sweep(), 3, STAGE));
  assert.deepEqual(
    scores[1].map((score) => score === null),
    [false, true, true, false],
  );
  assert.ok(Math.abs(scores[0][0] - 0.001) < 1e-12);
  assert.ok(Math.abs(scores[1][3] - 1) < 1e-12);
  assert.ok(Math.abs(scores[0][1] - 0.001 * 1000 ** (22 / 254)) < 1e-12);
});

test("the frame of a strength is computed once", () => {
  const one = sweep();
  assert.equal(sweepFrame(one, 3, STAGE), sweepFrame(one, 2.9, STAGE));
});

test("the nearest strength is within the sweep", () => {
  const found = [-1, 0, 0.4, 0.6, 2.9, 9].map((scale) => nearestScale(sweep(), scale));
  assert.deepEqual(found, [0, 0, 0, 1, 3, 3]);
});

test("layer scales multiply the thresholds of a sweep", () => {
  const content = makeSweep({ for: { layer_scales: [2, 0], keep: [], drop: [] } });
  assert.deepEqual(sweepFrame(decodedSweep(content, STAGE), 3, STAGE).thresholds, [0.06, 0]);
});

test("spreading values writes each to the layer and token that it belongs to", () => {
  const target = spread([1, 10, 2, 20, 3, 30], Uint8Array.of(0, 1), 2, 1, new Array(8).fill(0), 2);
  assert.deepEqual(target, [1, 10, 2, 20, 0, 0, 3, 30]);
});

test("a token is kept, dropped in one layer, and gone from there on", () => {
  const frame = exact();
  assert.deepEqual(
    [0, 1].map((layer) => stateOf(frame, layer, 1)),
    ["kept", "dropped"],
  );
  assert.deepEqual(
    [0, 1].map((layer) => stateOf(frame, layer, 2)),
    ["dropped", "gone"],
  );
});

test("a layer that the player has not reached shows the tokens that enter it", () => {
  const frame = exact();
  assert.deepEqual(
    [0, 1, 2, 3].map((position) => shownState(frame, 1, position, 1)),
    ["later", "later", "gone", "later"],
  );
  assert.equal(shownState(frame, 0, 2, 1), "dropped");
  assert.equal(shownState(frame, 1, 1, null), "dropped");
});

test("readers are those of the layers that a token enters, with their shares", () => {
  const stage = makeStage({ tokens: ["a", "b"] });
  const content = {
    top: 2,
    depths: base64(Uint8Array.of(2, 0)),
    readers: base64(Int16Array.of(1, -1, 0, 1, 0, -1)),
    weights: base64(Uint16Array.of(65535, 0, 13107, 0, 1, 0)),
  };
  const readers = decodedReaders(content, 2);
  assert.deepEqual(readersOf(readers, stage, 0, 0), [{ position: 1, weight: 1 }]);
  assert.deepEqual(readersOf(readers, stage, 0, 1)[0], { position: 0, weight: 0.2 });
  assert.deepEqual(readersOf(readers, stage, 1, 1), []);
});

test("shades rise with the score, in steps from 0 to 100", () => {
  const range = [Math.log(0.001), Math.log(1)];
  const levels = [1e-9, 0.001, 0.01, 0.1, 1, 5].map((score) => shadeLevel(score, range));
  assert.deepEqual(levels, [0, 0, 35, 65, 100, 100]);
  assert.equal(shadeLevel(null, range), 100);
  assert.equal(shadeLevel(0.5, [0, 0]), 100);
});

test("the range of a frame is that of its scores", () => {
  assert.deepEqual(scoreRange(exact(), STAGE), [Math.log(0.0625), Math.log(0.75)]);
});

test("the range of a sweep leaves out the outermost hundredths and tokens without a score", () => {
  const scores = new Uint8Array(1200).fill(255);
  scores.fill(100, 0, 990).fill(0, 990, 995).fill(254, 995, 1000);
  const [low, high] = sweepRange({ scores, score_range: [0, 254] });
  assert.deepEqual([low, high], [100, 100]);
});
