// The inspector’s list of tokens that attend to a token.

import { add, setAttribute, setText } from "../dom/nodes.js";
import { decodedReaders, readersOf } from "../model/readers.js";
import { shortened } from "../model/tokens.js";

export function buildReaders(host, view) {
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
  let shown = "",
    decoded = null;
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
    const layer = layerOf(position),
      { attention } = view;
    if (attention && decoded?.from !== attention) {
      decoded = { from: attention, ...decodedReaders(attention, view.stage.num_layers) };
    }
    const isCurrent = attention?.number === view.number && view.frame.exact;
    host.classList.toggle("ltp-stale", Boolean(attention) && !isCurrent);
    const key = `${position} ${layer} ${attention?.number} ${attention?.stage} ${view.offline}`;
    if (key === shown) return;
    shown = key;
    select.value = layer;
    const readers = attention ? readersOf(decoded, view.stage, layer, position) : [];
    drawReaders(readers);
    setText(note, readers.length ? "" : noReadersText(view, layer));
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

function noReadersText({ attention, offline }, layer) {
  if (attention) return `Dropped before layer ${layer + 1}: no token attends to it there.`;
  return offline ? "This exported page does not include attention." : "Loading attention …";
}

function addReader(list, view) {
  const name = document.createElement("button");
  Object.assign(name, {
    type: "button",
    className: "ltp-reader-name",
    dir: "auto",
    onclick: () => view.show({ token: Number(name.dataset.position) }),
  });
  const line = addShare(list, name);
  return {
    line,
    fill: ({ position, weight }) => {
      name.dataset.position = position;
      setText(name, shortened(view.stage.tokens[position]));
      name.title = `Token ${position + 1}: inspect it`;
      fillShare(line, weight);
    },
  };
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
