// The tokens through the layers: three readings of one trace, one of them visible, with the player beside their
// names, and the inspector of the selected token.

import { copyText } from "../dom/clipboard.js";
import { fitHeight } from "../dom/fit.js";
import { addMenu } from "../dom/menu.js";
import { add, addButton, setText } from "../dom/nodes.js";
import { buildTip } from "../dom/tip.js";
import { shownReading } from "../model/link.js";
import { buildFlow } from "./flow.js";
import { buildInspector } from "./inspector.js";
import { savePng, saveSvg } from "./pictures.js";
import { buildRows } from "./rows.js";
import { buildSteps } from "./steps.js";
import { buildText } from "./text.js";

const READINGS = {
  rows: {
    name: "Rows",
    build: buildRows,
    key: "Fill: attention received, the score. Struck: dropped in this layer, and absent from the layers below.",
    help:
      "Each line is a layer with the tokens that enter it: the stronger the fill, the more attention a token " +
      "receives there, on a logarithmic scale. A struck-through token is below its layer's threshold; it is " +
      "dropped there and absent from the next layer on.",
    term: "score",
  },
  flow: {
    name: "Flow",
    build: buildFlow,
    key: "Each line is a token from left to right; it ends in a ring at the layer that drops it.",
    help:
      "Each line is a token that passes through the layers from left to right and ends in a ring at the " +
      "layer that drops it. The stream narrows as fewer tokens are left to compute.",
    term: "sequence-length",
  },
  text: {
    name: "Text",
    build: buildText,
    key: "Fill: layers that a word survives. Underlined: kept in every layer.",
    help:
      "Each word is shaded by the number of layers that it survives, and underlined when it survives " +
      "them all. A word of several tokens counts as kept while any of them is.",
    term: "survival-depth",
  },
};

export function buildTokens(host, view) {
  view.tip = buildTip(host);
  const bar = add(host, "div", "ltp-token-bar");
  const tabs = addTabs(bar, view);
  const steps = buildSteps(bar, view);
  const help = addMenu(bar, view, "Token view", menuItems(view));
  const stage = add(host, "div", "ltp-token-stage");
  const reading = add(stage, "div", "ltp-reading");
  const inspector = buildInspector(add(stage, "aside", "ltp-inspector"), view);
  const key = add(host, "p", "ltp-key ltp-detail");
  const panels = Object.fromEntries(Object.keys(READINGS).map((kind) => [kind, addPanel(reading, kind)]));
  /** @type {Record<string, any>} */
  const built = {};
  let shown = null;

  // Only the visible reading is drawn; a reading that becomes visible draws the newest frame.
  function choose(kind) {
    if (kind === shown) return;
    shown = kind;
    view.tip.close();
    for (const name of Object.keys(READINGS)) panels[name].hidden = name !== kind;
    tabs(kind);
    help(READINGS[kind].help, READINGS[kind].term);
    setText(key, READINGS[kind].key + forcedKey(view.stage));
    built[kind] ??= READINGS[kind].build(panels[kind], view);
    built[kind].look?.();
    built[kind].frame(view.frame);
  }

  fitHeight(view.root, reading);
  choose(shownReading(view));
  return {
    frame: (frame) => {
      steps.frame(frame);
      built[shown].frame(frame);
      inspector.frame();
    },
    look: () => {
      steps.look();
      inspector.look();
      if (shownReading(view) === shown) built[shown].look?.();
      choose(shownReading(view));
    },
    arrived: (name) => {
      for (const part of [steps, built[shown], inspector]) part.arrived?.(name);
    },
    start: steps.playOnce,
  };
}

function forcedKey({ unknown }) {
  return unknown.note
    ? ` Italic and hatched: read as ${unknown.token}. ▲▼: forced.`
    : " ▲▼: forced to stay, to drop.";
}

function menuItems(view) {
  const kind = () => shownReading(view);
  const items = [
    {
      text: "Special tokens",
      act: () => view.show({ specials: !view.look.specials }),
      isOn: () => view.look.specials,
    },
    { text: "Save as SVG", act: () => saveSvg(kind(), view) },
    { text: "Save as PNG", act: () => savePng(kind(), view) },
  ];
  if (view.offline) return items;
  return [...items, { text: "Copy link to this view", act: () => copyText(window.location.href, view.root) }];
}

function addPanel(reading, kind) {
  const panel = add(reading, "div", `ltp-panel ltp-${kind}-view`);
  panel.id = `ltp-panel-${kind}`;
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", `ltp-tab-${kind}`);
  return panel;
}

function addTabs(parent, view) {
  const list = add(parent, "div", "ltp-tabs");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", "Reading");
  const kinds = Object.keys(READINGS);
  const tabs = kinds.map((kind) => {
    const tab = addButton(list, "ltp-button", READINGS[kind].name, () => view.show({ reading: kind }));
    tab.id = `ltp-tab-${kind}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `ltp-panel-${kind}`);
    return tab;
  });
  list.onkeydown = (event) => {
    const at = tabs.indexOf(event.target),
      { length } = tabs;
    const next = {
      ArrowLeft: (at + length - 1) % length,
      ArrowRight: (at + 1) % length,
      Home: 0,
      End: length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    tabs[next].focus();
    view.show({ reading: kinds[next] });
  };
  return (chosen) =>
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", kinds[i] === chosen);
      tab.tabIndex = kinds[i] === chosen ? 0 : -1;
    });
}
