// The state of the page: the newest answer, the user's changes since, and the parts that draw them.

const LATER = ["sweep", "timing", "attention"];

class View {
  constructor(root, before) {
    this.root = root;
    this.stage = before?.stage ?? null;
    this.settings = before?.settings ?? null;
    this.look = before?.look ?? lookFromLink();
    this.history = before?.history ?? { done: [], undone: [] };
    this.number = before?.number ?? 0; // of the newest message; never used again
    this.answered = 0; // number of the newest answer; only lower when the server was restarted
    this.committed = null; // settings last sent, to which "undo" returns
    this.preset = null; // requested preset that the server is computing
    this.budget = null; // the layer scales of the last preset
    this.offline = false;
    this.parts = [];
    this.waiting = false; // for an animation frame
    this.forget();
  }

  forget() {
    for (const name of LATER) this[name] = null;
    this.exact = this.frame = null;
  }

  // --- data from the server ---

  answer({ stage, settings, exact, offline = false }) {
    const before = this.stage, isNew = before?.signature !== stage.signature;
    const isBuilt = !isNew && this.parts.length > 0;
    if (isBuilt && settings.number < this.settings.number) { // answers outdated settings
      // Or from a restarted server that does not know the newest message.
      if (settings.number < this.answered) this.send(this.preset);
      return;
    }
    this.offline = offline;
    // Changes on another text that had not reached the server when it ran this text.
    const isUnsent = before && sameModel(before, stage) && settings.number < this.settings.number;
    const unsent = isUnsent && { ...this.settings, preset: this.preset };
    if (before && isNew) {
      if (!sameTokens(before, stage)) this.look = { ...this.look, step: null, token: null };
      if (!sameModel(before, stage)) this.history = { done: [], undone: [] };
    }
    if (!isBuilt) {
      this.stage = stage;
      this.forget();
    }
    this.stage.link = stage.link;
    this.stage.example_shown = stage.example_shown;
    // A dragged thumb stays in place while the answer to an earlier release arrives.
    const dragged = isBuilt && this.settings.scale !== this.committed.scale ? this.settings.scale : null;
    this.number = Math.max(this.number, settings.number);
    this.answered = settings.number;
    this.settings = this.committed = settings;
    this.budget = isNew ? null : this.preset ? settings.layer_scales : this.budget;
    this.preset = null;
    this.exact = decodedExact(exact, settings, stage);
    this.frame = this.exact;
    this.fit();
    const { number } = settings;
    Object.assign(this.root.dataset, {
      stage: stage.signature, tokens: stage.tokens.length, asked: number, answered: number,
    });
    if (!isBuilt) this.build();
    if (dragged !== null) this.settings = { ...settings, scale: dragged };
    if (dragged === null || !this.drawFromSweep()) this.draw();
    this.arrived("answer");
    writeLink(this);
    if (unsent) {
      const { scale, layer_scales: layerScales, preset } = unsent;
      this.commit({ scale, layerScales, preset });
    }
  }

  // Uses data of this text and the current settings, and ignores outdated data.
  // Returns data of another stage.
  receive(data) {
    const others = {};
    for (const name of LATER) {
      const content = data[name];
      if (!content) continue;
      if (content.stage !== this.stage.signature) {
        others[name] = content;
        continue;
      }
      if (name === "sweep") {
        this.sweep = decodedSweep(content, this.stage);
        this.drawFromSweep(); // the thumb may have moved before the sweep arrived
      } else if (content.number >= this.settings.number) this[name] = content;
      else continue;
      this.arrived(name);
    }
    return others;
  }

  // A link may name a token or a layer that does not exist here.
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

  arrived(name) {
    for (const part of this.parts) part.arrived?.(name);
  }

  // --- actions of the user ---

  // The sweep that belongs to the current layer scales and forced tokens, or null.
  get liveSweep() {
    return this.sweep && sameSettings(this.sweep.for, this.settings) ? this.sweep : null;
  }

  // While a thumb is dragged: the next animation frame shows a frame of the sweep, and nothing is sent.
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

  // A preset that is still being computed is requested again with every change that leaves the layers alone.
  commit({ scale, layerScales, keep, drop, preset = layerScales ? null : this.preset } = {}) {
    const before = this.committed;
    this.settings = {
      ...this.settings,
      scale: scale ?? this.settings.scale,
      layer_scales: layerScales ?? this.settings.layer_scales,
      keep: keep ?? this.settings.keep,
      drop: drop ?? this.settings.drop,
    };
    if (preset === this.preset && sameMoves(before, this.settings)) {
      this.drawFromSweep();
      return;
    }
    this.history.done.push({ ...before, stage: this.stage });
    this.history.undone = [];
    this.send(preset);
  }

  send(preset = null) {
    this.number += 1;
    this.preset = preset;
    this.settings = { ...this.settings, number: this.number };
    this.committed = this.settings;
    this.root.dataset.asked = this.number;
    this.drawFromSweep();
    this.arrived("sent");
    writeLink(this);
    if (this.offline) return;
    const { number, scale, layer_scales, keep, drop } = this.settings;
    const message = { stage: this.stage.signature, number, scale, layer_scales, keep, drop };
    this.sendState(preset ? { ...message, preset } : message);
  }

  show(changes) {
    this.look = { ...this.look, ...changes };
    for (const part of this.parts) part.look?.();
    writeLink(this);
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
    while (from.length) {
      const { stage, scale, layer_scales, keep, drop } = from.pop();
      // Forced tokens are positions in one text: on another text only the scales are restored.
      const forced = sameTokens(stage, this.stage) ? { keep, drop } : {};
      const settings = { ...this.committed, scale, layer_scales, ...forced };
      if (!this.preset && sameMoves(settings, this.committed)) continue; // nothing visible
      to.push({ ...this.committed, stage: this.stage });
      this.settings = settings;
      this.send();
      return;
    }
    this.arrived("sent");
  }
}

function sameSettings(a, b) {
  const same = (one, other) => one.length === other.length && one.every((value, i) => value === other[i]);
  return same(a.layer_scales, b.layer_scales) && same(a.keep, b.keep) && same(a.drop, b.drop);
}

function sameMoves(a, b) {
  return a.scale === b.scale && sameSettings(a, b);
}

// Whether two stages have the same tokens, though their labels may have other names.
function sameTokens(a, b) {
  const all = ({ tokens, segments }) => JSON.stringify([tokens, segments]);
  return a === b || all(a) === all(b);
}

// Whether the same scales have the same effect on two stages, by the server's signature.
function sameModel(a, b) {
  return a.model === b.model && a.learned.join() === b.learned.join();
}
