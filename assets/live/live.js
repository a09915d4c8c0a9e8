// The live view: draws whichever sections its data holds and afterwards updates them in place.
// All text goes through textContent, so nothing a user types can become markup. tokens.js follows in the
// same module.

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
