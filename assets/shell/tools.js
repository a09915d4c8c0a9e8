// The top bar's theme switch and share panel. Both work in the browser alone: the theme is Streamlit's own,
// the link is the address, and pictures and pages come from the server that serves the app.

const THEME = "ltp_theme",
  SIZE = "ltp_size"; // also read by the script of `first_html.py`
const PRESSED = "Copied.";

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".shell-tools");
  markNavigation(data.page);
  Object.assign(root.dataset, { page: data.page, served: data.served ? "yes" : "" });
  if (root.dataset.ready) return;
  root.dataset.ready = "yes";
  document.documentElement.setAttribute("translate", "no"); // Streamlit updates text nodes that translators replace
  setUpTheme(root.querySelector("#shell-theme"));
  setUpShare(root.querySelector("#shell-share"), root);
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
    if (target === large) chooseSize(large.checked);
    else setTheme(target);
  });
  const isLinked = new URLSearchParams(location.search).get("projector") === "true"; // for this visit only
  if (isLinked || localStorage.getItem(SIZE)) document.documentElement.dataset.size = "projector";
}

function chooseSize(isLarge) {
  if (isLarge) {
    localStorage.setItem(SIZE, "projector");
    document.documentElement.dataset.size = "projector";
    return;
  }
  localStorage.removeItem(SIZE);
  delete document.documentElement.dataset.size;
  const address = new URL(location.href);
  address.searchParams.delete("projector");
  history.replaceState(history.state, "", address);
}

// Streamlit has no call for its theme, but a menu, which the style sheet hides. Without it, the saved choice
// takes effect when the page is loaded again.
function setTheme(chosen) {
  const name = chosen.value;
  localStorage.setItem(THEME, name);
  localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify(name));
  /** @type {HTMLElement | null} */
  const button = document.querySelector("[data-testid=stMainMenuButton]");
  button?.click();
  const started = performance.now();
  const choose = () => {
    /** @type {HTMLElement | null} */
    const item = document.querySelector(`[data-testid="stMainMenuItem-theme-${name}"]`);
    if (item) {
      item.click();
      if (button.getAttribute("aria-expanded") === "true") button.click();
      chosen.focus(); // the menu has taken the focus
    } else if (button && performance.now() - started < 500) requestAnimationFrame(choose);
    else location.reload();
  };
  choose();
}

function setUpShare(panel, root) {
  const link = panel.querySelector("input"),
    html = panel.querySelector(".shell-embed");
  const figure = panel.querySelector("figure"),
    image = figure.querySelector("img");
  const embed = panel.querySelector("section"),
    status = panel.querySelector("[role=status]");
  panel.addEventListener("beforetoggle", ({ newState }) => {
    if (newState !== "open") return;
    status.textContent = "";
    link.value = location.href;
    const { page, served } = root.dataset,
      query = new URLSearchParams(location.search);
    if (page !== "Explore") query.set("page", page);
    const address = (name) => new URL(`_ltp/${name}?${query}`, appAddress()).href;
    embed.hidden = !served || page !== "Explore";
    html.value =
      `<iframe src="${address("embed.html").replaceAll("&", "&amp;")}" width="100%" height="760" ` +
      `style="border:0" title="LTP-Viz" loading="lazy"></iframe>`;
    panel.querySelector(".shell-page").href = address("embed.html");
    figure.hidden = !served;
    if (!served) return;
    figure.querySelector("a").href = image.src = address("card.png");
    describe(image, address("card.txt"));
  });
  panel.addEventListener("click", async ({ target }) => {
    if (!target.dataset.copy) return;
    const field = panel.querySelector(target.dataset.copy);
    field.select();
    const copied = await copy(field.value);
    status.textContent = copied ? PRESSED : "Press Ctrl+C to copy the marked text.";
  });
}

// The picture in words, as the server drew it.
async function describe(image, address) {
  image.alt = "Preview of this link";
  const answer = await fetch(address).catch(() => null);
  if (answer?.ok) image.alt = await answer.text();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text); // only on https and localhost
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

function appAddress() {
  return /** @type {any} */ (window).__streamlit?.BACKEND_BASE_URL ?? new URL(".", location.href);
}
