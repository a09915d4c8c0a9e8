// The live view: its state, and the parts that draw it.

import { readLook, writeLink } from "./dom/address.js";
import { add } from "./dom/nodes.js";
import { initialState, liveSweep, nextState, restoredState } from "./model/state.js";
import { buildCharts } from "./parts/charts.js";
import { buildControls } from "./parts/controls.js";
import { buildScoreTable } from "./parts/score_table.js";
import { buildSlider } from "./parts/slider.js";
import { buildTokens } from "./parts/tokens.js";
import { buildVerdict } from "./parts/verdict.js";

export class View {
  constructor(root, before) {
    this.root = root;
    this.state = before ? restoredState(before.state) : initialState(readLook());
    /** @type {(message: object) => void} */
    this.sendState = () => {};
    /** @type {any[]} */
    this.parts = [];
    this.waiting = false; // for an animation frame
  }

  // What parts read.
  get stage() {
    return this.state.stage;
  }
  get settings() {
    return this.state.settings;
  }
  get committed() {
    return this.state.committed;
  }
  get look() {
    return this.state.look;
  }
  get number() {
    return this.state.number;
  }
  get preset() {
    return this.state.preset;
  }
  get budget() {
    return this.state.budget;
  }
  get offline() {
    return this.state.offline;
  }
  get exact() {
    return this.state.exact;
  }
  get frame() {
    return this.state.frame;
  }
  get sweep() {
    return this.state.sweep;
  }
  get timing() {
    return this.state.timing;
  }
  get attention() {
    return this.state.attention;
  }
  get liveSweep() {
    return liveSweep(this.state);
  }
  get canUndo() {
    return this.state.history.done.length > 0;
  }
  get canRedo() {
    return this.state.history.undone.length > 0;
  }

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

  measure() {
    this.dispatch({ type: "measure" });
  }

  show(changes, isLinked = true) {
    this.state = nextState(this.state, { type: "look", changes }).state;
    for (const part of this.parts) part.look?.();
    this.root.classList.toggle("ltp-inspecting", this.look.token !== null);
    if (isLinked) writeLink(this);
  }

  // --- drawing ---

  dispatch(event) {
    const { state, message, events, rebuild, others } = nextState(this.state, event);
    this.state = state;
    const { signature, tokens } = state.stage;
    Object.assign(this.root.dataset, {
      stage: signature,
      tokens: tokens.length,
      asked: state.settings.number,
      answered: state.answered,
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
    this.root.setAttribute("translate", "no"); // a translated token would be another token
    this.root.classList.toggle("ltp-inspecting", this.look.token !== null);
    const head = add(this.root, "section", "ltp-head"); // stays in sight on a phone
    part(head, "div", "controls", buildControls);
    part(head, "div", "slider", buildSlider);
    part(head, "div", "verdict-line", buildVerdict);
    part(this.root, "section", "tokens", buildTokens);
    part(this.root, "section", "charts", buildCharts);
    part(this.root, "section", "scores", buildScoreTable);
    for (const each of this.parts) each.start?.();
  }

  draw() {
    for (const part of this.parts) part.frame?.(this.frame);
  }
}
