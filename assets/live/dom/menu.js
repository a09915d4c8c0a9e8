// The menu of a figure: what it shows, a link to the glossary, exports and switches, behind one button.

import { add, addButton, setText } from "./nodes.js";
import { placeBelow } from "./tip.js";

const SIGN = "M3 8a1.4 1.4 0 1 0 0-.01zM8 8a1.4 1.4 0 1 0 0-.01zM13 8a1.4 1.4 0 1 0 0-.01z";

// items: [{ text, act, isOn }], `isOn` of switches only. Returns a function that sets what the menu says.
export function addMenu(host, { offline }, name, items) {
  const button = addIconButton(host, `${name}: help and pictures`, SIGN, null);
  button.classList.add("ltp-menu-button");
  const box = add(host, "div", "ltp-menu");
  box.popover = "auto"; // closes on Escape and on a press elsewhere
  button.popoverTargetElement = box;
  const words = add(box, "p", "ltp-menu-words");
  const link = offline ? null : add(words, "a", "ltp-menu-term");
  const help = document.createElement("span");
  words.prepend(help);
  for (const { text, act, isOn } of items) {
    const item = addButton(box, "ltp-button ltp-menu-item", text, () => {
      act();
      if (isOn) item.setAttribute("aria-pressed", isOn());
      else box.hidePopover();
    });
    if (isOn) item.setAttribute("aria-pressed", isOn());
  }
  box.ontoggle = ({ newState }) => {
    if (newState !== "open") return;
    placeBelow(box, button);
    const once = { once: true, capture: true, passive: true };
    document.addEventListener("scroll", () => box.hidePopover(), once);
  };
  return (text, term) => {
    setText(help, text);
    if (!link) return; // an exported page has no glossary
    setText(link, `In the glossary: ${term.replaceAll("-", " ")}`);
    link.href = `Glossary?term=${term}`;
    link.target = "_blank"; // the settings here are kept
  };
}

export function addIconButton(parent, label, path, onclick) {
  const button = addButton(parent, "ltp-button ltp-icon", null, onclick);
  button.setAttribute("aria-label", label);
  button.title = label;
  const svg = button.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", path);
  return button;
}
