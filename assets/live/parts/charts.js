// Three figures of the run: thresholds, tokens left, FLOPs of each layer.
//
// All are scenes of a few marks, redrawn with every frame of a drag; plotly takes 9 ms to change one figure.

import { addMenu } from "../dom/menu.js";
import { add, setAttribute } from "../dom/nodes.js";
import { addSvg, drawScene, watchedSize } from "../dom/svg.js";
import { PLOT_HEIGHT } from "../scenes/axes.js";
import { FIGURES } from "./figures.js";
import { savePng, saveSvg } from "./pictures.js";

export function buildCharts(host, view) {
  const charts = FIGURES.map((figure) => buildChart(host, view, figure));
  const draw = () => charts.forEach((chart) => chart());
  return { frame: draw, arrived: draw };
}

function buildChart(host, view, figure) {
  const box = add(host, "figure", "ltp-chart");
  const head = add(box, "div", "ltp-chart-head");
  const caption = add(head, "figcaption", "", figure.title);
  caption.id = `ltp-chart-${figure.id}`;
  addMenu(head, view, figure.title, [
    { text: "Save as SVG", act: () => saveSvg(figure.id, view) },
    { text: "Save as PNG", act: () => savePng(figure.id, view) },
  ])(figure.help, figure.term);
  const plot = add(box, "div", "ltp-plot");
  const svg = addSvg(plot, "svg", { role: "img" });
  const size = watchedSize(plot, draw);
  let pointed = null; // x of the pointer

  function draw() {
    if (!size().width) return;
    const { width, family, zoom } = size();
    drawScene(svg, figure.scene(view, view.frame, { width, family, height: PLOT_HEIGHT }, pointed), zoom);
    setAttribute(svg, "aria-label", figure.words(view));
  }
  svg.onpointermove = (event) => {
    pointed = (event.clientX - svg.getBoundingClientRect().left) / size().zoom;
    draw();
  };
  svg.onpointerleave = () => {
    pointed = null;
    draw();
  };
  return draw;
}
