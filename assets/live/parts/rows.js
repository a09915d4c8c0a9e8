// The rows: running text, one line per layer with the tokens that enter it, each word in the same place in every
// layer. A dropped token is struck once and then absent. All rows hold the same words, so they break alike.

import { textFitter } from "../dom/fit.js";
import { add, scrollWithin, setAttribute, setText } from "../dom/nodes.js";
import { shownState } from "../model/frames.js";
import { asScore } from "../model/numbers.js";
import { scoreRange, shadeLevel, sweepRange } from "../model/shades.js";
import { FORCED, forcedTo, runningText, shortened, unknownWords } from "../model/tokens.js";

const LABELS_AFTER_MS = 150; // after a drag, tokens get their names for screen readers
const STATES = {
  kept: "kept",
  dropped: "dropped",
  gone: "dropped in an earlier layer",
  later: "not reached yet",
};

export function buildRows(host, view) {
  const rows = new TokenRows(host, view);
  return {
    frame: (frame) => rows.draw(frame),
    look: () => rows.look(),
    arrived: () => rows.draw(view.frame), // forced tokens or the range of scores may have changed
  };
}

class TokenRows {
  constructor(host, view) {
    const { stage } = view;
    this.view = view;
    this.host = host;
    this.active = { layer: 0, index: 0 }; // the token with the keyboard focus
    this.chosen = null;
    this.names = stage.tokens.map((token) => shortened(token));
    this.unknown = new Set(stage.unknown.positions);
    this.range = scoreRange(view.frame, stage);
    this.segments = stage.segments.filter(({ length }) => length);
    this.pieces = this.segments.map((segment) => runningText(stage, segment));
    this.order = this.pieces
      .flat()
      .filter(({ space }) => !space)
      .map(({ position }) => position);
    this.build();
    this.listen();
  }

  build() {
    const { stage } = this.view,
      pair = this.segments.length > 1;
    this.grid = add(this.host, "div", pair ? "ltp-grid ltp-grid-pair" : "ltp-grid");
    const attributes = {
      id: "ltp-grid",
      tabindex: 0,
      role: "grid",
      "aria-label": "Tokens by layer",
      translate: "no",
      "aria-rowcount": stage.num_layers + pair,
      "aria-colcount": this.order.length + 1,
    };
    for (const [name, value] of Object.entries(attributes)) this.grid.setAttribute(name, value);
    if (pair) addSegmentNames(this.grid, this.segments);
    this.rows = stage.learned.map((_, layer) => this.addRow(layer, pair));
    this.fit = textFitter(this.host, this.grid);
    new ResizeObserver(() => this.fit(this.view.look.specials)).observe(this.host);
  }

  addRow(layer, pair) {
    const row = add(this.grid, "div", "ltp-row");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", layer + 1 + pair);
    const head = add(row, "div", "ltp-layer");
    head.setAttribute("role", "rowheader");
    add(head, "b", "", `${layer + 1}`).setAttribute("aria-label", `Layer ${layer + 1}`);
    const note = add(head, "span", "ltp-note");
    const bar = add(add(head, "span", "ltp-length"), "i");
    const cells = new Map();
    for (const pieces of this.pieces) {
      const box = add(row, "div", "ltp-cells");
      box.setAttribute("role", "presentation");
      box.dir = "auto";
      for (const piece of pieces) {
        if (piece.space) box.append(" ");
        else cells.set(piece.position, addCell(box, piece, layer, cells.size));
      }
    }
    return { row, head, note, bar, cells, painted: new Map() };
  }

  // --- the content of the cells ---

  draw(frame) {
    const { stage, sweep, look } = this.view,
      { length } = stage.tokens;
    this.mark();
    if (sweep && sweep !== this.sweep) this.range = sweepRange(sweep);
    this.sweep = sweep;
    this.rows.forEach(({ note, bar }, layer) => {
      const known = look.step === null || layer < look.step;
      const before = layer ? frame.lengths[layer - 1] : length;
      setText(
        note,
        !known ? "" : before === frame.lengths[layer] ? `${before}` : `${before} → ${frame.lengths[layer]}`,
      );
      bar.style.transform = `scaleX(${known ? frame.lengths[layer] / length : 0})`;
    });
    this.paint(frame);
    clearTimeout(this.naming);
    this.naming = setTimeout(() => this.name(), LABELS_AFTER_MS);
  }

  // The classes of a token that are the same in all layers.
  mark() {
    const { keep, drop } = this.view.settings;
    if (keep === this.marked?.keep && drop === this.marked?.drop) return;
    this.marked = { keep, drop };
    this.marks = this.names.map((_, position) => {
      const forced = forcedTo(this.view, position);
      return (this.unknown.has(position) ? " ltp-unknown" : "") + (forced ? ` ltp-forced-${forced}` : "");
    });
  }

  // Only what has changed.
  paint(frame) {
    const { step } = this.view.look;
    this.rows.forEach(({ cells, painted }, layer) => {
      for (const [position, cell] of cells) {
        const state = shownState(frame, layer, position, step);
        const level = state === "kept" ? shadeLevel(frame.score(layer, position), this.range) : 0;
        const name = `ltp-cell ltp-${state}${this.marks[position]}${position === this.chosen ? " ltp-chosen" : ""}`;
        const before = painted.get(position);
        if (before?.name === name && before.level === level) continue;
        if (before?.name !== name) cell.className = name + cell.dataset.kind;
        if (before?.level !== level) cell.style.setProperty("--level", `${level}%`);
        painted.set(position, { name, level });
      }
    });
  }

  name() {
    this.rows.forEach(({ cells }, layer) => {
      for (const [position, cell] of cells) {
        const words = this.words(layer, position).join(", ");
        if (cell.getAttribute("aria-label") !== words) cell.setAttribute("aria-label", words);
        setAttribute(cell, "aria-selected", position === this.chosen);
      }
    });
  }

  // The description of a cell for the tooltip and screen readers.
  words(layer, position) {
    const { frame, stage, look } = this.view;
    const state = shownState(frame, layer, position, look.step),
      score = frame.score(layer, position);
    const forced = forcedTo(this.view, position),
      isSeen = state === "kept" || state === "dropped";
    return [
      this.names[position],
      position === 0 && state === "kept" ? "always kept: the answer is read from it" : STATES[state],
      ...(forced ? [FORCED[forced]] : []),
      ...(!isSeen || score === null ? [] : [`score ${asScore(score)}`]),
      ...(!isSeen ? [] : [`threshold ${asScore(frame.thresholds[layer])}`]),
      ...(this.unknown.has(position) ? [unknownWords(stage)] : []),
    ];
  }

  // --- selection and step ---

  look() {
    const { token, step, specials } = this.view.look;
    this.grid.classList.toggle("ltp-no-specials", !specials);
    if (token !== this.chosen) {
      this.chosen = token;
      const first = this.rows[0].cells.get(token);
      if (first && !this.isInSight(first)) scrollWithin(this.host, first);
    }
    this.fit(specials);
    this.draw(this.view.frame);
    this.rows.forEach(({ row }, layer) => {
      row.classList.toggle("ltp-now", layer + 1 === step);
      row.classList.toggle("ltp-later-row", step !== null && layer >= step);
    });
  }

  // Whether any row has the token in sight: a press on one must not scroll to another.
  isInSight({ dataset: { position } }) {
    const room = this.host.getBoundingClientRect();
    return this.rows.some(({ cells }) => {
      const { top, bottom } = cells.get(Number(position)).getBoundingClientRect();
      return top >= room.top && bottom <= room.bottom;
    });
  }

  // --- pointer and keyboard ---

  listen() {
    const { grid, host, view } = this;
    const placeOf = ({ dataset }) => [Number(dataset.layer), Number(dataset.position)];
    view.tip.follow(host, ".ltp-cell", (cell) => this.tipWords(...placeOf(cell)));
    grid.onclick = ({ target }) => {
      const cell = target.closest(".ltp-cell");
      if (!cell) return;
      const [layer, position] = placeOf(cell);
      this.activate(layer, this.order.indexOf(position));
      view.show({ token: position });
    };
    grid.onkeydown = (event) => this.press(event);
    grid.onfocus = () => this.activate(this.active.layer, this.active.index);
    grid.onblur = () => view.tip.close();
  }

  tipWords(layer, position) {
    const [name, ...words] = this.words(layer, position);
    return [`${name} · layer ${layer + 1}`, ...words];
  }

  press(event) {
    const { key, ctrlKey, metaKey, altKey } = event,
      { layer, index } = this.active;
    const lastRow = this.rows.length - 1,
      lastColumn = this.order.length - 1,
      whole = ctrlKey || metaKey;
    const goal = {
      ArrowLeft: [layer, index - 1],
      ArrowRight: [layer, index + 1],
      ArrowUp: [layer - 1, index],
      ArrowDown: [layer + 1, index],
      PageUp: [layer, index - 10],
      PageDown: [layer, index + 10],
      Home: [whole ? 0 : layer, 0],
      End: [whole ? lastRow : layer, lastColumn],
    }[key];
    if (altKey || lastColumn < 0) return;
    if (goal) {
      const within = (value, last) => Math.max(0, Math.min(value, last));
      this.activate(within(goal[0], lastRow), within(goal[1], lastColumn), true);
    } else if (key === "Enter" || key === " ") this.view.show({ token: this.order[index] });
    else if (key === "Escape") this.view.show({ token: null });
    else return;
    event.preventDefault();
  }

  // The cell with the keyboard focus.
  activate(layer, index, byKeyboard = false) {
    if (!this.order.length) return;
    this.grid.querySelector("[data-active]")?.removeAttribute("data-active");
    this.active = { layer, index };
    const position = this.order[index],
      cell = this.rows[layer].cells.get(position);
    cell.setAttribute("data-active", "");
    this.grid.setAttribute("aria-activedescendant", cell.id);
    if (!byKeyboard) return;
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.view.tip.open(cell, this.tipWords(layer, position), true);
  }
}

function addCell(box, { position, text, isJoined, isSpecial }, layer, index) {
  const cell = add(box, "span", "ltp-cell");
  cell.id = `ltp-cell-${layer}-${position}`;
  cell.dataset.layer = layer;
  cell.dataset.position = position;
  cell.dataset.kind = (isJoined ? " ltp-joined" : "") + (isSpecial ? " ltp-special-cell" : "");
  cell.setAttribute("role", "gridcell");
  cell.setAttribute("aria-colindex", index + 2);
  add(cell, "span", "", text).setAttribute("aria-hidden", "true"); // the cell's label contains it, with its state
  return cell;
}

function addSegmentNames(grid, segments) {
  const row = add(grid, "div", "ltp-row ltp-segments");
  row.setAttribute("role", "row");
  row.setAttribute("aria-rowindex", 1);
  add(row, "div", "ltp-layer").setAttribute("role", "presentation");
  for (const { title, length } of segments) {
    const name = add(row, "div", "ltp-segment", title);
    name.setAttribute("role", "columnheader");
    name.setAttribute("aria-colspan", length);
  }
}
