// The live view: one view per name on the page, fed by several mounts of this component.
//
// The mount that holds a `stage` draws the view; the others only deliver what takes longer (sweep, timing,
// attention). The browser owns settings and look; the server answers a message with exact numbers.
// All text goes through textContent, so nothing that a user types can become markup.

const views = new Map(); // name -> View
const pending = new Map(); // name -> data of a stage that is not on the page yet
let pressed = false; // a pointer is down: the user is about to click, or drags
let postponed = null; // a new stage that came meanwhile

export default function (mount) {
  const { data } = mount, view = views.get(data.view), isHere = view?.root.isConnected;
  if (!data.stage) {
    pending.set(data.view, { ...pending.get(data.view), ...data });
    if (isHere) deliverPending(view, data.view);
    return;
  }
  // A new stage rebuilds the view; while a pointer is down, what is under it stays until the press is done.
  postponed = pressed && isHere && view.stage.signature !== data.stage.signature ? mount : null;
  if (!postponed) adopt(mount);
}

function adopt({ data, parentElement, setStateValue }) {
  const name = data.view, root = parentElement.querySelector(".ltp-mount, .ltp-root");
  if (!root?.isConnected) return;
  root.className = "ltp-root"; // the other mounts keep theirs, which has no look
  let view = views.get(name);
  if (!view || view.root !== root) {
    // A view that was away (no text, another page) comes back in a new element, with what it knew.
    view = new View(root, view);
    views.set(name, view);
  }
  view.sendState = (message) => setStateValue("settings", message);
  view.answer(data);
  deliverPending(view, name);
}

function deliverPending(view, name) {
  pending.set(name, view.receive(pending.get(name) ?? {}));
}

// Any event of a pointer says whether a button is down, even where its release was seen by no page.
for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
  document.addEventListener(type, ({ buttons }) => {
    pressed = buttons !== 0;
    if (!pressed && postponed) setTimeout(release); // after the click that this release makes
  }, { capture: true, passive: true });
}

function release() {
  if (pressed || !postponed) return;
  const mount = postponed;
  postponed = null;
  adopt(mount);
}

// --- what every part uses ---

function add(parent, tag, className = "", text = null) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== null) node.textContent = text;
  parent.append(node);
  return node;
}

function addButton(parent, className, text, onclick) {
  const button = add(parent, "button", className, text);
  button.type = "button";
  button.onclick = onclick;
  return button;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function shortened(token) {
  const characters = [...token.slice(0, 100)];
  return characters.length > 40 ? `${characters.slice(0, 39).join("")}…` : token;
}
