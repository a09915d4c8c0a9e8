// One tooltip for all cells and words.

import { add, setText } from "./nodes.js";

let openTip = null; // of the whole page

export function buildTip(host) {
  const node = add(host, "div", "ltp-tip");
  node.popover = "manual"; // above everything, and never clipped
  node.setAttribute("role", "tooltip");
  const lines = ["b", "span", "span", "span", "span", "span"].map((tag) => add(node, tag));
  const tip = {
    target: null,
    byKeyboard: false,
    open(target, texts, byKeyboard = false) {
      if (openTip && openTip !== tip) openTip.close();
      Object.assign(tip, { target, byKeyboard });
      openTip = tip;
      lines.forEach((line, i) => {
        setText(line, texts[i] ?? "");
        line.hidden = i >= texts.length;
      });
      if (!node.matches(":popover-open")) node.showPopover();
      placeBelow(node, target);
    },
    place: () => placeBelow(node, tip.target),
    close() {
      if (openTip === tip) openTip = null;
      if (node.matches(":popover-open")) node.hidePopover();
    },
    // Opens for elements that match `selector` under the pointer within `area`; `texts` returns the content.
    follow(area, selector, texts) {
      const point = ({ target }) => {
        const found = target.closest(selector);
        if (!found) tip.close();
        else if (found !== tip.target || openTip !== tip) tip.open(found, texts(found));
      };
      area.addEventListener("pointerover", point);
      area.addEventListener("pointermove", point); // scrolling may have closed it under a resting pointer
      area.addEventListener("pointerleave", ({ pointerType }) => {
        if (pointerType !== "touch") tip.close(); // a finger leaves as soon as it is lifted
      });
    },
  };
  return tip;
}

export function placeBelow(node, target) {
  const at = target.getBoundingClientRect(),
    space = 6;
  const below = at.bottom + space + node.offsetHeight <= window.innerHeight;
  const rightmost = window.innerWidth - node.offsetWidth - space;
  node.style.left = `${Math.max(space, Math.min(at.left, rightmost))}px`;
  node.style.top = `${below ? at.bottom + space : Math.max(space, at.top - space - node.offsetHeight)}px`;
}

// For the whole page, once per module. A tooltip opened by keyboard moves with its cell.
document.addEventListener("scroll", () => (openTip?.byKeyboard ? openTip.place() : openTip?.close()), {
  capture: true,
  passive: true,
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") openTip?.close();
});
document.addEventListener("pointerdown", ({ target }) => {
  if (openTip && !openTip.target.contains(target)) openTip.close();
});
