import assert from "node:assert/strict";
import { test } from "node:test";

import { linkParameters, lookFromLink, shownReading } from "../../assets/live/model/link.js";
import { makeSettings, makeStage } from "./fixtures.js";

const LOOK = { reading: null, step: null, token: null, specials: true };

function parameters({ stage = {}, settings = {}, look = {} }) {
  return linkParameters({
    stage: makeStage(stage),
    settings: makeSettings(settings),
    look: { ...LOOK, ...look },
  });
}

function address(values) {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== ""));
}

test("the defaults of an example leave the address empty", () => {
  assert.equal(address(parameters({ stage: { example_shown: true } })).toString(), "");
});

test("what a link shows is what was shared", () => {
  for (const reading of ["rows", "text", "flow", null]) {
    for (const look of [
      LOOK,
      { reading, step: 0, token: 0, specials: false },
      { ...LOOK, reading, step: 2 },
    ]) {
      assert.deepEqual(lookFromLink(address(parameters({ look }))), look);
    }
  }
});

test("settings that differ from the defaults are in the link", () => {
  const link = parameters({ settings: { scale: 0, layer_scales: [1, 0.5], keep: [1], drop: [2, 3] } });
  assert.deepEqual(
    [link.scale, link.layers, link.keep, link.drop, link.text],
    [0, "1_0.5", "1", "2_3", "goodness"],
  );
});

test("a link without its text names no tokens", () => {
  const link = parameters({
    stage: { link: { text: null, pair: null } },
    settings: { scale: 2, keep: [1], drop: [2] },
    look: { token: 1 },
  });
  assert.equal(address(link).toString(), "scale=2");
});

test("old links open", () => {
  const look = lookFromLink(new URLSearchParams("view=grid&step=3&specials=0"));
  assert.deepEqual(look, { reading: "rows", step: 3, token: null, specials: false });
});

test("values that no link has are ignored", () => {
  for (const bad of ["view=table", "view=constructor", "step=-1", "step=1.5", "token=99999", "token=x", ""]) {
    assert.deepEqual(lookFromLink(new URLSearchParams(bad)), LOOK, bad);
  }
});

test("a long text is read as text unless another reading is chosen", () => {
  const long = makeStage({ tokens: Array(81).fill("a") });
  assert.equal(shownReading({ stage: makeStage({ tokens: Array(80).fill("a") }), look: LOOK }), "rows");
  assert.equal(shownReading({ stage: long, look: LOOK }), "text");
  assert.equal(shownReading({ stage: long, look: { ...LOOK, reading: "flow" } }), "flow");
});
