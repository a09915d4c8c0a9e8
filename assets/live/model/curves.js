// The curves of a sweep: FLOPs saved and the answer at every strength.

import { strengthText } from "./numbers.js";
import { shortened } from "./tokens.js";

const curvesOfSweep = new WeakMap(); // sweep -> its curves, which every frame reads

export function sweepCurves(sweep, stage) {
  if (!curvesOfSweep.has(sweep)) curvesOfSweep.set(sweep, curvesFrom(sweep, stage));
  return curvesOfSweep.get(sweep);
}

function curvesFrom({ layer_macs, outcomes }, stage) {
  const total = (macs) => macs.flat().reduce((sum, value) => sum + value, 0);
  const dense = total(stage.dense.layer_macs);
  const saved = layer_macs.map((macs) => 100 * (1 - total(macs) / dense));
  if (stage.regression === null) {
    const at = stage.dense.bars.findIndex(({ name }) => name === stage.dense.leading);
    const answers = outcomes.map(({ bars }) => 100 * (bars[at]?.probability ?? 0));
    return { saved, answers, range: [0, 100], isNumber: false };
  }
  const answers = outcomes.map(({ label }) => answerNumber(label));
  const low = Math.min(...answers),
    high = Math.max(...answers);
  // At least one unit high, so that a change in the second decimal does not look large.
  const middle = (low + high) / 2,
    reach = Math.max(0.5, (high - low) / 2);
  const range = [Math.floor(2 * (middle - reach)) / 2, Math.ceil(2 * (middle + reach)) / 2];
  return { saved, answers, range, isNumber: true };
}

// Of the curve, next to it: P(negative).
export function shortAnswerName(stage) {
  return stage.regression === null ? `P(${shortened(stage.dense.leading)})` : stage.regression || "answer";
}

// A number at the end of an answer, with a typographic minus.
export function answerNumber(label) {
  return Number(label.replace("−", "-").match(/-?[\d.]+$/)?.[0] ?? 0);
}

export function sweepInWords({ sweep, stage, frame }) {
  if (!sweep) return "Every pruning strength: being computed.";
  const { saved, answers, isNumber } = sweepCurves(sweep, stage),
    last = saved.length - 1;
  const changes = sweep.flips.map((k) => strengthText(sweep.scales[k])).join(", ");
  const answer = isNumber
    ? `The answer goes from ${answers[0].toFixed(2)} to ${answers[last].toFixed(2)}.`
    : changes
      ? `The answer changes at strength ${changes}.`
      : "The answer is the same at every strength.";
  const [least, most] = [saved[0], saved[last]].map(Math.round);
  return (
    `Strengths 0 to ${stage.max_scale}: compute saved goes from ${least} to ${most} percent. ${answer} ` +
    `Now at ${strengthText(frame.scale)}.`
  );
}
