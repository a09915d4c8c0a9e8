// The columns of the grid: their positions, and which of them are in the document. For a long text these are
// the visible columns and some on either side; a column that leaves at one end is reused at the other.

import { add, setText } from "../dom/nodes.js";

const MAX_CELLS = 600; // of a text that is in the document completely
const OVERSCAN = 320; // pixels on either side, for longer texts

const CELL_GAP = 3;
const SEGMENT_GAP = 22;

const MAX_SQUEEZE = 10; // pixels that a cell can give up of its margins

export class Columns {
  // rows: [{ head, cells }], elements; fill(columns): fills columns that have just entered the document
  constructor(view, scroller, grid, rows, fill) {
    Object.assign(this, { view, scroller, grid, rows, fill });
    this.list = []; // { position, x, width, gap }: all of them, in order
    this.window = { from: 0, to: 0 }; // visible range, in columns and fractions
    this.shown = []; // in the document, in order: { index, position, cells, gaps }
    this.spare = [];
  }

  // Computes the position of every column: initially, and when special tokens are shown or hidden.
  layout() {
    const { stage, look } = this.view;
    const widths = this.measure();
    const left = new Set(look.specials ? [] : stage.special);
    const starts = stage.segments.filter(({ length }) => length).slice(1).map(({ first }) => first);
    this.list = [];
    stage.tokens.forEach((token, position) => {
      if (left.has(position)) return;
      const gap = position >= starts[0] && this.list.length > 0;
      if (position >= starts[0]) starts.shift();
      this.list.push({ position, natural: widths.get(token), gap });
    });
    this.squeezed = this.squeeze();
    let x = 0;
    for (const column of this.list) {
      if (column.gap) x += SEGMENT_GAP;
      column.x = x;
      column.width = column.natural - this.squeezed;
      x += column.width + CELL_GAP;
    }
    this.length = x;
    this.indexes = new Map(this.list.map(({ position }, index) => [position, index]));
    while (this.shown.length) this.rest(this.shown.pop());
    this.resize();
  }

  // Pixels that each cell gives up so that a text that nearly fits needs no scrolling for its last columns.
  squeeze() {
    const { list, scroller, rows } = this, room = scroller.clientWidth - rows[0].head.offsetWidth;
    const whole = list.reduce((sum, { natural, gap }) => sum + natural + CELL_GAP + gap * SEGMENT_GAP, 0);
    const each = Math.ceil((4 * (whole - room)) / list.length) / 4;
    return each > 0 && each <= MAX_SQUEEZE ? each : 0;
  }

  // The width of every distinct token as the browser draws it, measured in one pass.
  measure() {
    const bench = add(this.grid, "div", "ltp-bench");
    const widths = new Map(this.view.stage.tokens.map((token) => [token, null]));
    for (const token of widths.keys()) {
      const cell = add(bench, "div", "ltp-cell");
      add(cell, "span", "", token);
      widths.set(token, cell);
    }
    for (const [token, cell] of widths) widths.set(token, Math.ceil(cell.getBoundingClientRect().width));
    bench.remove();
    return widths;
  }

  resize() {
    this.head = this.rows[0].head.offsetWidth;
    this.grid.style.width = `${this.head + this.length}px`;
    this.scroll();
  }

  scroll() {
    const { list, scroller } = this;
    const start = scroller.scrollLeft, end = start + scroller.clientWidth - this.head;
    this.window = { from: this.at(start), to: this.at(end) };
    const whole = list.length * this.rows.length <= MAX_CELLS;
    this.slide(
      whole ? 0 : Math.floor(this.at(start - OVERSCAN)),
      whole ? list.length : Math.ceil(this.at(end + OVERSCAN)),
    );
  }

  // The index of the column at a position, plus the fraction of it before the position.
  at(x) {
    const { list } = this;
    if (x <= 0 || !list.length) return 0;
    let low = 0, high = list.length; // the last column that starts at or before x lies in [low, high)
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (list[middle].x <= x) low = middle;
      else high = middle;
    }
    return low + Math.min(1, (x - list[low].x) / (list[low].width + CELL_GAP));
  }

  // Scrolls a column, or a fraction of one, to the left end.
  scrollTo(index) {
    const whole = Math.max(0, Math.min(Math.floor(index), this.list.length - 1));
    const { x, width } = this.list[whole];
    this.scroller.scrollLeft = x + Math.max(0, index - whole) * (width + CELL_GAP);
    this.scroll(); // now, without waiting for the event
  }

  // Scrolls just far enough to show a whole column.
  reveal(index) {
    const { scroller, head } = this, { x, width } = this.list[index];
    const room = scroller.clientWidth - head;
    if (x < scroller.scrollLeft) scroller.scrollLeft = x - CELL_GAP;
    else if (x + width > scroller.scrollLeft + room) scroller.scrollLeft = x + width + CELL_GAP - room;
    else return;
    this.scroll();
  }

  slide(from, to) {
    const { shown } = this, fresh = [];
    while (shown.length && shown[0].index < from) this.rest(shown.shift());
    while (shown.length && shown[shown.length - 1].index >= to) this.rest(shown.pop());
    const first = shown[0]?.index ?? to, last = shown[shown.length - 1]?.index ?? to;
    for (let index = first - 1; index >= from; index -= 1) {
      fresh.push(this.place(index, "prepend"));
      shown.unshift(fresh[fresh.length - 1]);
    }
    for (let index = last + 1; index < to; index += 1) {
      fresh.push(this.place(index, "append"));
      shown.push(fresh[fresh.length - 1]);
    }
    if (fresh.length) this.fill(fresh);
  }

  place(index, way) {
    const column = this.spare.pop() ?? this.newColumn();
    const { position, x, width, gap } = this.list[index];
    Object.assign(column, { index, position, gaps: [] });
    column.cells.forEach((cell, layer) => {
      cell.id = `ltp-cell-${layer}-${position}`;
      cell.dataset.position = position;
      cell.setAttribute("aria-colindex", index + 2);
      cell.style.left = `${x}px`;
      cell.style.width = `${width}px`;
      setText(cell.firstChild, this.view.stage.tokens[position]);
      this.rows[layer].cells[way](cell);
      if (gap) column.gaps.push(addGap(cell, x));
    });
    return column;
  }

  newColumn() {
    const cells = this.rows.map((_, layer) => {
      const cell = document.createElement("div");
      cell.setAttribute("role", "gridcell");
      cell.dir = "auto";
      cell.dataset.layer = layer;
      add(cell, "span").setAttribute("aria-hidden", "true"); // the cell's label contains it, with its state
      return cell;
    });
    return { cells };
  }

  rest(column) {
    for (const node of [...column.cells, ...column.gaps]) node.remove();
    this.spare.push(column);
  }
}

// Between two texts, before the first cell of the second.
function addGap(cell, x) {
  const gap = document.createElement("div");
  gap.className = "ltp-gap";
  gap.setAttribute("aria-hidden", "true");
  gap.style.left = `${x - SEGMENT_GAP}px`;
  gap.style.width = `${SEGMENT_GAP - CELL_GAP}px`;
  cell.before(gap);
  return gap;
}
