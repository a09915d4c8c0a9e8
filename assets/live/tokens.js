
// --- tokens: the text shaded by depth, and the grid of layers and tokens ---

function buildTokens(host, content) {
  const pair = content.segments.length > 1;
  add(host, "h3", "", `The ${pair ? "texts" : "text"}, shaded by how deep each word survives`);
  if (content.unknown.note) add(host, "p", "ltp-detail", content.unknown.note);
  const survivors = add(host, "p", "ltp-detail");
  const words = buildTexts(host, content.segments);

  add(host, "h3", "", "Layer by layer");
  buildLegend(host, content.unknown);
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
  const names = content.tokens.map(shortened);
  const unknown = new Set(content.unknown.positions);
  const longest = `${content.tokens.length} → ${content.tokens.length} tokens`;
  const rows = content.layers.map((layer, index) => {
    const row = add(grid, "div", "ltp-row");
    row.setAttribute("role", "row");
    const head = add(row, "div", "ltp-layer");
    head.setAttribute("role", "rowheader");
    add(head, "b", "", `Layer ${index + 1}`);
    const note = add(head, "span", "ltp-note");
    // The longest note there can be holds the column's width, whatever the scales.
    add(head, "span", "ltp-note ltp-widest", longest).setAttribute("aria-hidden", "true");
    const cells = content.tokens.map((token, position) => {
      if (pair && position === content.segments[0].length) addGap(row);
      const cell = add(row, "div", "ltp-cell");
      cell.setAttribute("role", "cell");
      add(cell, "span", "", token).setAttribute("aria-hidden", "true"); // its label says it, with its state
      cell.dir = "auto";
      cell.dataset.layer = index;
      cell.dataset.position = position;
      return cell;
    });
    return { note, cells };
  });
  grid.style.setProperty("--head", `${grid.querySelector(".ltp-layer").offsetWidth}px`);
  const nodes = { survivors, words, names, unknown, rows, content };
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
    return segment.words.map(([piece, depth, kind]) =>
      add(text, "span", depth === null ? `ltp-plain ltp-${kind}` : "", piece));
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

function buildLegend(host, unknown) {
  const legend = add(host, "p", "ltp-legend");
  const scale = add(legend, "span", "ltp-legend-item");
  add(scale, "span", "ltp-detail", "score, low");
  add(scale, "i", "ltp-gradient");
  add(scale, "span", "ltp-detail", "high");
  const states = [["kept", "kept"], ["dropped", "dropped here"], ["gone", "gone"]];
  if (unknown.note) states.push(["kept ltp-unknown", `read as ${unknown.token}`]);
  for (const [state, meaning] of states) {
    const item = add(legend, "span", "ltp-legend-item");
    add(item, "span", `ltp-cell ltp-${state}`, "word").style.setProperty("--level", "60%");
    add(item, "span", "ltp-detail", meaning);
  }
}

const STATES = { k: "kept", d: "dropped", g: "gone" };

function updateTokens(nodes, content) {
  nodes.content = content;
  setText(nodes.survivors, content.survivors);
  content.segments.flatMap((segment) => segment.words).forEach(([, depth, kind], i) => {
    if (depth === null) return;
    const survives = depth === content.layers.length;
    const name = `ltp-word ltp-${survives ? "survivor" : "lost"}${kind ? ` ltp-${kind}` : ""}`;
    if (nodes.words[i].className !== name) nodes.words[i].className = name;
    nodes.words[i].style.setProperty("--level", `${(100 * depth) / content.layers.length}%`);
    const fate = survives ? "survives all layers" : `dropped in layer ${depth + 1}`;
    nodes.words[i].title = kind === "unknown" ? `${fate}; ${unknownWords(content)}` : fate;
  });
  const [low, high] = scoreRange(content.layers);
  content.layers.forEach((layer, index) => {
    const row = nodes.rows[index];
    setText(row.note, layer.note);
    row.cells.forEach((cell, position) => {
      const state = layer.states[position];
      const name = `ltp-cell ltp-${STATES[state]}${nodes.unknown.has(position) ? " ltp-unknown" : ""}`;
      if (cell.className !== name) cell.className = name;
      const score = layer.scores[position];
      if (score !== null) {
        const level = high > low ? (Math.log(Math.max(score, 1e-6)) - low) / (high - low) : 1;
        cell.style.setProperty("--level", `${Math.round(100 * level)}%`);
      }
      cell.setAttribute("aria-hidden", state === "g");
      cell.setAttribute("aria-label", [nodes.names[position], ...described(nodes, index, position)].join(", "));
    });
  });
}

// What there is to say about a cell, for those who see it and for those who hear it.
function described(nodes, index, position) {
  const layer = nodes.content.layers[index];
  const score = layer.scores[position], state = STATES[layer.states[position]];
  return [
    position === 0 && state === "kept" ? "kept always: the prediction reads it" : state,
    score === null ? "no score" : `score ${score.toPrecision(3)}`,
    `threshold ${layer.threshold.toPrecision(3)}`,
    ...(nodes.unknown.has(position) ? [unknownWords(nodes.content)] : []),
  ];
}

function unknownWords(content) {
  return `read as ${content.unknown.token}: not in the model's vocabulary`;
}

function shortened(token) {
  const characters = [...token.slice(0, 100)];
  return characters.length > 40 ? `${characters.slice(0, 39).join("")}…` : token;
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
  const lines = ["b", "span", "span", "span", "span"].map((tag) => add(tip, tag));
  scroller.onpointerover = (event) => {
    const cell = event.target.closest(".ltp-cell");
    tip.classList.toggle("ltp-open", Boolean(cell));
    if (!cell) return;
    const layer = Number(cell.dataset.layer), position = Number(cell.dataset.position);
    const words = described(nodes, layer, position);
    if (words[0] === "gone") words[0] = "gone before this layer";
    [`${nodes.names[position]} · layer ${layer + 1}`, ...words].forEach((text, i) => setText(lines[i], text));
    lines[4].hidden = words.length < 4;
    const box = host.getBoundingClientRect(), at = cell.getBoundingClientRect();
    tip.style.left = `${Math.max(0, Math.min(at.left - box.left, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${at.bottom - box.top + 6}px`;
  };
  scroller.onpointerleave = (event) => {
    if (event.pointerType !== "touch") closeTooltips(); // a finger leaves as soon as it is lifted
  };
}

function closeTooltips() {
  document.querySelectorAll(".ltp-tip.ltp-open").forEach((tip) => tip.classList.remove("ltp-open"));
}

// For the whole page, once per module.
document.addEventListener("scroll", closeTooltips, { capture: true, passive: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeTooltips();
});
document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".ltp-scroller .ltp-cell")) closeTooltips();
});
