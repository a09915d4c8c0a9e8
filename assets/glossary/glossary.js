// The glossary's search box, and scrolling to the term of a link. Streamlit draws the terms late and may
// redraw them, so their elements stay unchanged: one style sheet hides and marks terms by the classes that
// Streamlit derives from keys. Without a search, only the first terms are shown until the reader asks for all.

const SETTLE_MS = 2500; // equations arrive late and push terms down; the term is kept in view for this time
const WAIT_MS = 15000;

let live = null; // state of the mount on the page

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".glossary-search");
  if (live?.root !== root) {
    live?.leave();
    live = mount(root);
  }
  live.take(data);
  return () => {
    if (live?.root === root && !root.isConnected) live.leave();
  };
}

function mount(root) {
  const box = root.querySelector("input"),
    status = root.querySelector("[role=status]");
  const fold = root.querySelector("button");
  const sheet = root.appendChild(document.createElement("style"));
  let terms = [],
    first = new Set(),
    showsAll = false,
    marked = null,
    asked = null,
    stop = () => {};

  function draw() {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    const isFolded = !words.length && !showsAll;
    const found = terms.filter(({ slug, text }) =>
      isFolded ? first.has(slug) : words.every((word) => text.includes(word)),
    );
    const shown = new Set(found.map(({ slug }) => slug)),
      groups = new Set(found.map(({ group }) => group));
    const hidden = terms.filter(({ slug }) => !shown.has(slug)).map(({ slug }) => `term-${slug}`);
    for (const group of new Set(terms.map(({ group }) => group))) {
      if (!groups.has(group)) hidden.push(`group-${group}`);
    }
    const rules = hidden.map((key) => `.st-key-${key}, [data-testid=stLayoutWrapper]:has(> .st-key-${key})`);
    const accent = getComputedStyle(root).getPropertyValue("--st-primary-color"); // available only in the mount
    const hiding = rules.length ? `${rules.join(",\n")} { display: none !important; }\n` : "";
    sheet.textContent =
      (isFolded ? `@media screen { ${hiding} }\n` : hiding) + // paper has all terms
      (marked
        ? `.st-key-term-${marked} { border-color: ${accent}; box-shadow: 0 0 0 2px ${accent};
        background: color-mix(in srgb, ${accent} 9%, transparent); }`
        : "");
    const count = `${found.length} ${found.length === 1 ? "term" : "terms"}`;
    status.textContent = found.length < terms.length ? `${count} of ${terms.length}` : count;
    fold.hidden = words.length > 0;
    fold.textContent = showsAll ? `Only the first ${first.size}` : `Show all ${terms.length}`;
    fold.setAttribute("aria-expanded", showsAll);
  }

  function go(slug) {
    if (!terms.some((term) => term.slug === slug)) {
      marked = null;
      draw();
      status.textContent = `There is no term “${slug.slice(0, 60)}”.`;
      return;
    }
    box.value = "";
    showsAll ||= !first.has(slug);
    marked = slug;
    draw();
    stop();
    stop = keepInView(slug);
  }

  // The fragment is the latest request: links within the page change it and leave the parameter.
  function follow() {
    const fragment = decoded(location.hash.slice(1));
    if (fragment.startsWith("group-")) {
      // the browser scrolls there by itself
      showsAll = true;
      draw();
      return;
    }
    if (fragment || asked) go(fragment || asked);
  }

  box.oninput = () => {
    stop();
    marked = null;
    draw();
  };
  fold.onclick = () => {
    showsAll = !showsAll;
    draw();
  };
  window.addEventListener("hashchange", follow);

  return {
    root,
    take(data) {
      const isFirst = !terms.length,
        isOther = data.term !== asked;
      terms = data.terms.map(([slug, group, text]) => ({ slug, group, text: plain(text) }));
      first = new Set(data.first);
      asked = data.term;
      draw();
      if (isFirst || isOther) follow();
    },
    leave() {
      window.removeEventListener("hashchange", follow);
      stop();
    },
  };
}

// Scrolls to a term once it exists, moves the focus there, and keeps it in view while the page grows, until
// the reader moves. Returns a function that stops this.
function keepInView(slug) {
  const began = performance.now();
  let arrived = 0,
    last = null,
    timer = 0;
  const stop = () => {
    clearInterval(timer);
    for (const type of MOVES) window.removeEventListener(type, stop, true);
  };
  const look = () => {
    const heading = document.getElementById(slug),
      now = performance.now();
    if (now - began > WAIT_MS || (arrived && now - arrived > SETTLE_MS)) return stop();
    if (!heading) return;
    const entry = heading.closest(`.st-key-term-${slug}`) ?? heading;
    if (!arrived) {
      arrived = now;
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    const top = Math.round(entry.getBoundingClientRect().top);
    if (top !== last) entry.scrollIntoView({ block: "start" });
    last = Math.round(entry.getBoundingClientRect().top);
  };
  for (const type of MOVES) window.addEventListener(type, stop, { capture: true, passive: true });
  timer = window.setInterval(look, 100);
  look();
  return stop;
}

const MOVES = ["wheel", "touchstart", "pointerdown", "keydown"];

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
