// The live view: one view per name on the page, fed by several mounts of this component.
//
// The mount that holds a `stage` draws the view; the others only carry what arrives later (sweep, timing,
// attention). The browser owns settings and look; the server answers a message with exact numbers.
// All text goes through textContent, so nothing that a user types can become markup.

const views = new Map(); // name -> View
const early = new Map(); // name -> carriers that arrived before their view

export default function ({ data, parentElement, setStateValue }) {
  const name = data.view;
  if (!data.stage) {
    if (views.has(name)) views.get(name).carry(data);
    else early.set(name, { ...early.get(name), ...data });
    return;
  }
  const root = parentElement.querySelector(".ltp-mount, .ltp-root");
  if (!root) return;
  root.className = "ltp-root"; // carriers leave theirs as it is: without a look
  let view = views.get(name);
  if (!view || view.root !== root) {
    // A view that was away (no text, another page) comes back in a new element, with what it knew.
    view = new View(root, view);
    views.set(name, view);
  }
  view.sendState = (message) => setStateValue("settings", message);
  view.answer(data);
  if (early.has(name)) {
    view.carry(early.get(name));
    early.delete(name);
  }
}

const CARRIED = ["sweep", "timing", "attention"];
const STARTING_LOOK = { reading: "grid", step: null, token: null, specials: true };

class View {
  constructor(root, before) {
    this.root = root;
    this.stage = null;
    this.settings = before?.settings ?? null;
    this.look = before?.look ?? lookFromLink();
    this.history = before?.history ?? { done: [], undone: [] };
    this.number = before?.number ?? 0; // of the newest message
    this.committed = null; // settings that the server was last asked for: what "undo" goes back to
    this.offline = false;
    this.parts = [];
    this.waiting = false; // for an animation frame
    this.forget();
  }

  forget() {
    for (const name of CARRIED) this[name] = null;
    this.exact = this.frame = null;
  }

  // --- what the server says ---

  answer({ stage, settings, exact, offline = false }) {
    const first = !this.stage;
    const isNew = this.stage?.signature !== stage.signature;
    if (!isNew && settings.number < this.number) return; // an answer to what is no longer asked
    this.offline = offline;
    if (isNew) {
      if (!first) this.look = { ...this.look, step: null, token: null };
      if (this.settings && this.settings.layer_scales.length !== settings.layer_scales.length) this.forgetHistory();
      this.stage = stage;
      this.forget();
    }
    this.stage.link = stage.link;
    this.stage.example_shown = stage.example_shown;
    // A thumb that is being dragged stays where it is while the answer to an earlier release arrives.
    const dragged = !isNew && this.settings.scale !== this.committed.scale ? this.settings.scale : null;
    this.number = settings.number;
    this.settings = this.committed = settings;
    this.exact = decodedExact(exact, settings, stage);
    this.frame = this.exact;
    this.fit();
    if (isNew) this.build();
    const { signature, tokens } = stage;
    const { number } = settings;
    Object.assign(this.root.dataset, { stage: signature, tokens: tokens.length, asked: number, answered: number });
    if (dragged !== null) this.settings = { ...settings, scale: dragged };
    if (dragged === null || !this.drawFromSweep()) this.draw();
    this.arrived("answer");
    this.writeLink();
  }

  // A carrier is kept when it belongs to this text and to the settings at hand; a late one is dropped.
  carry(data) {
    for (const name of CARRIED) {
      const content = data[name];
      if (!content || content.stage !== this.stage?.signature) continue;
      if (name === "sweep") this.sweep = decodedSweep(content, this.stage);
      else if (content.number >= this.number) this[name] = content;
      else continue;
      this.arrived(name);
    }
  }

  // A link may name a token or a layer that this text or model does not have.
  fit() {
    const { step, token } = this.look;
    if (token !== null && token >= this.stage.tokens.length) this.look.token = null;
    if (step !== null && step > this.stage.num_layers) this.look.step = null;
  }

  build() {
    this.parts = [];
    this.root.replaceChildren();
    const part = (parent, tag, name, build) => this.parts.push(build(add(parent, tag, `ltp-${name}`), this));
    part(this.root, "section", "scales", buildScales);
    part(this.root, "section", "summary", buildSummary);
    // The inspector stands beside readings and charts where there is room, and else between them.
    const columns = add(this.root, "div", "ltp-columns");
    const left = add(columns, "div", "ltp-left");
    part(left, "section", "readings", buildReadings);
    part(left, "section", "charts", buildCharts);
    part(columns, "aside", "inspector", buildInspector);
  }

  draw() {
    for (const part of this.parts) part.frame?.(this.frame);
  }

  arrived(name) {
    for (const part of this.parts) part.arrived?.(name);
  }

  // --- what the user does ---

  // The sweep that belongs to the layer scales and forced tokens at hand, or null.
  get liveSweep() {
    return this.sweep && sameSettings(this.sweep.for, this.settings) ? this.sweep : null;
  }

  // While a thumb is dragged: the frame comes from the sweep, in the next animation frame, and nothing is sent.
  preview(scale) {
    this.settings = { ...this.settings, scale };
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.drawFromSweep();
    });
  }

  drawFromSweep() {
    const { settings, exact } = this;
    if (exact && exact.scale === settings.scale && sameSettings(exact.for, settings)) this.frame = exact;
    else if (this.liveSweep) this.frame = sweepFrame(this.liveSweep, settings.scale, this.stage);
    else return false;
    this.draw();
    return true;
  }

  commit({ scale, layerScales, keep, drop, preset } = {}) {
    const before = this.committed;
    this.settings = {
      ...this.settings,
      scale: scale ?? this.settings.scale,
      layer_scales: layerScales ?? this.settings.layer_scales,
      keep: keep ?? this.settings.keep,
      drop: drop ?? this.settings.drop,
    };
    if (!preset && sameSettings(before, this.settings) && before.scale === this.settings.scale) {
      this.drawFromSweep();
      return;
    }
    this.history.done.push({ ...before, signature: this.stage.signature });
    this.history.undone = [];
    this.send(preset);
  }

  send(preset) {
    this.number += 1;
    this.settings = { ...this.settings, number: this.number };
    this.committed = this.settings;
    this.root.dataset.asked = this.number;
    this.drawFromSweep();
    this.arrived("sent");
    this.writeLink();
    if (this.offline) return;
    const { number, scale, layer_scales, keep, drop } = this.settings;
    const message = { stage: this.stage.signature, number, scale, layer_scales, keep, drop };
    this.sendState(preset ? { ...message, preset } : message);
  }

  show(changes) {
    this.look = { ...this.look, ...changes };
    for (const part of this.parts) part.look?.();
    this.writeLink();
  }

  // --- undo and redo ---

  get canUndo() {
    return this.history.done.length > 0;
  }

  get canRedo() {
    return this.history.undone.length > 0;
  }

  undo() {
    this.step(this.history.done, this.history.undone);
  }

  redo() {
    this.step(this.history.undone, this.history.done);
  }

  step(from, to) {
    if (!from.length) return;
    to.push({ ...this.committed, signature: this.stage.signature });
    const { signature, scale, layer_scales, keep, drop } = from.pop();
    // Forced tokens are positions in one text: over another text only the scales come back.
    const forced = signature === this.stage.signature ? { keep, drop } : {};
    this.settings = { ...this.settings, scale, layer_scales, ...forced };
    this.send();
  }

  forgetHistory() {
    this.history = { done: [], undone: [] };
  }

  // --- the link ---

  writeLink() {
    if (this.offline) return;
    const url = new URL(window.location.href);
    const { stage, settings, look } = this;
    const isOne = (value) => value === 1;
    const put = (key, value) => (value === null || value === "" ? url.searchParams.delete(key) : url.searchParams.set(key, value));
    put("scale", isOne(settings.scale) ? null : settings.scale);
    put("layers", settings.layer_scales.every(isOne) ? null : settings.layer_scales.join("_"));
    put("keep", settings.keep.join("_"));
    put("drop", settings.drop.join("_"));
    put("text", stage.example_shown ? null : stage.link.text);
    put("pair", stage.example_shown ? null : stage.link.pair);
    put("view", look.reading === STARTING_LOOK.reading ? null : look.reading);
    put("step", look.step);
    put("token", look.token);
    put("specials", look.specials ? null : "0");
    if (url.href !== window.location.href) window.history.replaceState(window.history.state, "", url);
  }
}

function lookFromLink() {
  const link = new URL(window.location.href).searchParams;
  const whole = (key) => (/^\d{1,4}$/.test(link.get(key) ?? "") ? Number(link.get(key)) : null);
  const reading = ["grid", "text", "flow"].includes(link.get("view")) ? link.get("view") : STARTING_LOOK.reading;
  return { reading, step: whole("step"), token: whole("token"), specials: link.get("specials") !== "0" };
}

function sameSettings(a, b) {
  const same = (one, other) => one.length === other.length && one.every((value, i) => value === other[i]);
  return same(a.layer_scales, b.layer_scales) && same(a.keep, b.keep) && same(a.drop, b.drop);
}

// --- what every part uses ---

function add(parent, tag, className = "", text = null) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  parent.append(node);
  return node;
}

function addButton(parent, className, text, onclick) {
  const button = add(parent, "button", className, text);
  button.type = "button";
  button.onclick = onclick;
  return button;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function shortened(token) {
  const characters = [...token.slice(0, 100)];
  return characters.length > 40 ? `${characters.slice(0, 39).join("")}…` : token;
}
