import assert from "node:assert/strict";
import { test } from "node:test";

import { changesOf } from "../../assets/live/model/changes.js";
import { decodedExact, decodedSweep } from "../../assets/live/model/frames.js";
import { columnsOf, logAxis, roundTicks } from "../../assets/live/scenes/axes.js";
import { fitted, textWidth } from "../../assets/live/scenes/measure.js";
import { PICTURE_WIDTH, rowsPicture } from "../../assets/live/scenes/rows_picture.js";
import { scoreScene } from "../../assets/live/scenes/score.js";
import { sliderScene } from "../../assets/live/scenes/slider.js";
import { makeExact, makeSettings, makeStage, makeSweep } from "./fixtures.js";

const STAGE = makeStage(),
  SIZE = { width: 400, family: "sans-serif", inset: 10 };
const SWEEP = decodedSweep(makeSweep(), STAGE),
  FRAME = decodedExact(makeExact(), makeSettings(), STAGE);
const VIEW = {
  stage: STAGE,
  sweep: SWEEP,
  frame: FRAME,
  exact: FRAME,
  settings: makeSettings(),
  look: { step: null, token: null, specials: true },
};

function assertPlain(scene) {
  assert.deepEqual(JSON.parse(JSON.stringify(scene)), scene);
  for (const { d } of scene.paths) assert.doesNotMatch(d, /NaN|undefined|Infinity/);
}

test("axes have at most six round ticks that cover the values", () => {
  for (const most of [0.3, 1, 7, 28, 134, 999, 12345]) {
    const values = roundTicks(most).map(([value]) => value),
      step = values[1];
    assert.ok(values.length >= 2 && values.length <= 6, `${most}: ${values}`);
    assert.equal(values[0], 0);
    assert.ok(values.at(-1) + step > most);
  }
});

test("a logarithmic axis puts powers of ten at equal distances and zero at the bottom", () => {
  const { y, ticks } = logAxis(-3, 0, 100, 10, true);
  assert.deepEqual(
    [0, 0.001, 0.01, 0.1, 1].map((value) => Math.round(y(value))),
    [100, 100, 70, 40, 10],
  );
  assert.deepEqual(
    ticks.map(([value]) => value),
    [0, 0.01, 0.1, 1],
  );
});

test("a column is found by the position of the pointer", () => {
  const columns = columnsOf({ width: 400 }, 6);
  for (let layer = 0; layer < 6; layer += 1) assert.equal(columns.at(columns.middle(layer)), layer);
  assert.deepEqual([columns.at(null), columns.at(-50), columns.at(5000)], [null, 0, 5]);
});

test("a text that does not fit is cut so that it does", () => {
  const font = { size: 10, family: "sans-serif" },
    cut = fitted("abcdefghij", 30, font);
  assert.ok(cut.endsWith("…") && textWidth(cut, font) <= 30);
  assert.equal(fitted("abc", 30, font), "abc");
});

test("the slider's figure is plain data, with a hatched region where the answer differs", () => {
  const scene = sliderScene(VIEW, changesOf(SWEEP, STAGE), 1, SIZE);
  assertPlain(scene);
  assert.match(scene.paths[0].d, /^M326\.\d+ 3H453\.\d+V55/);
  assert.deepEqual(sliderScene({ sweep: null, stage: STAGE }, [], null, SIZE).paths, []);
});

test("the score of a dropped token ends in the layer that drops it", () => {
  const scene = scoreScene(VIEW, 2, null, SIZE);
  assertPlain(scene);
  assert.equal(scene.paths[4].d.match(/[ML]/g).length, 1);
  assert.equal(scoreScene(VIEW, 1, null, SIZE).paths[4].d.match(/[ML]/g).length, 2);
});

test("the picture of rows shows a token once in each layer that it enters", () => {
  const { scene } = rowsPicture(VIEW),
    counts = new Map();
  assertPlain(scene);
  for (const { text } of scene.texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  assert.deepEqual([counts.get("good"), counts.get("·ness"), counts.get("[CLS]")], [2, 1, 2]);
  assert.ok(scene.width <= PICTURE_WIDTH);
});
