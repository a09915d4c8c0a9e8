// The grid: layers x tokens. Cells have computed positions, which no slider, step or selection changes.

import { addGridLegend } from "../dom/legend.js";
import { add, setText } from "../dom/nodes.js";
import { stateOf } from "../model/frames.js";
import { asScore } from "../model/numbers.js";
import { scoreRange, shadeLevel, sweepRange } from "../model/shades.js";
import { FORCED, forcedTo, shortened, unknownWords } from "../model/tokens.js";
import { Columns } from "./columns.js";
import { buildMap } from "./map.js";

const LABELS_AFTER_MS = 150; // after a drag, cells get their names for screen readers
const MANY_LAYERS = 12; // from this depth on rows are lower

const STATES = { kept: "kept", dropped: "dropped", gone: "dropped in an earlier layer" };

export function buildGrid(host, view) {
  addGridLegend(host, view.stage);
  const grid = new TokenGrid(host, view);
  return {
    frame: (frame) => grid.draw(frame),
    look: () => grid.look(),
    arrived: () => grid.draw(view.frame), // forced tokens or the range of scores may have changed
  };
}

class TokenGrid {
  constructor(host, view) {
    const { stage } = view;
    this.view = view;
    this.active = { layer: 0, index: 0 }; // the cell with the keyboard focus
    this.chosen = null;
    this.names = stage.tokens.map(shortened);
    this.unknown = new Set(stage.unknown.positions);
    this.segments = stage.segments.filter(({ length }) => length);
    this.range = scoreRange(view.frame, stage);
    this.build(host);
    const fill = (columns) => this.fill(columns);
    this.columns = new Columns(view, this.scroller, this.grid, this.rows, fill);
    this.map = buildMap(this.mapHost, view, this.columns);
    this.mark();
    this.layout();
    this.listen();
  }

  build(host) {
    const { num_layers: layers } = this.view.stage, pair = this.segments.length > 1;
    this.mapHost = add(host, "div");
    this.scroller = add(host, "div", "ltp-scroller");
    this.grid = add(this.scroller, "div", `ltp-grid${layers > MANY_LAYERS ? " ltp-many" : ""}`);
    this.grid.id = "ltp-grid";
    this.grid.tabIndex = 0;
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", "Tokens by layer");
    this.grid.setAttribute("aria-rowcount", layers + pair);
    this.segmentNames = pair ? addSegmentNames(this.grid, this.segments) : [];
    this.rows = Array.from({ length: layers }, (_, layer) => addRow(this.grid, layer, pair));
    this.outline = add(this.grid, "div", "ltp-chosen-column");
    this.outline.setAttribute("aria-hidden", "true");
  }

  layout() {
    const { columns } = this;
    this.specials = this.view.look.specials;
    columns.layout();
    this.active.index = Math.max(0, Math.min(this.active.index, columns.list.length - 1));
    this.grid.setAttribute("aria-colcount", columns.list.length + 1);
    this.segmentNames.forEach((name, i) => {
      const { first, length } = this.segments[i];
      const own = columns.list.filter(({ position }) => position >= first && position < first + length);
      name.hidden = !own.length;
      if (!own.length) return;
      const { x, width } = own[own.length - 1];
      name.style.left = `calc(var(--head) + ${own[0].x}px)`;
      name.style.width = `${x + width - own[0].x}px`;
      name.setAttribute("aria-colspan", own.length);
    });
    this.outlineChosen();
    this.map.resize(this.view.frame);
  }

  // --- the content of the cells ---

  draw(frame) {
    const { stage, sweep } = this.view, { length } = stage.tokens;
    this.mark();
    if (sweep && sweep !== this.sweep) this.range = sweepRange(sweep);
    this.sweep = sweep;
    this.map.draw(frame);
    this.rows.forEach(({ note, bar }, layer) => {
      const before = layer ? frame.lengths[layer - 1] : length;
      setText(note, `${before} → ${frame.lengths[layer]}`);
      bar.style.transform = `scaleX(${frame.lengths[layer] / length})`;
    });
    this.paint(this.columns.shown, frame);
    clearTimeout(this.naming);
    this.naming = setTimeout(() => this.name(this.columns.shown), LABELS_AFTER_MS);
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

  fill(columns) {
    for (const column of columns) {
      column.painted = [];
      this.point(column);
    }
    this.paint(columns, this.view.frame);
    this.name(columns);
  }

  paint(columns, frame) {
    for (const { cells, position, painted } of columns) {
      for (let layer = 0; layer < cells.length; layer += 1) {
        const score = frame.score(layer, position), cell = cells[layer];
        const name = `ltp-cell ltp-${stateOf(frame, layer, position)}${this.marks[position]}`;
        const level = shadeLevel(score, this.range);
        const before = painted[layer];
        if (before?.name !== name) cell.className = name;
        if (before?.level !== level) cell.style.setProperty("--level", `${level}%`);
        if (before?.name !== name || before.level !== level) painted[layer] = { name, level };
      }
    }
  }

  name(columns) {
    for (const { cells, position } of columns) {
      cells.forEach((cell, layer) => cell.setAttribute("aria-label", this.words(layer, position).join(", ")));
    }
  }

  // The description of a cell for the tooltip and screen readers.
  words(layer, position) {
    const { frame, stage } = this.view;
    const state = stateOf(frame, layer, position), score = frame.score(layer, position);
    const forced = forcedTo(this.view, position);
    return [
      this.names[position],
      position === 0 && state === "kept" ? "always kept: the answer is read from it" : STATES[state],
      ...(forced ? [FORCED[forced]] : []),
      ...(state === "gone" || score === null ? [] : [`score ${asScore(score)}`]),
      ...(state === "gone" ? [] : [`threshold ${asScore(frame.thresholds[layer])}`]),
      ...(this.unknown.has(position) ? [unknownWords(stage)] : []),
    ];
  }

  // --- selection and step ---

  look() {
    const { token, specials } = this.view.look;
    if (specials !== this.specials) this.layout();
    if (token !== this.chosen) {
      this.chosen = token;
      for (const column of this.columns.shown) this.point(column);
      this.outlineChosen();
      const index = this.columns.indexes.get(token);
      if (index !== undefined) this.columns.reveal(index);
    }
    this.outlineStep();
    this.map.draw(this.view.frame);
  }

  // Marks the selected cells of a column, and the one with the keyboard focus.
  point({ cells, index, position }) {
    cells.forEach((cell, layer) => {
      cell.setAttribute("aria-selected", position === this.chosen);
      cell.toggleAttribute("data-active", index === this.active.index && layer === this.active.layer);
    });
  }

  outlineChosen() {
    const column = this.columns.list[this.columns.indexes.get(this.chosen)];
    this.outline.hidden = !column;
    if (!column) return;
    this.outline.style.left = `calc(var(--head) + ${column.x}px)`;
    this.outline.style.width = `${column.width}px`;
  }

  outlineStep() {
    const { step } = this.view.look;
    this.rows.forEach(({ row }, layer) => {
      row.classList.toggle("ltp-now", layer + 1 === step);
      row.classList.toggle("ltp-later", step !== null && layer >= step);
    });
  }

  // --- pointer and keyboard ---

  listen() {
    const { scroller, grid, columns, view } = this;
    const placeOf = ({ dataset }) => [Number(dataset.layer), Number(dataset.position)];
    scroller.addEventListener("scroll", () => {
      columns.scroll();
      this.map.follow();
    }, { passive: true });
    new ResizeObserver(() => {
      if (!scroller.clientWidth) return; // another reading is visible
      if (columns.squeeze() !== columns.squeezed) {
        this.layout();
        return;
      }
      columns.resize();
      this.map.resize(view.frame);
    }).observe(scroller);
    // The page's own font may arrive after the widths were measured.
    document.fonts?.ready.then(() => scroller.clientWidth && this.layout());
    view.tip.follow(scroller, ".ltp-cell", (cell) => this.tipWords(...placeOf(cell)));
    grid.onclick = ({ target }) => {
      const cell = target.closest(".ltp-cell");
      if (!cell) return;
      const [layer, position] = placeOf(cell);
      this.activate(layer, columns.indexes.get(position));
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
    const { key, ctrlKey, metaKey, altKey } = event;
    const { layer, index } = this.active, { list, window: { from, to } } = this.columns;
    const lastRow = this.rows.length - 1, lastColumn = list.length - 1;
    const page = Math.max(1, Math.floor(to - from)), whole = ctrlKey || metaKey;
    const goal = {
      ArrowLeft: [layer, index - 1], ArrowRight: [layer, index + 1], ArrowUp: [layer - 1, index],
      ArrowDown: [layer + 1, index], PageUp: [layer, index - page], PageDown: [layer, index + page],
      Home: [whole ? 0 : layer, 0], End: [whole ? lastRow : layer, lastColumn],
    }[key];
    if (altKey || !list.length) return;
    if (goal) {
      const within = (value, last) => Math.max(0, Math.min(value, last));
      this.activate(within(goal[0], lastRow), within(goal[1], lastColumn), true);
    } else if (key === "Enter" || key === " ") this.view.show({ token: list[index].position });
    else if (key === "Escape") this.view.show({ token: null });
    else return;
    event.preventDefault();
  }

  // The cell with the keyboard focus, which may have to enter the document first.
  activate(layer, index, byKeyboard = false) {
    const { columns, rows, grid, view } = this;
    if (!columns.list.length) return;
    this.active = { layer, index };
    if (byKeyboard) {
      columns.reveal(index);
      rows[layer].head.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    for (const column of columns.shown) this.point(column);
    const { position } = columns.list[index];
    grid.setAttribute("aria-activedescendant", `ltp-cell-${layer}-${position}`);
    if (!byKeyboard) return;
    const cell = columns.shown[index - columns.shown[0].index].cells[layer];
    view.tip.open(cell, this.tipWords(layer, position), true);
  }
}

function addSegmentNames(grid, segments) {
  const row = add(grid, "div", "ltp-row ltp-segments");
  row.setAttribute("role", "row");
  row.setAttribute("aria-rowindex", 1);
  return segments.map(({ title }) => {
    const name = add(row, "div", "ltp-segment");
    name.setAttribute("role", "columnheader");
    add(name, "span", "", title);
    return name;
  });
}

function addRow(grid, layer, pair) {
  const row = add(grid, "div", "ltp-row");
  row.setAttribute("role", "row");
  row.setAttribute("aria-rowindex", layer + 1 + pair);
  const head = add(row, "div", "ltp-layer");
  head.setAttribute("role", "rowheader");
  add(head, "b", "", `Layer ${layer + 1}`);
  const note = add(head, "span", "ltp-note");
  const bar = add(add(head, "span", "ltp-length"), "i");
  const cells = add(row, "div", "ltp-cells");
  cells.setAttribute("role", "presentation");
  return { row, head, note, bar, cells };
}
