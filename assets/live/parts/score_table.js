// All scores of the run as a table, one line per token; filled while it is open.

import { add, setText } from "../dom/nodes.js";
import { stateOf } from "../model/frames.js";
import { asScore } from "../model/numbers.js";
import { shortened } from "../model/tokens.js";

export function buildScoreTable(host, view) {
  const { stage } = view;
  const box = add(host, "details", "ltp-score-table");
  add(box, "summary", "", "Score table");
  const scroller = add(box, "div", "ltp-score-scroller");
  scroller.tabIndex = 0;
  const table = add(scroller, "table");
  table.setAttribute("translate", "no");
  const head = add(add(table, "thead"), "tr");
  for (const name of ["token", ...stage.learned.map((_, layer) => `layer ${layer + 1}`)])
    add(head, "th", "", name).scope = "col";
  const body = add(table, "tbody");
  let rows = null;

  function draw() {
    if (!box.open) return;
    rows ??= stage.tokens.map((token) => {
      const row = add(body, "tr");
      add(row, "th", "", shortened(token)).scope = "row";
      return stage.learned.map(() => add(row, "td"));
    });
    const { frame } = view;
    rows.forEach((cells, position) =>
      cells.forEach((cell, layer) => {
        const state = stateOf(frame, layer, position),
          score = frame.score(layer, position);
        setText(cell, state === "gone" || score === null ? "" : asScore(score));
        cell.className = `ltp-score-${state}`;
      }),
    );
  }
  box.ontoggle = draw;
  return { frame: ({ exact }) => exact && draw(), arrived: draw };
}
