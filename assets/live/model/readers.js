// The tokens that attend to a token.

import { bytes, spread } from "./frames.js";

// Readers and their weights by layer and token; -1 for none.
export function decodedReaders({ top, depths, readers, weights }, layers) {
  const ofTokens = bytes(depths),
    length = layers * ofTokens.length * top;
  return {
    top,
    readers: spread(
      new Int16Array(bytes(readers).buffer),
      ofTokens,
      layers,
      1,
      new Int16Array(length).fill(-1),
      top,
    ),
    weights: spread(
      new Uint16Array(bytes(weights).buffer),
      ofTokens,
      layers,
      1,
      new Uint16Array(length),
      top,
    ),
  };
}

// The tokens that attend to it most, with their shares of the attention that it receives in the layer.
export function readersOf({ top, readers, weights }, stage, layer, position) {
  const start = (layer * stage.tokens.length + position) * top,
    found = [];
  for (let i = start; i < start + top; i += 1) {
    if (readers[i] >= 0) found.push({ position: readers[i], weight: weights[i] / 65535 });
  }
  return found;
}
