// Three readings of one trace, one of them visible, with the player above.

import { addHelp } from "../dom/help.js";
import { add, addButton } from "../dom/nodes.js";
import { buildTip } from "../dom/tip.js";
import { buildFlow } from "./flow.js";
import { buildGrid } from "./grid.js";
import { savePng, saveSvg } from "./pictures.js";
import { buildSteps } from "./steps.js";
import { buildText } from "./text.js";

const READINGS = {
  grid: {
    name: "Grid",
    build: (host, view) => buildGrid(host, view),
    help: "Each row is a layer and each cell a token: the stronger the fill, the more attention the token "
      + "receives there, on a logarithmic scale. A dashed, struck-through cell is below its layer's threshold "
      + "and is dropped there; a dot marks the layers after that.",
    term: "score",
  },
  text: {
    name: "Text",
    build: (host, view) => buildText(host, view),
    help: "Each word is shaded by the number of layers that it survives, and underlined when it survives "
      + "them all. A word of several tokens counts as kept while any of them is.",
    term: "survival-depth",
  },
  flow: {
    name: "Flow",
    build: (host, view) => buildFlow(host, view),
    help: "Each line is a token that passes through the layers from left to right and ends in a ring at the "
      + "layer that drops it. The stream narrows as fewer tokens are left to compute.",
    term: "sequence-length",
  },
};

export function buildReadings(host, view) {
  const built = {};
  const main = addReadingsHead(host, view);
  const reading = add(host, "div", "ltp-reading");
  const steps = buildSteps(add(reading, "div", "ltp-steps"), view);
  view.tip = buildTip(host);
  const panels = {};
  for (const kind of Object.keys(READINGS)) {
    panels[kind] = add(reading, "div", `ltp-${kind}-view`);
    panels[kind].id = `ltp-panel-${kind}`;
    panels[kind].setAttribute("role", "tabpanel");
    panels[kind].setAttribute("aria-labelledby", `ltp-tab-${kind}`);
  }
  let shown = null;

  // Only the visible reading is drawn; a reading that becomes visible draws the newest frame.
  function choose(kind) {
    if (kind === shown) return;
    shown = kind;
    view.tip.close();
    for (const name of Object.keys(READINGS)) panels[name].hidden = name !== kind;
    main.choose(kind);
    built[kind] ??= READINGS[kind].build(panels[kind], view) ?? {};
    built[kind].look?.();
    built[kind].frame?.(view.frame);
  }

  choose(view.look.reading);
  return {
    frame: (frame) => {
      steps.frame(frame);
      built[shown].frame?.(frame);
    },
    look: () => {
      main.look();
      steps.look();
      if (view.look.reading === shown) built[shown].look?.();
      choose(view.look.reading);
    },
    arrived: (name) => {
      for (const part of [steps, built[shown]]) part.arrived?.(name);
    },
  };
}

function addReadingsHead(host, view) {
  const head = add(host, "div", "ltp-readings-head");
  add(head, "h3", "", "Tokens through the layers");
  const help = addHelp(head, view);
  const tabs = addTabs(head, view);
  const specials = addButton(head, "ltp-button ltp-specials", "Special tokens", () =>
    view.show({ specials: !view.look.specials }));
  const pictures = add(head, "div", "ltp-pictures");
  for (const [name, save] of [["SVG", () => saveSvg(view.look.reading, view)],
    ["PNG", () => savePng(view.look.reading, view)]]) {
    addButton(pictures, "ltp-button", name, save).setAttribute("aria-label", `Save this reading as ${name}`);
  }
  const look = () => specials.setAttribute("aria-pressed", view.look.specials);
  look();
  return {
    look,
    choose: (kind) => {
      tabs(kind);
      help(READINGS[kind].help, `What the ${kind} shows`, READINGS[kind].term);
    },
  };
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
    const at = tabs.indexOf(event.target), { length } = tabs;
    const next = { ArrowLeft: (at + length - 1) % length, ArrowRight: (at + 1) % length, Home: 0,
      End: length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    tabs[next].focus();
    view.show({ reading: kinds[next] });
  };
  return (chosen) => tabs.forEach((tab, i) => {
    tab.setAttribute("aria-selected", kinds[i] === chosen);
    tab.tabIndex = kinds[i] === chosen ? 0 : -1;
  });
}
