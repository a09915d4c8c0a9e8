// Arrow keys, and the page keys of a presenter, move from step to step, unless another element uses them.

const BUSY =
  "input, textarea, select, summary, [contenteditable], [role=slider], [role=radio], [role=radiogroup], " +
  "[role=listbox], [role=combobox], [role=menu], [role=tab], [role=dialog], [role=region], [data-baseweb=popover]";
const BUTTONS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back" };

export default function ({ parentElement }) {
  parentElement.querySelector("span")?.classList.add("tour-keys"); // marks that keys are active
  const ended = new AbortController();
  document.addEventListener("keydown", turn, { signal: ended.signal });
  return () => ended.abort();
}

function turn(event) {
  const { target, key, defaultPrevented } = event;
  if (defaultPrevented || hasModifier(event)) return;
  if (key === "Escape" && target.matches?.("input[type=range], [role=radio]")) target.blur(); // arrow keys change the step again
  if (!(key in BUTTONS) || target.closest?.(BUSY)) return;
  const page = document.querySelector("[data-testid=stMain]");
  if (page && scrollsFirst(page, key)) return;
  /** @type {HTMLButtonElement | null} */
  const button = document.querySelector(`.st-key-learn_${BUTTONS[key]} button:not(:disabled)`);
  if (!button) return;
  event.preventDefault();
  button.click();
  page?.scrollTo(0, 0);
}

function hasModifier({ altKey, ctrlKey, metaKey, shiftKey }) {
  return altKey || ctrlKey || metaKey || shiftKey;
}

// A page that is higher than the screen is scrolled to its end first.
function scrollsFirst({ scrollHeight, clientHeight, scrollTop }, key) {
  return key === "PageDown" ? scrollHeight - clientHeight - scrollTop > 4 : key === "PageUp" && scrollTop > 4;
}
