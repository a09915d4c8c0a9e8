// Pictures of the tour: builds the tree from Python's data and switches frames without the server.
// All text goes through textContent, so nothing that a user types can become markup.

const pictures = new WeakMap(); // element -> Picture
const SVG = new Set(["svg", "path"]);

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".tour-mount");
  if (!root) return;
  let picture = pictures.get(root);
  if (picture?.signature !== data.signature) {
    picture = new Picture(root, data);
    pictures.set(root, picture);
  }
  picture.tell = (at) => setStateValue("at", at);
}

class Picture {
  constructor(root, data) {
    this.root = root;
    this.signature = data.signature;
    this.frames = data.frames;
    this.named = new Map();
    this.places = []; // buttons of the frames
    this.tell = null; // reports the frame to the server
    this.changed = new Map(); // element -> values set by the previous frame
    root.replaceChildren();
    if (data.control === "slider" && this.frames.length > 1) this.addSlider(data); // above, where it stays visible
    if (this.frames.length) this.now = add(root, "p", "tour-now"); // in print, instead of the control
    root.append(this.build(data.tree));
    if (this.frames.length) {
      this.label = data.label;
      this.go(data.at);
    }
  }

  build({ t, x, c, n, s, a = {}, k = [], go }) {
    const element = SVG.has(t)
      ? document.createElementNS("http://www.w3.org/2000/svg", t)
      : document.createElement(t);
    if (c) element.setAttribute("class", c);
    if (s) element.style.cssText = s;
    for (const [name, value] of Object.entries(a)) element.setAttribute(name, value);
    if (x) element.textContent = x;
    if (n) this.named.set(n, element);
    element.append(...k.map((child) => this.build(child)));
    if (go !== undefined) this.lead(element, go, t === "button");
    if (a["data-say"]) this.explain(element, a["data-say"]);
    if (a["data-print"]) element.addEventListener("click", () => window.print());
    return element;
  }

  // Touching the element, pointing at it or reaching it by keyboard selects a frame.
  lead(element, at, isButton) {
    const go = () => this.go(at, true);
    element.addEventListener("click", go);
    element.addEventListener(
      "pointerenter",
      (event) => event.pointerType === "mouse" && !isChip(element) && go(),
    );
    if (!isButton) return;
    this.places[at] = element;
    element.setAttribute("role", "radio");
    element.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const next = Math.min(this.frames.length - 1, Math.max(0, at + step));
      this.go(next, true);
      this.places[next].focus();
    });
  }

  explain(element, words) {
    const say = () => {
      this.named.get("said").textContent = words;
    };
    for (const type of ["pointerenter", "focus", "click"]) element.addEventListener(type, say);
  }

  addSlider({ label, stops }) {
    const box = add(this.root, "div", "tour-control");
    add(box, "span", "tour-name", label);
    this.output = add(box, "output"); // outside the label, which would otherwise label the output
    this.slider = add(box, "input");
    this.slider.setAttribute("aria-label", label);
    Object.assign(this.slider, { type: "range", min: 0, max: this.frames.length - 1, step: 1 });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value), true));
    if (!stops.length) return;
    const buttons = add(box, "div", "tour-stops");
    for (const [name, at] of stops) {
      const button = add(buttons, "button", "tour-stop", name);
      button.type = "button";
      button.addEventListener("click", () => this.go(at, true));
    }
  }

  go(at, isAsked = false) {
    if (at === this.at) return;
    const frame = this.frames[at];
    this.at = at;
    this.change(frame);
    this.places.forEach((place, index) => {
      place.setAttribute("aria-checked", String(index === at));
      place.tabIndex = index === at ? 0 : -1;
    });
    if (this.slider) {
      this.slider.value = at;
      this.slider.setAttribute("aria-valuetext", frame.v);
      this.output.textContent = frame.v;
    }
    this.now.textContent = `${this.label}: ${frame.v}`;
    if (!isAsked) return;
    clearTimeout(this.waiting); // the link is updated after a pause
    this.waiting = setTimeout(() => this.root.isConnected && this.tell?.(at), 350);
  }

  // Sets what differs in this frame and resets the marks of the previous one.
  change(frame) {
    for (const undo of this.changed.values()) undo();
    this.changed.clear();
    for (const [name, text] of Object.entries(frame.x ?? {})) this.named.get(name).textContent = text;
    for (const [name, style] of Object.entries(frame.s ?? {})) {
      for (const [property, value] of Object.entries(style))
        this.named.get(name).style.setProperty(property, value);
    }
    for (const [name, values] of Object.entries(frame.a ?? {})) {
      for (const [key, value] of Object.entries(values)) this.named.get(name).setAttribute(key, value);
    }
    for (const [mark, names] of Object.entries(frame.m ?? {})) {
      const elements = names.map((name) => this.named.get(name));
      for (const element of elements) element.classList.add(mark);
      this.changed.set(mark, () => elements.forEach((element) => element.classList.remove(mark)));
    }
  }
}

function isChip(element) {
  return element.classList.contains("tour-chip");
}

function add(parent, tag, className = "", text = null) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== null) element.textContent = text;
  parent.append(element);
  return element;
}
