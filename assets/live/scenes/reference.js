// The speed-up by length that was measured once, with a dot at the length of this text.

import { disc, FAMILY, PAINT } from "./shapes.js";

const SIZE = { width: 120, height: 40 };

export function referenceScene({ reference, tokens }) {
  const scene = { ...SIZE, family: FAMILY, paths: [], texts: [] };
  if (!reference.length) return scene;
  const lengths = reference.map(([length]) => Math.log(length)),
    ratios = reference.map(([, ratio]) => ratio);
  const [first, last] = [lengths[0], lengths.at(-1)],
    most = Math.max(...ratios);
  const x = (length) => 6 + Math.max(0, Math.min(1, (length - first) / (last - first))) * (SIZE.width - 12);
  const y = (ratio) => SIZE.height - 6 - ((ratio - 0.9) / (most - 0.9)) * (SIZE.height - 12);
  const points = lengths.map((length, i) => `${x(length).toFixed(1)} ${y(ratios[i]).toFixed(1)}`);
  scene.paths.push(
    {
      d: `M0 ${y(1)}H${SIZE.width}`,
      fill: "none",
      stroke: PAINT.ink,
      "stroke-opacity": 0.35,
      "stroke-dasharray": "2 3",
    },
    { d: `M${points.join("L")}`, fill: "none", stroke: PAINT.accent, "stroke-width": 2 },
    { d: disc(4)(x(Math.log(tokens)), y(ratioAt(reference, tokens))), fill: PAINT.ink },
  );
  return scene;
}

// Between two measured lengths, on a logarithmic axis.
function ratioAt(reference, tokens) {
  const after = reference.findIndex(([length]) => length >= tokens);
  if (after <= 0) return reference[after < 0 ? reference.length - 1 : 0][1];
  const [[before, low], [length, high]] = [reference[after - 1], reference[after]];
  return low + ((high - low) * Math.log(tokens / before)) / Math.log(length / before);
}

export function referenceInWords({ reference, tokens }) {
  if (!reference.length) return "";
  const [[first, low], [last, high]] = [reference[0], reference.at(-1)];
  return (
    `Reference: ${low.toFixed(1)} times as fast at ${first} tokens, ${high.toFixed(1)} times at ${last}. ` +
    `This text has ${tokens} tokens.`
  );
}
