// The live view: draws whichever sections its data holds and afterwards updates them in place.
// All text goes through textContent, so nothing a user types can become markup.

const views = new WeakMap(); // root element -> { section name -> { signature, nodes } }

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".ltp-root");
  if (!root) return;
  if (!views.has(root)) views.set(root, {});
  const sections = { summary: [buildSummary, updateSummary], timing: [buildTiming, updateTiming],
    tokens: [buildTokens, updateTokens], charts: [buildCharts, updateCharts] };
  for (const [name, [build, update]] of Object.entries(sections)) {
    if (data[name]) showSection(root, name, data[name], build, update);
  }
}

// Nodes are built again only when the section's shape changes (another text, another model).
function showSection(root, name, content, build, update) {
  const built = views.get(root);
  if (built[name]?.signature !== content.signature) {
    let host = root.querySelector(`:scope > .ltp-${name}`);
    host ??= add(root, "section", `ltp-${name}`);
    host.replaceChildren();
    built[name] = { signature: content.signature, nodes: build(host, content) };
  }
  update(built[name].nodes, content);
}

function add(parent, tag, className = "", text = null) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  parent.append(node);
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// --- summary: both predictions and the headline figures ---

function buildSummary(host, content) {
  const verdict = add(host, "p", "ltp-verdict");
  verdict.setAttribute("role", "status");
  const row = add(host, "div", "ltp-cards");
  const predictions = content.predictions.map((prediction) => {
    const card = add(row, "article", "ltp-card ltp-prediction");
    add(card, "h3", "", prediction.title);
    const label = add(card, "p", "ltp-label");
    const bars = prediction.bars.map(() => {
      const line = add(card, "div", "ltp-bar-line");
      return { name: add(line, "span", "ltp-bar-name"), bar: add(add(line, "span", "ltp-bar"), "i"),
        share: add(line, "span", "ltp-bar-share") };
    });
    return { label, bars };
  });
  const figures = content.figures.map((figure) => {
    const card = add(row, "article", "ltp-card");
    add(card, "h3", "", figure.name);
    return { value: add(card, "p", "ltp-value"), detail: add(card, "p", "ltp-detail") };
  });
  return { verdict, predictions, figures, speed: buildSpeedCard(row) };
}

// The card for measured time is there from the start, so that nothing jumps when its numbers arrive.
function buildSpeedCard(row) {
  const card = add(row, "article", "ltp-card ltp-speed");
  add(card, "h3", "", "Measured speed");
  add(card, "p", "ltp-value", "…");
  add(card, "p", "ltp-detail", "measuring");
  return card;
}

function updateSummary(nodes, content) {
  nodes.speed.classList.add("ltp-stale"); // until the time of these scales arrives
  nodes.verdict.className = `ltp-verdict ${content.agree ? "ltp-agree" : "ltp-disagree"}`;
  setText(nodes.verdict, content.verdict);
  content.predictions.forEach((prediction, i) => {
    setText(nodes.predictions[i].label, prediction.label);
    prediction.bars.forEach((bar, j) => {
      const line = nodes.predictions[i].bars[j];
      setText(line.name, bar.name);
      line.bar.style.width = `${bar.probability * 100}%`;
      setText(line.share, `${(bar.probability * 100).toFixed(1)} %`);
    });
  });
  content.figures.forEach((figure, i) => {
    setText(nodes.figures[i].value, figure.value);
    setText(nodes.figures[i].detail, figure.detail);
  });
}

// --- timing: arrives after the rest, since measuring takes longer than showing, in the summary's last card ---

function buildTiming(host) {
  return host;
}

function updateTiming(host, content) {
  const card = document.querySelector(".ltp-speed");
  if (!card) { // the summary belongs to another component, which may not have drawn yet
    if (host.isConnected) requestAnimationFrame(() => updateTiming(host, content));
    return;
  }
  setText(card.querySelector(".ltp-value"), content.value);
  setText(card.querySelector(".ltp-detail"), content.detail);
  card.classList.remove("ltp-stale");
}

// --- tokens: the text shaded by depth, and the grid of layers and tokens ---

function buildTokens(host, content) {
  const pair = content.segments.length > 1;
  add(host, "h3", "", `The ${pair ? "texts" : "text"}, shaded by how deep each word survives`);
  add(host, "p", "ltp-detail", "Underlined words live through every layer.");
  const words = buildTexts(host, content.segments);

  add(host, "h3", "", "Layer by layer");
  buildLegend(host);
  const scroller = add(host, "div", "ltp-scroller");
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "region");
  scroller.setAttribute("aria-label", "Tokens by layer, scrolls sideways");
  const grid = add(scroller, "div", "ltp-grid");
  grid.setAttribute("role", "table");
  // A text may have no token at all (only characters that the tokenizer drops): then no gap and no name.
  const segments = content.segments.filter((segment) => segment.length);
  const columns = segments.map((segment) => `repeat(${segment.length}, max-content)`);
  grid.style.gridTemplateColumns = `max-content ${columns.join(" max-content ")}`;
  if (pair) buildSegmentNames(grid, segments);
  const rows = content.layers.map((layer, index) => {
    const row = add(grid, "div", "ltp-row");
    row.setAttribute("role", "row");
    const head = add(row, "div", "ltp-layer");
    head.setAttribute("role", "rowheader");
    add(head, "b", "", `Layer ${index + 1}`);
    const note = add(head, "span", "ltp-note");
    const cells = content.tokens.map((token, position) => {
      if (pair && position === content.segments[0].length) addGap(row);
      const cell = add(row, "div", "ltp-cell", token);
      cell.setAttribute("role", "cell");
      cell.dir = "auto";
      cell.dataset.layer = index;
      cell.dataset.position = position;
      return cell;
    });
    return { note, cells };
  });
  const nodes = { words, rows, content };
  addTooltip(host, scroller, nodes);
  return nodes;
}

// The words of all texts in one list; two texts stand side by side, each under its name.
function buildTexts(host, segments) {
  const frame = add(host, "div", segments.length > 1 ? "ltp-texts ltp-pair" : "ltp-texts");
  return segments.flatMap((segment) => {
    const side = add(frame, "div");
    if (segment.title) add(side, "h4", "", segment.title);
    const text = add(side, "p", "ltp-text");
    text.dir = "auto";
    return segment.words.map(([piece, depth]) => add(text, "span", depth === null ? "ltp-plain" : "", piece));
  });
}

function buildSegmentNames(grid, segments) {
  const row = add(grid, "div", "ltp-row");
  row.setAttribute("role", "row");
  add(row, "div", "ltp-layer").setAttribute("role", "cell");
  segments.forEach((segment, index) => {
    if (index) addGap(row);
    const name = add(row, "div", "ltp-segment");
    name.setAttribute("role", "columnheader");
    name.setAttribute("aria-colspan", segment.length);
    name.style.gridColumn = `span ${segment.length}`;
    add(name, "span", "", segment.title);
  });
}

function addGap(row) {
  add(row, "div", "ltp-gap").setAttribute("aria-hidden", "true");
}

function buildLegend(host) {
  const legend = add(host, "p", "ltp-legend");
  const scale = add(legend, "span", "ltp-legend-item");
  add(scale, "span", "ltp-detail", "score, low");
  add(scale, "i", "ltp-gradient");
  add(scale, "span", "ltp-detail", "high");
  for (const [state, meaning] of [["kept", "kept"], ["dropped", "dropped here"], ["gone", "gone"]]) {
    const item = add(legend, "span", "ltp-legend-item");
    add(item, "span", `ltp-cell ltp-${state}`, "word").style.setProperty("--level", "60%");
    add(item, "span", "ltp-detail", meaning);
  }
}

const STATES = { k: "ltp-cell ltp-kept", d: "ltp-cell ltp-dropped", g: "ltp-cell ltp-gone" };

function updateTokens(nodes, content) {
  nodes.content = content;
  content.segments.flatMap((segment) => segment.words).forEach(([, depth], i) => {
    if (depth === null) return;
    const survives = depth === content.layers.length;
    const name = survives ? "ltp-word ltp-survivor" : "ltp-word ltp-lost";
    if (nodes.words[i].className !== name) nodes.words[i].className = name;
    nodes.words[i].style.setProperty("--level", `${(100 * depth) / content.layers.length}%`);
    nodes.words[i].title = survives ? "survives all layers" : `dropped in layer ${depth + 1}`;
  });
  const [low, high] = scoreRange(content.layers);
  content.layers.forEach((layer, index) => {
    const row = nodes.rows[index];
    setText(row.note, layer.note);
    row.cells.forEach((cell, position) => {
      const state = layer.states[position];
      if (cell.className !== STATES[state]) cell.className = STATES[state];
      const score = layer.scores[position];
      if (score !== null) {
        const level = high > low ? (Math.log(Math.max(score, 1e-6)) - low) / (high - low) : 1;
        cell.style.setProperty("--level", `${Math.round(100 * level)}%`);
      }
      cell.setAttribute("aria-hidden", state === "g");
    });
  });
}

// Scores span three orders of magnitude, so colours follow their logarithm.
function scoreRange(layers) {
  let low = Infinity, high = -Infinity;
  for (const layer of layers) {
    for (const score of layer.scores) {
      if (score === null) continue;
      const value = Math.log(Math.max(score, 1e-6));
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

// One tooltip for thousands of cells; it reads the newest content when it opens.
function addTooltip(host, scroller, nodes) {
  const tip = add(host, "div", "ltp-tip");
  tip.setAttribute("role", "tooltip");
  const lines = [add(tip, "b"), add(tip, "span"), add(tip, "span"), add(tip, "span")];
  scroller.onpointerover = (event) => {
    const cell = event.target.closest(".ltp-cell");
    tip.classList.toggle("ltp-open", Boolean(cell));
    if (!cell) return;
    const layer = nodes.content.layers[cell.dataset.layer];
    const position = Number(cell.dataset.position);
    const score = layer.scores[position];
    const words = { k: "kept", d: "dropped here", g: "gone before this layer" };
    setText(lines[0], `${nodes.content.tokens[position]} · layer ${Number(cell.dataset.layer) + 1}`);
    setText(lines[1], score === null ? "no score" : `score ${score.toPrecision(3)}`);
    setText(lines[2], `threshold ${layer.threshold.toPrecision(3)}`);
    const kept = position === 0 && layer.states[0] === "k" ? "kept always: the prediction reads it" : null;
    setText(lines[3], kept ?? words[layer.states[position]]);
    const box = host.getBoundingClientRect(), at = cell.getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(at.left - box.left, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${at.bottom - box.top + 6}px`;
  };
  scroller.onpointerleave = () => tip.classList.remove("ltp-open");
}

// --- charts: figures come from Python; only the theme's colours are added here ---

function buildCharts(host, content) {
  return content.figures.map((figure) => {
    const card = add(host, "figure", figure.wide ? "ltp-chart ltp-wide" : "ltp-chart");
    add(card, "figcaption", "", figure.title);
    const plot = add(card, "div", "ltp-plot");
    plot.setAttribute("role", "img");
    return plot;
  });
}

function updateCharts(plots, content) {
  const draw = () => content.figures.forEach((figure, i) => {
    plots[i].setAttribute("aria-label", figure.alt);
    const style = getComputedStyle(plots[i]);
    const { data, layout } = JSON.parse(figure.json);
    layout.font = { ...layout.font, color: style.color, family: style.fontFamily };
    for (const axis of ["xaxis", "yaxis"]) {
      layout[axis] = { ...layout[axis], gridcolor: "rgba(128,128,128,0.18)", zerolinecolor: "rgba(128,128,128,0.35)" };
    }
    window.Plotly.react(plots[i], data, layout, { displayModeBar: false, responsive: true });
  });
  if (window.Plotly) draw();
  else window.addEventListener("ltp-plotly-ready", draw, { once: true });
}
