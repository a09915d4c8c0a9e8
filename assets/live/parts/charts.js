// Four figures of the run: every pruning strength, thresholds, tokens left, FLOPs of each layer.
//
// All are scenes of a few marks, redrawn with every frame of a drag; plotly takes 9 ms to change one figure.

import { addHelp } from "../dom/help.js";
import { add, addButton, setAttribute } from "../dom/nodes.js";
import { addSvg, drawScene, watchedSize } from "../dom/svg.js";
import { nearestScale } from "../model/frames.js";
import { PLOT, PLOT_HEIGHT } from "../scenes/axes.js";
import { sweepRight } from "../scenes/sweep.js";
import { FIGURES } from "./figures.js";
import { savePng, saveSvg } from "./pictures.js";

export function buildCharts(host, view) {
  const charts = FIGURES.map((figure) => buildChart(host, view, figure));
  const draw = () => charts.forEach((chart) => chart());
  return { frame: draw, arrived: draw };
}

function buildChart(host, view, figure) {
  const box = add(host, "figure", figure.wide ? "ltp-chart ltp-wide" : "ltp-chart");
  const head = add(box, "div", "ltp-chart-head");
  const caption = add(head, "figcaption", "", figure.title);
  caption.id = `ltp-chart-${figure.id}`;
  addHelp(head, view)(figure.help, `What “${figure.title}” shows`, figure.term);
  for (const [name, save] of [["SVG", saveSvg], ["PNG", savePng]]) {
    const button = addButton(head, "ltp-button ltp-chart-save", name, () => save(figure.id, view));
    setAttribute(button, "aria-label", `Save “${figure.title}” as ${name}`);
  }
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
  if (figure.id === "sweep") dragScale(svg, view, size);
  return draw;
}

// A press in the sweep selects that scale; dragging previews scales.
function dragScale(svg, view, size) {
  svg.classList.add("ltp-sweep-plot");
  const scaleAt = ({ clientX }) => {
    const { width, zoom } = size(), at = (clientX - svg.getBoundingClientRect().left) / zoom;
    const share = (at - PLOT.left) / (width - PLOT.left - sweepRight(view));
    return view.liveSweep.scales[nearestScale(view.liveSweep, share * view.stage.max_scale)];
  };
  svg.addEventListener("pointerdown", (event) => {
    if (!view.liveSweep || event.button !== 0) return;
    svg.setPointerCapture(event.pointerId);
    if (event.pointerType === "mouse") view.preview(scaleAt(event));
  });
  svg.addEventListener("pointermove", (event) => {
    if (view.liveSweep && svg.hasPointerCapture(event.pointerId)) view.preview(scaleAt(event));
  });
  svg.addEventListener("pointerup", (event) => {
    if (view.liveSweep && svg.hasPointerCapture(event.pointerId)) view.commit({ scale: scaleAt(event) });
  });
}
