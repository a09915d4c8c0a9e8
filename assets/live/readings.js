// Three readings of one trace, one of them visible, with the player above.

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

function buildReadings(host, view) {
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

// A question mark that opens a short text with a link to the glossary. A popover closes by itself on Escape
// and on a press elsewhere.
function addHelp(parent, { offline }) {
  const button = addButton(parent, "ltp-help", "?", null);
  const words = add(parent, "div", "ltp-help-words");
  words.popover = "auto";
  button.popoverTargetElement = words;
  words.ontoggle = ({ newState }) => {
    if (newState !== "open") return;
    placeBelow(words, button);
    const once = { once: true, capture: true, passive: true };
    document.addEventListener("scroll", () => words.hidePopover(), once);
  };
  return (text, label, term) => {
    words.replaceChildren(text);
    if (!offline) { // an exported page has no glossary
      const link = add(words, "a", "ltp-help-term", `In the glossary: ${term.replaceAll("-", " ")}`);
      link.href = `Glossary?term=${term}`;
      link.target = "_blank"; // the settings here are kept
    }
    button.setAttribute("aria-label", label);
  };
}

function addGridLegend(host, { unknown }) {
  const legend = addLegend(host, ["score, low", "high"]);
  for (const [state, meaning] of [["kept", "kept"], ["dropped", "dropped here"], ["gone", "dropped earlier"]]) {
    addSample(legend, `ltp-cell ltp-${state}`, "word", meaning);
  }
  addCommonSamples(legend, "ltp-cell ltp-kept", unknown);
}

function addTextLegend(host, { unknown }) {
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

function addSample(legend, name, text, meaning) {
  const item = add(legend, "span", "ltp-legend-item");
  const sample = add(item, "span", name);
  sample.style.setProperty("--level", name.includes("survivor") ? "100%" : "60%");
  sample.setAttribute("aria-hidden", "true");
  add(sample, "span", "", text);
  add(item, "span", "ltp-detail", meaning);
}

const FORCED = { keep: "forced to stay", drop: "forced to drop" };

// "keep", "drop" or "": how a token is forced.
function forcedTo({ settings }, position) {
  return settings.keep.includes(position) ? "keep" : settings.drop.includes(position) ? "drop" : "";
}

function unknownWords({ unknown }) {
  return `read as ${unknown.token}: not in the model's vocabulary`;
}

// --- one tooltip for all cells and words ---

let openTip = null; // of the whole page

function buildTip(host) {
  const node = add(host, "div", "ltp-tip");
  node.popover = "manual"; // above everything, and never clipped
  node.setAttribute("role", "tooltip");
  const lines = ["b", "span", "span", "span", "span", "span"].map((tag) => add(node, tag));
  const tip = {
    target: null,
    byKeyboard: false,
    open(target, texts, byKeyboard = false) {
      if (openTip && openTip !== tip) openTip.close();
      Object.assign(tip, { target, byKeyboard });
      openTip = tip;
      lines.forEach((line, i) => {
        setText(line, texts[i] ?? "");
        line.hidden = i >= texts.length;
      });
      if (!node.matches(":popover-open")) node.showPopover();
      placeBelow(node, target);
    },
    place: () => placeBelow(node, tip.target),
    close() {
      if (openTip === tip) openTip = null;
      if (node.matches(":popover-open")) node.hidePopover();
    },
    // Opens for elements that match `selector` under the pointer within `area`; `texts` returns the content.
    follow(area, selector, texts) {
      const point = ({ target }) => {
        const found = target.closest(selector);
        if (!found) tip.close();
        else if (found !== tip.target || openTip !== tip) tip.open(found, texts(found));
      };
      area.addEventListener("pointerover", point);
      area.addEventListener("pointermove", point); // scrolling may have closed it under a resting pointer
      area.addEventListener("pointerleave", ({ pointerType }) => {
        if (pointerType !== "touch") tip.close(); // a finger leaves as soon as it is lifted
      });
    },
  };
  return tip;
}

function placeBelow(node, target) {
  const at = target.getBoundingClientRect(), space = 6;
  const below = at.bottom + space + node.offsetHeight <= window.innerHeight;
  const rightmost = window.innerWidth - node.offsetWidth - space;
  node.style.left = `${Math.max(space, Math.min(at.left, rightmost))}px`;
  node.style.top = `${below ? at.bottom + space : Math.max(space, at.top - space - node.offsetHeight)}px`;
}

// For the whole page, once per module. A tooltip opened by keyboard moves with its cell.
document.addEventListener("scroll", () => (openTip?.byKeyboard ? openTip.place() : openTip?.close()),
  { capture: true, passive: true });
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") openTip?.close();
});
document.addEventListener("pointerdown", ({ target }) => {
  if (openTip && !openTip.target.contains(target)) openTip.close();
});
