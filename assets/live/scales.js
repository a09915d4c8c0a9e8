// The head of the view: the pruning strength, a slider with marks where something changes; undo and redo,
// the link, presets, forced tokens, and one scale per layer.

const SNAP = 4; // pixels: a flip this close to the pointer attracts the thumb
const PRESETS = [["Off", 0], ["Half", 0.5], ["As trained", 1], ["Double", 2]];

function buildScales(host, view) {
  const head = add(host, "div", "ltp-scale-head");
  const parts = [buildReadout(head, view), buildTools(head, view), buildSlider(host, view)];
  const line = add(host, "div", "ltp-preset-line");
  parts.push(buildPresets(line, view), buildForced(line, view), buildEqualiser(host, view));
  const refresh = () => parts.forEach((part) => part.refresh());
  // Set instead of added, as the root outlives this part, which is rebuilt with every text.
  view.root.onkeydown = (event) => undoByKey(event, view);
  return {
    frame: refresh,
    look: () => parts.forEach((part) => part.look?.()),
    arrived: refresh,
  };
}

// A layer's scale, a factor.
function times(scale) {
  return `×${scale.toFixed(2)}`;
}

// The pruning strength, which scales all thresholds: 1.0, 0.95.
function strengthText(scale) {
  return scale.toFixed(Math.round(100 * scale) % 10 ? 2 : 1);
}

function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

// An inactive button stays in the tab order, so that it does not lose the focus.
function enable(button, on) {
  setAttribute(button, "aria-disabled", !on);
}

// --- the value, in figures and in words ---

function buildReadout(head, view) {
  const box = add(head, "div", "ltp-readout");
  add(box, "span", "ltp-detail", "Pruning strength");
  const value = add(box, "b", "ltp-scale-value");
  const word = add(box, "span", "ltp-scale-word");
  return {
    refresh: () => {
      setText(value, strengthText(view.settings.scale));
      setText(word, `· ${wordFor(view.settings.scale, view.stage)}`);
    },
  };
}

function wordFor(scale, stage) {
  if (!stage.thresholds_learned) return "no thresholds learned";
  if (scale === 0) return "every token kept";
  if (scale === 1) return "as trained";
  return scale < 1 ? "weaker than trained" : "stronger than trained";
}

// --- undo, redo, the link ---

function buildTools(head, view) {
  const box = add(head, "div", "ltp-tools");
  const undo = toolButton(box, "↶", "Undo", "Ctrl+Z", () => view.undo());
  const redo = toolButton(box, "↷", "Redo", "Ctrl+Shift+Z", () => view.redo());
  if (!view.offline) buildCopyLink(box, view);
  const note = add(head, "span", "ltp-detail ltp-link-note");
  return {
    refresh: () => {
      enable(undo, view.canUndo);
      enable(redo, view.canRedo);
      setText(note, view.offline ? "" : view.stage.link.note);
    },
  };
}

function toolButton(box, sign, name, keys, onclick) {
  const button = addButton(box, "ltp-button ltp-tool", "", onclick);
  button.title = `${name} (${keys})`;
  button.setAttribute("aria-label", name);
  add(button, "span", "", sign).setAttribute("aria-hidden", "true");
  add(button, "span", "ltp-tool-name", name);
  return button;
}

function undoByKey(event, view) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (event.target.matches("textarea, [contenteditable], input:not([type=range], [type=checkbox])")) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) view.redo();
  else view.undo();
}

function buildCopyLink(box, view) {
  const button = addButton(box, "ltp-button ltp-copy", "", async () => {
    const copied = await copyText(window.location.href, view.root);
    setText(words, copied ? "Copied" : "Not copied");
    setTimeout(() => setText(words, "Copy link"), 2000);
  });
  const words = add(button, "span", "", "Copy link");
  words.setAttribute("aria-live", "polite");
  button.title = "A link to this text, model, scales and view";
}

// Browsers give pages the clipboard over https and on localhost only; elsewhere the content of a selected
// field is copied.
async function copyText(text, host) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const before = document.activeElement;
    const field = add(host, "textarea", "ltp-unseen", text);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    before?.focus();
    return copied;
  }
}

// --- the slider ---

function buildSlider(host, view) {
  const { max_scale: max, step } = view.stage;
  const track = add(host, "div", "ltp-track");
  const range = add(track, "input", "ltp-range");
  Object.assign(range, { type: "range", min: 0, max, step });
  range.setAttribute("aria-label", "Pruning strength");
  const axis = add(track, "div", "ltp-axis");
  axis.setAttribute("aria-hidden", "true"); // the slider itself announces its value
  for (let mark = 0; mark <= max; mark += 1) {
    add(axis, "span", "", `${mark}`).style.left = `${(100 * mark) / max}%`;
  }
  const marks = buildMarks(track, add(host, "div", "ltp-caption-line"), view);

  let pointer = null; // its x while it drags the thumb
  range.onpointerdown = range.onpointermove = (event) => { pointer = event.buttons ? event.clientX : null; };
  range.onpointerup = range.onpointercancel = () => { pointer = null; };
  range.addEventListener("keydown", () => { pointer = null; }); // the pointer was released elsewhere
  range.oninput = () => {
    if (pointer !== null) snap(pointer);
    view.preview(Number(range.value));
    show(); // immediately, even without a sweep to draw a frame from
  };
  onSettled(range, () => view.commit({ scale: Number(range.value) }));

  function show() {
    const { scale } = view.settings;
    if (Number(range.value) !== scale) range.value = scale;
    range.style.setProperty("--at", scale / max);
    const { label } = view.frame.outcome;
    setAttribute(range, "aria-valuetext", `${strengthText(scale)}, ${wordFor(scale, view.stage)}: ${label}`);
  }

  // From the pointer, not the value: with scales a few pixels apart, the next one stays reachable.
  function snap(x) {
    const strip = axis.getBoundingClientRect(); // as wide as the path of the thumb's middle
    const near = marks.flipScales().find((scale) =>
      Math.abs(strip.left + (strip.width * scale) / max - x) <= SNAP);
    if (near !== undefined) range.value = near;
  }
  return {
    refresh: () => {
      show();
      marks.refresh();
    },
    look: marks.look,
  };
}

// A change is committed when the pointer or key is released: a held arrow key is one change, not thirty.
function onSettled(range, act) {
  let pressedKey = false, moved = false;
  const settle = () => {
    pressedKey = moved = false;
    act();
  };
  range.addEventListener("input", () => { moved = true; });
  range.onkeydown = () => { pressedKey = true; };
  range.onchange = () => { if (!pressedKey) settle(); };
  range.onkeyup = range.onblur = () => {
    if (moved) settle();
    pressedKey = false;
  };
}

// --- presets ---

function buildPresets(line, view) {
  const box = add(line, "div", "ltp-presets");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Presets");
  const isOne = (value) => value === 1;
  const learned = () => view.settings.layer_scales.every(isOne);
  const buttons = PRESETS.map(([name, scale]) => {
    const resets = scale === 1 && !view.offline; // an exported page has one sweep, so its layer scales are fixed
    const changes = resets ? { scale, layerScales: view.stage.learned.map(() => 1) } : { scale };
    const button = addButton(box, "ltp-button", name, () => view.commit(changes));
    button.title = resets ? "Strength 1.0, and every layer scale back to 1" : `Pruning strength ${strengthText(scale)}`;
    return { button, holds: () => view.settings.scale === scale && (!resets || learned()) };
  });

  const possible = !view.offline && view.stage.learned.some((threshold) => threshold > 0);
  const even = addButton(box, "ltp-button ltp-even", "Same share in every layer", () => {
    if (possible && !view.preset) view.commit({ preset: "equal budget" });
  });
  even.title = view.offline ? "Needs the running app" :
    "Sets layer scales so that every layer drops about the same share of its tokens, for the same compute";
  return {
    refresh: () => {
      const { budget, preset, settings } = view;
      for (const { button, holds } of buttons) setAttribute(button, "aria-pressed", holds());
      setAttribute(even, "aria-pressed", budget?.join() === settings.layer_scales.join());
      setAttribute(even, "aria-busy", preset !== null);
      enable(even, possible && !preset);
    },
  };
}

// --- forced tokens ---

function buildForced(line, view) {
  const box = add(line, "div", "ltp-forced");
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "Forced tokens");
  box.tabIndex = -1; // receives the focus of a button that disappears
  let shown = null;
  return {
    refresh: () => {
      const { keep, drop } = view.settings;
      const now = `${keep}|${drop}`;
      if (now === shown) return;
      shown = now;
      box.replaceChildren();
      if (!keep.length && !drop.length) {
        const hint = view.offline ? "" : "No token is forced. Select one to keep or drop it.";
        add(box, "span", "ltp-detail", hint);
        return;
      }
      add(box, "span", "ltp-detail ltp-forced-name", "Forced tokens:");
      if (!view.offline) addButton(box, "ltp-clear", "clear", () => change({ keep: [], drop: [] }));
      const chips = add(box, "span", "ltp-chips");
      if (view.offline) chips.tabIndex = 0; // without buttons the keyboard could not scroll it
      for (const position of keep) addChip(chips, position, "kept");
      for (const position of drop) addChip(chips, position, "dropped");
    },
  };

  function change(forced) {
    view.commit(forced);
    box.focus();
  }

  function addChip(chips, position, state) {
    const chip = add(chips, "span", `ltp-chip ltp-chip-${state}`);
    const name = shortened(view.stage.tokens[position]);
    chip.title = `Token ${position}, forced to be ${state}`;
    add(chip, "b", "", name).dir = "auto";
    add(chip, "span", "", ` (${state})`);
    if (view.offline) return;
    const without = (positions) => positions.filter((other) => other !== position);
    addButton(chip, "ltp-chip-remove", "×", () =>
      change({ keep: without(view.settings.keep), drop: without(view.settings.drop) }))
      .setAttribute("aria-label", `Stop forcing ${name} (${state})`);
  }
}
