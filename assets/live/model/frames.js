// A frame: the effect of one scale on the text, exact from the server or from the sweep.
//
// { scale, exact, depths, lengths, thresholds, layerMacs, outcome, score(layer, position) }

export const NO_SCORE = 255; // byte of a sweep for "dropped earlier"

export function decodedExact(exact, settings, stage) {
  const depths = Uint8Array.from(exact.depths);
  return {
    scale: settings.scale,
    for: { layer_scales: settings.layer_scales, keep: settings.keep, drop: settings.drop },
    exact: true,
    depths,
    lengths: lengthsOf(depths, stage.num_layers),
    thresholds: exact.thresholds,
    layerMacs: exact.layer_macs,
    outcome: exact.outcome,
    score: (layer, position) => exact.scores[layer][position],
  };
}

export function decodedSweep(content, stage) {
  return {
    ...content,
    depths: bytes(content.depths),
    scores: bytes(content.scores),
    frames: new Map(), // computed on first use
    count: stage.tokens.length,
  };
}

// The scales are evenly spaced, so one division finds the nearest.
export function nearestScale(sweep, scale) {
  const { scales } = sweep;
  const step = (scales[scales.length - 1] - scales[0]) / (scales.length - 1);
  return Math.max(0, Math.min(scales.length - 1, Math.round((scale - scales[0]) / step)));
}

export function sweepFrame(sweep, scale, stage) {
  const k = nearestScale(sweep, scale);
  if (!sweep.frames.has(k)) sweep.frames.set(k, frameOfSweep(sweep, k, stage));
  return sweep.frames.get(k);
}

function frameOfSweep(sweep, k, stage) {
  const { count, scores, scales } = sweep, layers = stage.num_layers;
  const [low, high] = sweep.score_range;
  const depths = sweep.depths.subarray(k * count, (k + 1) * count);
  return {
    scale: scales[k],
    exact: false,
    depths,
    lengths: lengthsOf(depths, layers),
    thresholds: stage.learned.map((learned, layer) => scales[k] * sweep.for.layer_scales[layer] * learned),
    layerMacs: sweep.layer_macs[k],
    outcome: sweep.outcomes[k],
    score: (layer, position) => {
      const byte = scores[(k * layers + layer) * count + position];
      return byte === NO_SCORE ? null : Math.exp(low + ((high - low) * byte) / (NO_SCORE - 1));
    },
  };
}

// Tokens left after each layer.
function lengthsOf(depths, layers) {
  const lengths = new Array(layers).fill(0);
  for (const depth of depths) for (let layer = 0; layer < depth; layer += 1) lengths[layer] += 1;
  return lengths;
}

export function stateOf(frame, layer, position) {
  const depth = frame.depths[position];
  return depth > layer ? "kept" : depth === layer ? "dropped" : "gone";
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function words16(base64, signed) {
  const { buffer } = bytes(base64);
  return signed ? new Int16Array(buffer) : new Uint16Array(buffer);
}
