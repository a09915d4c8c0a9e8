// The tokens that attend to a token.

// The tokens that attend to it most, with their shares of the attention that it receives in the layer.
export function readersOf({ top, readers, weights }, stage, layer, position) {
  const start = (layer * stage.tokens.length + position) * top, found = [];
  for (let i = start; i < start + top; i += 1) {
    if (readers[i] >= 0) found.push({ position: readers[i], weight: weights[i] / 65535 });
  }
  return found;
}
