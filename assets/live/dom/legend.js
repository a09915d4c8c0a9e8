// Legends of the readings.

import { add } from "./nodes.js";

export function addGridLegend(host, { unknown }) {
  const legend = addLegend(host, ["score, low", "high"]);
  for (const [state, meaning] of [["kept", "kept"], ["dropped", "dropped here"], ["gone", "dropped earlier"]]) {
    addSample(legend, `ltp-cell ltp-${state}`, "word", meaning);
  }
  addCommonSamples(legend, "ltp-cell ltp-kept", unknown);
}

export function addTextLegend(host, { unknown }) {
  const legend = addLegend(host, ["layers survived, none", "all"]);
  addSample(legend, "ltp-word ltp-survivor", "word", "survives all layers");
  addCommonSamples(legend, "ltp-word", unknown);
}

function addCommonSamples(legend, name, unknown) {
  if (unknown.note) addSample(legend, `${name} ltp-unknown`, "word", `read as ${unknown.token}`);
  addSample(legend, "ltp-mark", "▲▼", "forced to stay, to drop");
}

function addLegend(box, [low, high]) {
  const legend = add(box, "p", "ltp-legend");
  const scale = add(legend, "span", "ltp-legend-item");
  add(scale, "span", "ltp-detail", low);
  add(scale, "i", "ltp-gradient");
  add(scale, "span", "ltp-detail", high);
  return legend;
}

export function addSample(legend, name, text, meaning) {
  const item = add(legend, "span", "ltp-legend-item");
  const sample = add(item, "span", name);
  sample.style.setProperty("--level", name.includes("survivor") ? "100%" : "60%");
  sample.setAttribute("aria-hidden", "true");
  add(sample, "span", "", text);
  add(item, "span", "ltp-detail", meaning);
}
