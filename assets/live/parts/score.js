// The inspector’s figure of a token’s score against the thresholds.

import { addHelp } from "../dom/help.js";
import { add, setAttribute, setText } from "../dom/nodes.js";
import { addSvg, drawScene, watchedSize } from "../dom/svg.js";
import { scoreFacts, scoreSentence } from "../model/wording.js";
import { SCORE_EDGES, scoreScene } from "../scenes/score.js";

export function buildScoreChart(host, view) {
  const head = add(host, "div", "ltp-readers-head");
  add(head, "h4", "", "Score against threshold");
  addHelp(head, view)(
    `${view.stage.score_note} A layer drops a token whose score is below its threshold.`,
    "What a score is",
    "score",
  );
  const plot = addSvg(host, "svg", { role: "img", class: "ltp-score-plot" });
  const readout = add(host, "p", "ltp-detail ltp-score-readout");
  const table = buildScoreList(host, view.stage.num_layers);
  let hovered = null; // layer
  let token = null;
  const size = watchedSize(host, () => token !== null && draw(token));

  function draw(position) {
    token = position;
    const { frame, stage } = view;
    if (!size().width) return;
    drawScene(plot, scoreScene(view, position, hovered, size()), size().zoom);
    const layer = hovered ?? Math.min(frame.depths[position], stage.num_layers - 1);
    setText(readout, scoreSentence(frame, layer, position));
    const name = stage.tokens[position];
    setAttribute(plot, "aria-label", `Score of “${name}” against each layer's threshold, as in the table`);
    table(position, frame);
  }
  plot.onpointermove = ({ clientX }) => {
    const last = view.stage.num_layers - 1,
      { left, right } = SCORE_EDGES,
      { width, zoom } = size();
    const across = (clientX - plot.getBoundingClientRect().left) / zoom;
    const at = Math.round(((across - left) / (width - left - right)) * last);
    hovered = Math.max(0, Math.min(last, at));
    draw(token);
  };
  plot.onpointerleave = () => {
    hovered = null;
    draw(token);
  };
  return draw;
}

function buildScoreList(host, layers) {
  const table = add(host, "table", "ltp-unseen");
  add(table, "caption", "", "Score and threshold by layer");
  const head = add(add(table, "thead"), "tr");
  for (const name of ["layer", "score", "threshold", "state"]) add(head, "th", "", name).scope = "col";
  const body = add(table, "tbody");
  const rows = Array.from({ length: layers }, (_, layer) => {
    const row = add(body, "tr");
    add(row, "th", "", `${layer + 1}`).scope = "row";
    return ["td", "td", "td"].map((tag) => add(row, tag));
  });
  return (position, frame) =>
    rows.forEach((cells, layer) => {
      scoreFacts(frame, layer, position).forEach((fact, i) => setText(cells[i], fact));
    });
}
