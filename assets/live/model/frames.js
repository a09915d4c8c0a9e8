// A frame: the effect of one scale on the text, exact from the server or from the sweep.
//
// { scale, exact, depths, lengths, thresholds, layerMacs, outcome, score(layer, position) }

export const NO_SCORE = 255; // byte of a sweep for "dropped earlier"

export function decodedExact(exact, settings, stage) {
  const depths = Uint8Array.from(exact.depths),
    layers = stage.num_layers,
    count = depths.length;
  const packed = new Float32Array(bytes(exact.scores).buffer);
  const scores = spread(packed, depths, layers, 1, new Float32Array(layers * count).fill(NaN));
  return {
    scale: settings.scale,
    for: { layer_scales: settings.layer_scales, keep: settings.keep, drop: settings.drop },
    exact: true,
    depths,
    lengths: lengthsOf(depths, layers),
    thresholds: exact.thresholds,
    layerMacs: exact.layer_macs,
    outcome: exact.outcome,
    score: (layer, position) => {
      const score = scores[layer * count + position];
      return Number.isNaN(score) ? null : score;
    },
  };
}

// Per scale: depths, outcomes and cost; scores per run, as neighbouring scales may be one run.
export function decodedSweep(content, stage) {
  const { runs } = content,
    count = stage.tokens.length,
    layers = stage.num_layers;
  const ofRuns = bytes(content.depths),
    total = ofRuns.length / count;
  const depths = new Uint8Array(runs.length * count);
  runs.forEach((run, k) => depths.set(ofRuns.subarray(run * count, (run + 1) * count), k * count));
  const room = new Uint8Array(total * layers * count).fill(NO_SCORE);
  return {
    ...content,
    depths,
    scores: spread(bytes(content.scores), ofRuns, layers, total, room),
    layer_macs: runs.map((run) => content.layer_macs[run]),
    outcomes: runs.map((run) => content.outcomes[run]),
    frames: new Map(), // computed on first use
    count,
  };
}

// Writes values of (run, layer, token), packed without the layers that a token does not enter, to their places.
// `size` values belong together.
export function spread(packed, depths, layers, runs, target, size = 1) {
  const count = depths.length / runs;
  let from = 0;
  for (let run = 0; run < runs; run += 1) {
    for (let layer = 0; layer < layers; layer += 1) {
      for (let token = 0; token < count; token += 1) {
        if (depths[run * count + token] < layer) continue;
        const to = ((run * layers + layer) * count + token) * size;
        for (let i = 0; i < size; i += 1) target[to + i] = packed[from + i];
        from += size;
      }
    }
  }
  return target;
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
  const { count, scores, scales } = sweep,
    layers = stage.num_layers;
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
      const byte = scores[(sweep.runs[k] * layers + layer) * count + position];
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

export function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// As shown while the player is at a step: a layer that it has not reached shows the tokens that are left, and not
// yet what it drops.
export function shownState(frame, layer, position, step) {
  if (step === null || layer < step) return stateOf(frame, layer, position);
  return frame.depths[position] >= step ? "later" : "gone";
}
