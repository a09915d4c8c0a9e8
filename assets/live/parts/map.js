// A map of a long text: every token is a bar that extends down to the layer that drops it, and a frame marks
// the visible part. It acts as a scroll bar of the grid below, by pointer and by keyboard.

import { add } from "../dom/nodes.js";

const MAP_HEIGHT = 40;

export function buildMap(host, view, columns) {
  const map = add(host, "div", "ltp-map");
  const canvas = add(map, "canvas");
  const thumb = add(map, "div", "ltp-map-frame");
  const pen = canvas.getContext("2d");
  for (const [name, value] of [["role", "scrollbar"], ["aria-label", "Map of all tokens"],
    ["aria-orientation", "horizontal"], ["aria-controls", "ltp-grid"], ["aria-valuemin", 0]]) {
    map.setAttribute(name, value);
  }
  let colours = null; // of the bars and of the mark; cached, as reading styles in every frame of a drag is slow
  map.tabIndex = 0;
  map.hidden = true;

  const span = () => columns.window.to - columns.window.from;
  const centre = (index) => columns.scrollTo(index - span() / 2);
  const atPointer = ({ clientX }) => {
    const box = map.getBoundingClientRect();
    centre(((clientX - box.left) / box.width) * columns.list.length);
  };
  map.onpointerdown = (event) => {
    map.setPointerCapture(event.pointerId);
    atPointer(event);
  };
  map.onpointermove = (event) => {
    if (map.hasPointerCapture(event.pointerId)) atPointer(event);
  };
  map.onkeydown = (event) => {
    const { from } = columns.window, page = span();
    const to = { ArrowLeft: from - page / 4, ArrowRight: from + page / 4, PageUp: from - page,
      PageDown: from + page, Home: 0, End: columns.list.length }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    columns.scrollTo(to);
  };

  // Bars in two shades: tokens that are kept in every layer, and others.
  function draw(frame) {
    if (map.hidden) return;
    const { list } = columns, layers = view.stage.num_layers;
    const { width, height } = canvas, wide = width / list.length;
    pen.clearRect(0, 0, width, height);
    if (frame.exact || !colours) colours = [canvas, thumb].map((node) => getComputedStyle(node).color);
    pen.fillStyle = colours[0];
    const bar = (index) => pen.rect(index * wide, 0, Math.max(wide * 0.85, 0.6),
      Math.max((frame.depths[list[index].position] / layers) * height, 2));
    for (const [opacity, wanted] of [[0.5, false], [1, true]]) {
      pen.globalAlpha = opacity;
      pen.beginPath();
      for (let i = 0; i < list.length; i += 1) {
        if ((frame.depths[list[i].position] === layers) === wanted) bar(i);
      }
      pen.fill();
    }
    const chosen = columns.indexes.get(view.look.token);
    if (chosen === undefined) return;
    pen.globalAlpha = 1;
    pen.fillStyle = colours[1];
    pen.fillRect((chosen + 0.42) * wide - devicePixelRatio, 0, 2 * devicePixelRatio, height);
  }

  function follow() {
    const { from, to } = columns.window, { length } = columns.list;
    thumb.style.left = `${(100 * from) / length}%`;
    thumb.style.width = `${(100 * (to - from)) / length}%`;
    map.setAttribute("aria-valuemax", Math.ceil(length - (to - from)));
    map.setAttribute("aria-valuenow", Math.round(from));
    map.setAttribute("aria-valuetext", `tokens ${Math.floor(from) + 1} to ${Math.ceil(to)} of ${length}`);
  }

  // Shown only if the text is longer than the visible part.
  function resize(frame) {
    map.hidden = span() >= columns.list.length - 0.01;
    canvas.width = Math.round(map.clientWidth * devicePixelRatio);
    canvas.height = Math.round(MAP_HEIGHT * devicePixelRatio);
    follow();
    draw(frame);
  }

  return { draw, follow, resize };
}
