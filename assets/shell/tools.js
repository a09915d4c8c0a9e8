// The top bar's theme switch and share panel. Both work in the browser alone: the theme is Streamlit's own, and
// the link is the address.

const THEME = "ltp_theme", SIZE = "ltp_size";
const PRESSED = "Copied."; // what the status says after copying

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".shell-tools");
  markNavigation(data.page);
  if (root.dataset.ready) return;
  root.dataset.ready = "yes";
  document.documentElement.setAttribute("translate", "no"); // Streamlit updates text nodes that translators replace
  setUpTheme(root.querySelector("#shell-theme"));
  setUpShare(root.querySelector("#shell-share"));
}

// Streamlit's containers have no roles, and its links do not say which page is shown.
function markNavigation(page) {
  const pages = document.querySelector(".st-key-top_pages");
  pages?.setAttribute("role", "navigation");
  pages?.setAttribute("aria-label", "Pages");
  for (const link of document.querySelectorAll(".st-key-top_bar a")) {
    if (link.textContent.trim() === page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function setUpTheme(panel) {
  const large = panel.querySelector("[name=shell-projector]");
  panel.addEventListener("beforetoggle", () => {
    const now = localStorage.getItem(THEME) ?? "System";
    for (const radio of panel.querySelectorAll("[type=radio]")) radio.checked = radio.value === now;
    large.checked = document.documentElement.dataset.size === "projector";
  });
  panel.addEventListener("change", ({ target }) => {
    if (target === large) setSize(large.checked);
    else setTheme(target.value);
  });
  const linked = new URLSearchParams(location.search).get("projector") === "true";
  setSize(linked || localStorage.getItem(SIZE) === "projector");
}

function setSize(isLarge) {
  if (isLarge) {
    localStorage.setItem(SIZE, "projector");
    document.documentElement.dataset.size = "projector";
  } else {
    localStorage.removeItem(SIZE);
    delete document.documentElement.dataset.size;
  }
}

// Streamlit has no call for its theme, but a menu, which the style sheet hides. Without it, the saved choice
// takes effect when the page is loaded again.
function setTheme(name) {
  localStorage.setItem(THEME, name);
  localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify(name));
  const button = document.querySelector("[data-testid=stMainMenuButton]");
  button?.click();
  const started = performance.now();
  const choose = () => {
    const items = [...document.querySelectorAll("[data-testid=stThemeSwitcher] [role=menuitemradio]")];
    const item = items.find((each) => each.textContent.trim().startsWith(name));
    if (item) {
      item.click();
      if (button.getAttribute("aria-expanded") === "true") button.click();
    } else if (button && performance.now() - started < 500) requestAnimationFrame(choose);
    else location.reload();
  };
  choose();
}

function setUpShare(panel) {
  const link = panel.querySelector("input");
  const status = panel.querySelector("[role=status]");
  panel.addEventListener("beforetoggle", ({ newState }) => {
    if (newState !== "open") return;
    status.textContent = "";
    link.value = location.href;
  });
  panel.addEventListener("click", async ({ target }) => {
    if (!target.dataset.copy) return;
    const field = panel.querySelector(target.dataset.copy);
    field.select();
    const copied = await copy(field.value);
    status.textContent = copied ? PRESSED : "Press Ctrl+C to copy the marked text.";
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text); // only on https and localhost
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
