// Shades of scores. Scores span three orders of magnitude, so shades follow their logarithm.

import { NO_SCORE } from "./frames.js";

const SHADE_STEPS = 20; // a score that hardly changes is not redrawn
const MIN_SCORE = 1e-9; // keeps the logarithm finite

// Percent, in steps. A token without a score, such as a forced one, has the full shade.
/** @param {number | null} score @param {number[]} range natural logarithms */
export function shadeLevel(score, [low, high]) {
  if (score === null || high <= low) return 100;
  const share = (Math.log(Math.max(score, MIN_SCORE)) - low) / (high - low);
  return (100 / SHADE_STEPS) * Math.round(SHADE_STEPS * Math.max(0, Math.min(1, share)));
}

// The range of one frame, while there is no sweep.
export function scoreRange(frame, { num_layers: layers, tokens }) {
  let low = Infinity,
    high = -Infinity;
  for (let layer = 0; layer < layers; layer += 1) {
    for (let position = 0; position < tokens.length; position += 1) {
      const score = frame.score(layer, position);
      if (score === null) continue;
      const value = Math.log(Math.max(score, MIN_SCORE));
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

// The range of a whole sweep, so that colours mean the same at all scales. It leaves out the outermost
// hundredths, since the few tokens left at the highest scales share all attention.
export function sweepRange({ scores, score_range: [low, high] }) {
  const counts = new Uint32Array(NO_SCORE + 1);
  for (const byte of scores) counts[byte] += 1;
  const margin = (scores.length - counts[NO_SCORE]) / 100;
  const within = (from, by) => {
    let byte = from;
    for (let left = margin - counts[byte]; left > 0; left -= counts[byte]) byte += by;
    return low + ((high - low) * byte) / (NO_SCORE - 1);
  };
  return [within(0, 1), within(NO_SCORE - 1, -1)];
}
