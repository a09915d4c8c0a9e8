// Draws scenes as SVG, into the same nodes in every frame.

export const SVG_NAMES = "http://www.w3.org/2000/svg";

export function addSvg(parent, tag, attributes = {}) {
  const node = document.createElementNS(SVG_NAMES, tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  parent.append(node);
  return node;
}

// Redraws into the same nodes and sets only attributes that changed.
export function drawScene(svg, scene, zoom) {
  svg.parts ??= { paths: addSvg(svg, "g"), texts: addSvg(svg, "g"), paths_nodes: [], texts_nodes: [] };
  const size = `${scene.width} ${scene.height} ${zoom}`;
  if (svg.parts.size !== size) {
    svg.parts.size = size;
    svg.setAttribute("width", scene.width * zoom);
    svg.setAttribute("height", scene.height * zoom);
    svg.setAttribute("viewBox", `0 0 ${scene.width} ${scene.height}`);
  }
  syncMarks(svg.parts.paths, svg.parts.paths_nodes, "path", scene.paths);
  syncMarks(svg.parts.texts, svg.parts.texts_nodes, "text", scene.texts);
}

// The width and font of a node, read again only after its width has changed: reading costs a layout, for
// which a frame of a drag has no time. A hidden node has no width. If the page's text is larger than 16
// pixels, as on a 4K projector, the whole scene grows with it: `width` is in units of the scene.
export function watchedSize(node, redraw) {
  let size = null;
  new ResizeObserver(() => {
    if (size?.pixels === node.clientWidth) return;
    size = null;
    redraw();
  }).observe(node);
  const measure = () => {
    const zoom = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
    const pixels = node.clientWidth;
    return { pixels, zoom, width: pixels / zoom, family: getComputedStyle(node).fontFamily };
  };
  return () => (size ??= measure());
}

const NO_MARK = { display: "none" };

export function syncMarks(group, nodes, tag, marks) {
  while (nodes.length < marks.length) nodes.push({ node: addSvg(group, tag), mark: {} });
  nodes.forEach((entry, i) => {
    const mark = marks[i] ?? NO_MARK,
      { node, mark: before } = entry;
    if (mark === before) return;
    for (const key in mark) {
      if (mark[key] === before[key]) continue;
      if (key === "text") node.textContent = mark.text;
      else node.setAttribute(key, mark[key]);
    }
    for (const key in before) if (!(key in mark) && key !== "text") node.removeAttribute(key);
    // A hidden node keeps its old text, so the stored mark must keep it too.
    entry.mark = "text" in mark || !("text" in before) ? mark : { ...mark, text: before.text };
  });
}
