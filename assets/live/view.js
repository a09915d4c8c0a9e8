// The live view: its state, and the parts that draw it.

import { readLook, writeLink } from "./dom/address.js";
import { add } from "./dom/nodes.js";
import { initialState, liveSweep, nextState, restoredState } from "./model/state.js";
import { buildCharts } from "./parts/charts.js";
import { buildInspector } from "./parts/inspector.js";
import { buildReadings } from "./parts/readings.js";
import { buildScales } from "./parts/scales.js";
import { buildSummary } from "./parts/summary.js";

export class View {
  constructor(root, before) {
    this.root = root;
    this.state = before ? restoredState(before.state) : initialState(readLook());
    this.sendState = () => {};
    this.parts = [];
    this.waiting = false; // for an animation frame
  }

  // What parts read.
  get stage() { return this.state.stage; }
  get settings() { return this.state.settings; }
  get committed() { return this.state.committed; }
  get look() { return this.state.look; }
  get number() { return this.state.number; }
  get preset() { return this.state.preset; }
  get budget() { return this.state.budget; }
  get offline() { return this.state.offline; }
  get exact() { return this.state.exact; }
  get frame() { return this.state.frame; }
  get sweep() { return this.state.sweep; }
  get timing() { return this.state.timing; }
  get attention() { return this.state.attention; }
  get liveSweep() { return liveSweep(this.state); }
  get canUndo() { return this.state.history.done.length > 0; }
  get canRedo() { return this.state.history.undone.length > 0; }

  // --- data from the server ---

  answer(data) {
    this.dispatch({ type: "answer", ...data });
  }

  // Returns data of another stage.
  receive(data) {
    return this.dispatch({ type: "parts", data });
  }

  // --- actions of the user ---

  // While a thumb is dragged: the next animation frame shows a frame of the sweep, and nothing is sent.
  preview(scale) {
    this.state = nextState(this.state, { type: "preview", scale }).state;
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.draw();
    });
  }

  commit(changes) {
    this.dispatch({ type: "commit", changes });
  }

  undo() {
    this.dispatch({ type: "undo" });
  }

  redo() {
    this.dispatch({ type: "redo" });
  }

  show(changes) {
    this.state = nextState(this.state, { type: "look", changes }).state;
    for (const part of this.parts) part.look?.();
    writeLink(this);
  }

  // --- drawing ---

  dispatch(event) {
    const { state, message, events, rebuild, others } = nextState(this.state, event);
    this.state = state;
    const { signature, tokens } = state.stage;
    Object.assign(this.root.dataset, {
      stage: signature, tokens: tokens.length, asked: state.settings.number, answered: state.answered,
    });
    if (rebuild) this.build();
    this.draw();
    for (const name of events) for (const part of this.parts) part.arrived?.(name);
    if (events.length) writeLink(this);
    if (message) this.sendState(message);
    return others;
  }

  build() {
    this.parts = [];
    this.root.replaceChildren();
    const part = (parent, tag, name, build) => this.parts.push(build(add(parent, tag, `ltp-${name}`), this));
    part(this.root, "section", "scales", buildScales);
    part(this.root, "section", "summary", buildSummary);
    // The inspector is beside readings and charts if there is room, and otherwise between them.
    const columns = add(this.root, "div", "ltp-columns");
    const left = add(columns, "div", "ltp-left");
    part(left, "section", "readings", buildReadings);
    part(left, "section", "charts", buildCharts);
    part(columns, "aside", "inspector", buildInspector);
  }

  draw() {
    for (const part of this.parts) part.frame?.(this.frame);
  }
}
