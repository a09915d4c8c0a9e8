// Elements. All text goes through textContent, so nothing that a user types can become markup.

export function add(parent, tag, className = "", text = null) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  parent.append(node);
  return node;
}

export function addButton(parent, className, text, onclick) {
  const button = add(parent, "button", className, text);
  button.type = "button";
  button.onclick = onclick;
  return button;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// An inactive button stays in the tab order, so that it does not lose the focus.
export function enable(button, on) {
  setAttribute(button, "aria-disabled", !on);
}

// Shows a node by scrolling its box only: the page stays where it is.
export function scrollWithin(box, node) {
  const room = box.getBoundingClientRect(),
    at = node.getBoundingClientRect();
  if (at.top < room.top) box.scrollTop -= room.top - at.top;
  else if (at.bottom > room.bottom) box.scrollTop += at.bottom - room.bottom;
}
