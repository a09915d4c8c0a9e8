// A question mark that opens a short text with a link to the glossary.

import { add, addButton } from "./nodes.js";
import { placeBelow } from "./tip.js";

// A question mark that opens a short text with a link to the glossary. A popover closes by itself on Escape
// and on a press elsewhere.
export function addHelp(parent, { offline }) {
  const button = addButton(parent, "ltp-help", "?", null);
  const words = add(parent, "div", "ltp-help-words");
  words.popover = "auto";
  button.popoverTargetElement = words;
  words.ontoggle = ({ newState }) => {
    if (newState !== "open") return;
    placeBelow(words, button);
    const once = { once: true, capture: true, passive: true };
    document.addEventListener("scroll", () => words.hidePopover(), once);
  };
  return (text, label, term) => {
    words.replaceChildren(text);
    if (!offline) {
      // an exported page has no glossary
      const link = add(words, "a", "ltp-help-term", `In the glossary: ${term.replaceAll("-", " ")}`);
      link.href = `Glossary?term=${term}`;
      link.target = "_blank"; // the settings here are kept
    }
    button.setAttribute("aria-label", label);
  };
}
