// Numbers in words.

// A layer's scale, a factor.
export function times(scale) {
  return `×${scale.toFixed(2)}`;
}

// The pruning strength, which scales all thresholds: 1.0, 0.95.
export function strengthText(scale) {
  return scale.toFixed(Math.round(100 * scale) % 10 ? 2 : 1);
}

export function thresholdText(threshold) {
  return threshold === 0 ? "0" : threshold.toPrecision(2);
}

export function asScore(value) {
  return value === 0 ? "0" : value.toPrecision(3);
}

export function numberOf(value) {
  return String(Number(value.toPrecision(3))).replace("-", "−");
}

export function mflops(layerMacs) {
  return layerMacs.map(([attention, feedForward]) => MFLOPS_PER_MAC * (attention + feedForward));
}

const MFLOPS_PER_MAC = 2e-6;

export function shortNumber(value) {
  const isSmall = value < 10 && !Number.isInteger(value);
  if (value < 0.095) return String(Number(value.toPrecision(1))); // never 0.0
  return isSmall ? value.toFixed(1) : Math.round(value).toLocaleString("en-US");
}
