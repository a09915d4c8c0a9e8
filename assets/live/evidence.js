// Why the model keeps or drops one token: its score against the thresholds, and the tokens that attend to it.

// --- score against threshold, layer by layer ---

const SCORE_EDGES = { left: 46, right: 12, top: 24, bottom: 22 };
const SCORE_HEIGHT = 150;

function buildScoreChart(host, view) {
  const head = add(host, "div", "ltp-readers-head");
  add(head, "h4", "", "Score against threshold");
  addHelp(head, view)(`${view.stage.score_note} A layer drops a token whose score is below its threshold.`,
    "What a score is", "score");
  const plot = addSvg(host, "svg", { role: "img", class: "ltp-score-plot" });
  const readout = add(host, "p", "ltp-detail ltp-score-readout");
  const table = buildScoreTable(host, view.stage.num_layers);
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
    const last = view.stage.num_layers - 1, { left, right } = SCORE_EDGES, { width, zoom } = size();
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

function scoreSentence(frame, layer, position) {
  const [score, threshold, state] = scoreFacts(frame, layer, position);
  if (score === "none") return `Layer ${layer + 1}: ${state}`;
  const sign = frame.score(layer, position) < frame.thresholds[layer] ? "<" : "≥";
  return `Layer ${layer + 1}: ${score} ${sign} ${threshold}, ${state}`;
}

function scoreFacts(frame, layer, position) {
  const score = frame.score(layer, position);
  const words = { kept: "kept", dropped: "dropped here", gone: "dropped earlier" };
  const state = words[stateOf(frame, layer, position)];
  return [score === null ? "none" : numberOf(score), numberOf(frame.thresholds[layer]), state];
}

function buildScoreTable(host, layers) {
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
  return (position, frame) => rows.forEach((cells, layer) => {
    scoreFacts(frame, layer, position).forEach((fact, i) => setText(cells[i], fact));
  });
}

// Over all scores of the sweep, so that the axis does not move with the slider or the token.
function scoreAxis(view) {
  const { sweep, stage, exact } = view, highest = stage.max_scale * Math.max(...stage.learned, 1e-4);
  const known = sweep ? sweep.score_range.map(Math.exp) : [1e-3, Math.max(...exact.thresholds)];
  return [known[0] / 1.25, Math.max(known[1], highest) * 1.25].map(Math.log10);
}

function scoreScene(view, position, hovered, { width, family }) {
  const { frame, stage } = view, { left, right, top, bottom } = SCORE_EDGES, layers = stage.num_layers;
  const base = SCORE_HEIGHT - bottom, hasZero = frame.thresholds.includes(0);
  const { ticks, y } = logAxis(...scoreAxis(view), base, top, hasZero);
  const x = (layer) => left + (layers > 1 ? (layer * (width - left - right)) / (layers - 1) : 0);
  const all = stage.learned.map((_, layer) => layer);
  const scores = all.map((layer) => frame.score(layer, position));
  const scored = all.filter((layer) => scores[layer] !== null), depth = frame.depths[position];
  const points = (among, values, shape) => among.map((layer) => shape(x(layer), y(values[layer]))).join("");
  const path = (among, values) => points(among, values, (at, height) => `L${at} ${height}`).replace("L", "M");
  const grey = { fill: "none", stroke: PAINT.ink };
  const dashed = { ...grey, "stroke-width": 1.5, "stroke-dasharray": "5 4" };
  const hollow = { fill: PAINT.ground, stroke: PAINT.ink, "stroke-width": 1.5 };
  const line = { fill: "none", stroke: PAINT.accent, "stroke-width": 2 }, dot = { fill: PAINT.accent };
  const grid = ticks.map(([value]) => `M${left} ${y(value)}H${width - right}`).join("");
  return { width, height: SCORE_HEIGHT, family,
    paths: [
      { ...grey, d: grid, "stroke-opacity": 0.14 },
      { ...grey, d: hovered === null ? "" : `M${x(hovered)} ${top}V${base}`, "stroke-opacity": 0.4 },
      { ...dashed, d: path(all, frame.thresholds) },
      { ...hollow, d: points(all, frame.thresholds, diamond(4.5)) },
      { ...line, d: path(scored, scores) },
      { ...dot, d: points(scored.filter((layer) => layer !== depth), scores, disc(4)) },
      { ...line, fill: PAINT.ground, d: points(scored.filter((layer) => layer === depth), scores, disc(5)) },
      { ...line, d: `M${left} 9h18` }, { ...dot, d: disc(4)(left + 9, 9) },
      { ...dashed, d: `M${left + 78} 9h22` }, { ...hollow, d: diamond(4.5)(left + 89, 9) },
    ],
    texts: [
      ...ticks.map(([value, name]) => noteText(left - 6, y(value) + 4, name, "end")),
      ...all.filter((layer) => layer % Math.ceil(layers / 12) === 0).map((layer) =>
        noteText(x(layer), SCORE_HEIGHT - 6, `${layer + 1}`, "middle")),
      noteText(left + 23, 13, "score"), noteText(left + 105, 13, "threshold"),
    ] };
}

function noteText(x, y, text, anchor = "start") {
  return { x, y, text, "text-anchor": anchor, "font-size": 12, fill: PAINT.ink, "fill-opacity": 0.85 };
}

// Makers of small shapes, as SVG paths around a point.
function disc(radius) {
  const half = (width) => `a${radius} ${radius} 0 1 1 ${width} 0`;
  const circle = `${half(2 * radius)}${half(-2 * radius)}z`;
  return (x, y) => `M${x - radius} ${y}${circle}`;
}

function diamond(radius) {
  return (x, y) => `M${x} ${y - radius}l${radius} ${radius}l${-radius} ${radius}l${-radius} ${-radius}z`;
}

// --- the tokens that attend to it ---

function buildReaders(host, view) {
  const head = add(host, "div", "ltp-readers-head");
  const title = add(head, "h4", "", "Tokens that attend to it, in layer");
  title.id = "ltp-readers-title";
  const select = add(head, "select", "ltp-readers-layer");
  setAttribute(select, "aria-labelledby", title.id);
  view.stage.learned.forEach((_, layer) => {
    add(select, "option", "", `${layer + 1}`).value = layer;
  });
  const list = add(host, "ul", "ltp-readers");
  const rest = addShare(list, add(document.createElement("li"), "span", "ltp-detail", "all other tokens"));
  const note = add(list, "li", "ltp-detail");
  const rows = [];
  let shown = "", decoded = null;
  let chosen = { of: "", layer: null }; // a layer chosen by hand applies to one token and step

  select.onchange = () => {
    chosen = { of: `${view.look.token} ${view.look.step}`, layer: Number(select.value) };
    draw(view.look.token);
  };

  // The layer of the step, or else the last layer that the token enters.
  function layerOf(position) {
    if (chosen.of === `${position} ${view.look.step}`) return chosen.layer;
    if (view.look.step) return view.look.step - 1;
    return Math.min(view.frame.depths[position], view.stage.num_layers - 1);
  }

  function draw(position) {
    const layer = layerOf(position), { attention } = view;
    if (attention && decoded?.from !== attention) {
      decoded = { from: attention, top: attention.top, readers: words16(attention.readers, true),
        weights: words16(attention.weights, false) };
    }
    const isStale = !attention || attention.number !== view.number || !view.frame.exact;
    host.classList.toggle("ltp-stale", Boolean(attention) && isStale);
    const key = `${position} ${layer} ${attention?.number} ${attention?.stage} ${view.offline}`;
    if (key === shown) return;
    shown = key;
    select.value = layer;
    const readers = attention ? readersOf(decoded, view.stage, layer, position) : [];
    drawReaders(readers);
    const missing = view.offline ? "This exported page does not include attention." : "Loading attention …";
    const gone = `Dropped before layer ${layer + 1}: no token attends to it there.`;
    setText(note, !attention ? missing : readers.length ? "" : gone);
    rest.hidden = !readers.length;
    const others = Math.max(0, 1 - readers.reduce((sum, { weight }) => sum + weight, 0));
    fillShare(rest, others);
  }

  // Rows are reused between tokens, so that a pressed name keeps the focus.
  function drawReaders(readers) {
    while (rows.length < readers.length) {
      rows.push(addReader(list, view));
      rest.before(rows[rows.length - 1].line);
    }
    rows.forEach((row, i) => {
      row.line.hidden = i >= readers.length;
      if (readers[i]) row.fill(readers[i]);
    });
  }
  return draw;
}

function addReader(list, view) {
  const name = document.createElement("button");
  Object.assign(name, { type: "button", className: "ltp-reader-name", dir: "auto",
    onclick: () => view.show({ token: Number(name.dataset.position) }) });
  const line = addShare(list, name);
  return { line, fill: ({ position, weight }) => {
    name.dataset.position = position;
    setText(name, shortened(view.stage.tokens[position]));
    name.title = `Token ${position + 1}: inspect it`;
    fillShare(line, weight);
  } };
}

function addShare(list, name) {
  const line = add(list, "li", "ltp-reader");
  line.append(name);
  add(add(line, "span", "ltp-reader-bar"), "i");
  add(line, "span", "ltp-reader-share");
  return line;
}

function fillShare(line, share) {
  line.children[1].firstChild.style.width = `${100 * share}%`;
  setText(line.children[2], `${(100 * share).toFixed(1)} %`);
}

// The tokens that attend to it most, with their shares of the attention that it receives in the layer.
function readersOf({ top, readers, weights }, stage, layer, position) {
  const start = (layer * stage.tokens.length + position) * top, found = [];
  for (let i = start; i < start + top; i += 1) {
    if (readers[i] >= 0) found.push({ position: readers[i], weight: weights[i] / 65535 });
  }
  return found;
}
