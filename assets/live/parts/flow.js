// The flow: every token is a strand through the layers; at each layer the remaining strands move together,
// and a dropped one leaves them and ends in a ring. It is SVG up to 150 tokens and a canvas beyond that.

import { paintSheet } from "../dom/canvas.js";
import { add, setAttribute, setText } from "../dom/nodes.js";
import { addSvg, drawScene, watchedSize } from "../dom/svg.js";
import { neighbour } from "../model/tokens.js";
import { fateInShort, flowInWords } from "../model/wording.js";
import { flowPlaces, flowScene, nearestStrand } from "../scenes/flow.js";

const SVG_TOKENS = 150;

export function buildFlow(host, view) {
  const dense = view.stage.tokens.length > SVG_TOKENS;
  const plane = add(host, "div", "ltp-flow");
  plane.tabIndex = 0;
  plane.setAttribute("role", "application");
  plane.setAttribute("aria-roledescription", "flow of tokens");
  const sheet = dense ? add(plane, "canvas") : addSvg(plane, "svg");
  sheet.setAttribute("aria-hidden", "true"); // the plane's label describes it in words
  const anchor = add(plane, "i", "ltp-flow-anchor"); // anchor of the tooltip
  const spoken = add(host, "p", "ltp-unseen");
  spoken.setAttribute("aria-live", "polite");
  let places = null; // of the newest layout, for the pointer
  let pointed = null; // the token under the pointer, or the one selected by arrow keys
  const size = watchedSize(plane, draw);

  function draw() {
    if (!size().width) return; // another reading is visible
    places = flowPlaces(view, view.frame, { ...size(), room: panelHeight(host) / size().zoom });
    const scene = flowScene(view, view.frame, places, pointed);
    if (dense) paintSheet(sheet, scene, size().zoom);
    else drawScene(sheet, scene, size().zoom);
    setAttribute(plane, "aria-label", flowInWords(view));
  }

  function point(position, level = 0) {
    if (position === pointed) return;
    pointed = position;
    draw();
    if (position === null) return view.tip?.close();
    anchor.style.left = `${places.starts[level] * size().zoom}px`;
    anchor.style.top = `${places.heights[level][position] * size().zoom}px`;
    view.tip?.open(anchor, fateInShort(view, position));
  }

  plane.onpointermove = ({ clientX, clientY }) => {
    const { left, top } = sheet.getBoundingClientRect(),
      { zoom } = size();
    point(...nearestStrand(places, (clientX - left) / zoom, (clientY - top) / zoom));
  };
  plane.onpointerleave = plane.onblur = () => point(null);
  plane.onclick = () => pointed !== null && view.show({ token: pointed });
  plane.onkeydown = (event) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (by) {
      point(neighbour(view, pointed ?? view.look.token, by));
      setText(spoken, fateInShort(view, pointed).join(", "));
    } else if ([" ", "Enter"].includes(event.key) && pointed !== null) view.show({ token: pointed });
    else return;
    event.preventDefault();
  };
  return { frame: draw, look: draw, arrived: draw };
}

// Pixels of the panel, which the flow fills without scrolling.
function panelHeight(host) {
  return parseFloat(getComputedStyle(host).maxHeight) || 480;
}
