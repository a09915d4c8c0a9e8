// Four figures of the run: every pruning strength, thresholds, tokens left, FLOPs of each layer.
//
// All are scenes of a few marks, redrawn with every frame of a drag; plotly takes 9 ms to change one figure.

const PLOT_HEIGHT = 230; // as in .ltp-plot, in units of the page's text size
const PLOT = { left: 52, right: 12, bottom: 40 };
const MFLOPS_PER_MAC = 2e-6;

const FIGURES = [
  {
    id: "sweep", wide: true, title: "Every pruning strength", scene: sweepScene, words: sweepInWords,
    help: "The dotted line is the share of FLOPs saved at every pruning strength, the other line the answer; a "
      + "diamond marks a change of the answer. Click or drag in the figure to choose a strength.",
    term: "sweep",
  },
  {
    id: "thresholds", title: "Thresholds", scene: thresholdsScene, words: thresholdsInWords,
    help: "A token whose score is below its layer's threshold is dropped there. Rings are the thresholds as "
      + "they are stored, diamonds as they are scaled now, on a logarithmic axis.",
    term: "threshold",
  },
  {
    id: "lengths", title: "Sequence length", words: lengthsInWords,
    scene: (view, frame, size, pointed) => barsScene(size, pointed, "tokens left", frame.lengths,
      view.stage.learned.map(() => view.stage.tokens.length)),
    help: "A filled bar is the number of tokens left after a layer has dropped some. The outline is the "
      + "whole text, which the unpruned model computes in every layer.",
    term: "sequence-length",
  },
  {
    id: "flops", title: "FLOPs per layer", words: flopsInWords,
    scene: (view, frame, size, pointed) => barsScene(size, pointed, "MFLOPs", mflops(frame.layerMacs),
      mflops(view.stage.dense.layer_macs)),
    help: "A filled bar is what a layer computes now, its outline what it would compute without pruning. "
      + "Embeddings, softmax, norms and the head are left out.",
    term: "flops",
  },
];

function lengthsInWords({ frame, stage }) {
  const left = frame.lengths.join(", ");
  return `Tokens left after each layer: ${left}, of ${stage.tokens.length} without pruning.`;
}

function flopsInWords({ frame, stage }) {
  const [now, dense] = [frame.layerMacs, stage.dense.layer_macs].map((macs) => mflops(macs).map(shortNumber));
  return `Millions of FLOPs per layer: ${now.join(", ")} pruned, ${dense[0]} each without pruning.`;
}

function mflops(layerMacs) {
  return layerMacs.map(([attention, feedForward]) => MFLOPS_PER_MAC * (attention + feedForward));
}

function shortNumber(value) {
  const isSmall = value < 10 && !Number.isInteger(value);
  if (value < 0.095) return String(Number(value.toPrecision(1))); // never 0.0
  return isSmall ? value.toFixed(1) : Math.round(value).toLocaleString("en-US");
}

function buildCharts(host, view) {
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

// --- axes and legend, which all figures share ---

function axesMarks({ width, height, right = PLOT.right }, { top, y, yTicks, yTitle, xTicks, xTitle }) {
  const base = height - PLOT.bottom, middle = (top + base) / 2, line = { fill: "none", stroke: PAINT.ink };
  const grid = yTicks.map(([value]) => `M${PLOT.left} ${y(value)}H${width - right}`).join("");
  return {
    paths: [
      { ...line, d: grid, "stroke-opacity": 0.13 },
      { ...line, d: `M${PLOT.left} ${base}H${width - right}`, "stroke-opacity": 0.5 },
    ],
    texts: [
      ...yTicks.map(([value, name]) => noteText(PLOT.left - 7, y(value) + 4, name, "end")),
      ...xTicks.map(([x, name]) => noteText(x, base + 16, name, "middle")),
      noteText((PLOT.left + width - right) / 2, height - 5, xTitle, "middle"),
      { ...noteText(12, middle, yTitle, "middle"), transform: `rotate(-90 12 ${middle})` },
    ],
  };
}

// At most five round values from 0 up.
function roundTicks(most) {
  const power = 10 ** Math.floor(Math.log10(most / 4 || 1));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= most / 4);
  const ticks = [];
  for (let value = 0; value <= most * 1.0001; value += step) {
    ticks.push([value, Number(value.toPrecision(6)).toLocaleString("en-US")]);
  }
  return ticks;
}

// From 10^low to 10^high. Such an axis has no zero: it is drawn at the bottom, labelled 0.
function logAxis(low, high, base, top, hasZero) {
  const share = (value) => (value > 0 ? Math.max(0, (Math.log10(value) - low) / (high - low)) : 0);
  const y = (value) => base - share(value) * (base - top);
  const ticks = hasZero ? [[0, "0"]] : [];
  for (let power = Math.ceil(low); power <= Math.floor(high); power += 1) {
    if (!hasZero || y(10 ** power) < base - 14) ticks.push([10 ** power, String(10 ** power)]);
  }
  return { ticks, y };
}

// In as many rows as needed; `top` is where the plot may begin, `end` and `y` where the last row ends.
function legendMarks(entries, { width, family }) {
  const marks = { paths: [], texts: [] };
  const whole = entries.reduce((sum, [name]) => sum + textWidth(name, { size: 12, family }) + 44, -18);
  const left = Math.max(2, Math.min(PLOT.left, width - whole)); // on one row if possible
  let x = left, y = 10;
  for (const [name, draw] of entries) {
    const wide = 26 + textWidth(name, { size: 12, family });
    if (x > left && x + wide > width + 1) [x, y] = [left, y + 18];
    marks.paths.push(...draw(x, y));
    marks.texts.push(noteText(x + 26, y + 4, name));
    x += wide + 18;
  }
  return { ...marks, end: x, y, top: y + 20 };
}

function columnsOf({ width }, layers) {
  const pitch = (width - PLOT.left - PLOT.right) / layers;
  const every = Math.ceil(layers / Math.min(12, width / 26)); // every n-th layer has its number below
  const middle = (layer) => PLOT.left + (layer + 0.5) * pitch;
  const ticks = Array.from({ length: layers }, (_, layer) => [middle(layer), `${layer + 1}`]);
  const within = (layer) => Math.max(0, Math.min(layers - 1, layer));
  const at = (x) => (x === null ? null : within(Math.floor((x - PLOT.left) / pitch)));
  return { pitch, middle, at, ticks: ticks.filter((_, layer) => layer % every === 0) };
}

// --- bars: tokens left, FLOPs ---

function barsScene(size, pointed, yTitle, values, wholes) {
  const outline = { fill: "none", stroke: PAINT.ink, "stroke-opacity": 0.55, "stroke-width": 1.2 };
  const filled = { fill: PAINT.accent };
  const sample = (mark) => (x, y) => [{ ...mark, d: `M${x + 4} ${y - 6}h14v12h-14z` }];
  const key = legendMarks([["unpruned", sample(outline)], ["pruned", sample(filled)]], size);
  const { top } = key, base = size.height - PLOT.bottom, most = Math.max(...wholes, 1);
  const columns = columnsOf(size, values.length), wide = columns.pitch * 0.76, shown = columns.at(pointed);
  const y = (value) => base - (value / most) * (base - top);
  const bars = (list) => list.map((value, layer) => {
    const high = base - y(value);
    return `M${columns.middle(layer) - wide / 2} ${base}v${-high}h${wide}v${high}z`;
  }).join("");
  const names = values.map(shortNumber);
  const widest = [...wholes.map(shortNumber), "8.8"]; // independent of the values, so that the size is constant while a slider moves
  const fits = (px) => widest.every((name) =>
    textWidth(name, { size: px, family: size.family, weight: 600 }) <= wide);
  const px = [12, 11, 10].find(fits), isRoomy = Boolean(px); // otherwise only the value under the pointer is shown
  const numbers = values.map((value, layer) => {
    if (!isRoomy && layer !== shown) return HIDDEN_TEXT;
    const isInside = isRoomy && base - y(value) > 22; // inside its bar, if that is tall and wide enough
    const at = isInside ? y(value) + 15 : Math.max(top + 12, y(value) - 5);
    return { ...noteText(columns.middle(layer), at, names[layer], "middle"), "font-weight": 600,
      "font-size": px ?? 12, "fill-opacity": 1, fill: isInside ? PAINT.ground : PAINT.ink };
  });
  const plot = axesMarks(size,
    { top, y, yTitle, yTicks: roundTicks(most), xTitle: "layer", xTicks: columns.ticks });
  return { ...size, texts: [...plot.texts, ...key.texts, ...numbers],
    paths: [...plot.paths, { ...filled, d: bars(values) }, { ...outline, d: bars(wholes) }, ...key.paths] };
}

// --- thresholds ---

function thresholdsScene({ stage }, frame, size, pointed) {
  const { learned } = stage, positive = learned.filter((value) => value > 0), inUse = frame.thresholds;
  const old = { fill: "none", stroke: PAINT.ink, "stroke-opacity": 0.6 };
  const oldLine = { ...old, "stroke-dasharray": "2 3", "stroke-width": 1.5 };
  const ring = { ...old, fill: PAINT.ground, "stroke-width": 2 };
  const line = { fill: "none", stroke: PAINT.accent, "stroke-width": 2 }, mark = { fill: PAINT.accent };
  const key = legendMarks([
    [stage.thresholds_learned ? "learned" : "initial, not learned",
      (x, y) => [{ ...oldLine, d: `M${x} ${y}h22` }, { ...ring, d: disc(5)(x + 11, y) }]],
    ["in use", (x, y) => [{ ...line, d: `M${x} ${y}h22` }, { ...mark, d: diamond(5)(x + 11, y) }]],
  ], size);
  const { top } = key, base = size.height - PLOT.bottom, columns = columnsOf(size, learned.length);
  const most = Math.max(...learned.map((value) => value * stage.max_scale), ...inUse, 1e-4);
  const least = Math.min(...positive, 1) / 20, hasZero = [...learned, ...inUse].includes(0);
  const { ticks, y } = logAxis(Math.log10(least), Math.log10(most * 1.3), base, top, hasZero);
  const points = (list, shape) => list.map((value, layer) => shape(columns.middle(layer), y(value))).join("");
  const path = (list) => points(list, (x, at) => `L${x} ${at}`).replace("L", "M");
  const shown = columns.at(pointed);
  const value = shown === null ? HIDDEN_TEXT : { "font-weight": 600, ...noteText(columns.middle(shown),
    Math.max(top + 10, y(inUse[shown]) - 12), numberOf(inUse[shown]), "middle") };
  const plot = axesMarks(size,
    { top, y, yTitle: "score", yTicks: ticks, xTitle: "layer", xTicks: columns.ticks });
  return { ...size, texts: [...plot.texts, ...key.texts, value],
    paths: [...plot.paths, { ...oldLine, d: path(learned) }, { ...ring, d: points(learned, disc(5)) },
      { ...line, d: path(inUse) }, { ...mark, d: points(inUse, diamond(5)) }, ...key.paths] };
}

function thresholdsInWords({ frame, stage }) {
  const list = (values) => values.map(numberOf).join(", ");
  return `Thresholds from the first layer to the last: in use ${list(frame.thresholds)}; `
    + `${stage.thresholds_learned ? "learned" : "initial"} ${list(stage.learned)}.`;
}
