// The live view: one view per name on the page, which several mounts supply with data.
//
// The mount with a `stage` draws the view; the others only deliver data that takes longer (sweep, timing,
// attention). The browser holds settings and look; the server answers a message with exact numbers.

import { View } from "./view.js";

const views = new Map(); // name -> View
const pending = new Map(); // name -> data for a stage that is not on the page yet
let pressed = false; // a pointer is down: the user clicks or drags
let postponed = null; // a new stage that arrived meanwhile

// mount: { data, parentElement, setStateValue(name, value) }
export function mountView(mount) {
  const { data } = mount,
    view = views.get(data.view),
    isHere = view?.root.isConnected;
  if (!data.stage) {
    pending.set(data.view, { ...pending.get(data.view), ...data });
    if (isHere) deliverPending(view, data.view);
    return;
  }
  // A new stage rebuilds the view, but not while a pointer is down: the element under it must stay.
  postponed = pressed && isHere && view.stage.signature !== data.stage.signature ? mount : null;
  if (!postponed) adopt(mount);
}

function adopt({ data, parentElement, setStateValue }) {
  const name = data.view,
    root = parentElement.querySelector(".ltp-mount, .ltp-root");
  if (!root?.isConnected) return;
  root.className = "ltp-root"; // the other mounts keep their unstyled root
  let view = views.get(name);
  if (!view || view.root !== root) {
    // A view that was removed (no text, another page) is restored in a new element with its state.
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

// Every pointer event shows whether a button is down, even if its release happened outside the page.
for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) {
  document.addEventListener(
    type,
    (/** @type {PointerEvent} */ { buttons }) => {
      pressed = buttons !== 0;
      if (!pressed && postponed) setTimeout(release); // after the click that follows this release
    },
    { capture: true, passive: true },
  );
}

function release() {
  if (pressed || !postponed) return;
  const mount = postponed;
  postponed = null;
  adopt(mount);
}
