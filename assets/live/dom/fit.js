// The height of a panel that must be in sight together with what is above it.

const MOST_ABOVE = { wide: 220, narrow: 300 }; // pixels of the page above the view that count; more is scrolled away
const LEAST = 176; // height of the panel in any case
const BELOW = 30; // below the panel

// Sets --ltp-panel on the root, at every change of the window's size. Nothing else changes it, so nothing jumps.
export function fitHeight(root, panel) {
  const fit = () => {
    if (!panel.isConnected) return window.removeEventListener("resize", fit);
    const { top } = root.getBoundingClientRect();
    const most = window.innerWidth > 640 ? MOST_ABOVE.wide : MOST_ABOVE.narrow;
    const above = Math.max(0, Math.min(most, top + scrolled(root)));
    const own = panel.getBoundingClientRect().top - top;
    root.style.setProperty(
      "--ltp-panel",
      `${Math.max(LEAST, Math.floor(window.innerHeight - above - own - BELOW))}px`,
    );
  };
  window.addEventListener("resize", fit);
  requestAnimationFrame(fit);
  fit();
}

// Pixels by which the page is scrolled, whichever element scrolls.
function scrolled(node) {
  let sum = window.scrollY;
  for (let up = node.parentElement; up; up = up.parentElement)
    sum += up === document.documentElement ? 0 : up.scrollTop;
  return sum;
}

const SIZES = [20, 18, 16, 15, 14, 13]; // pixels of a text

// Gives a text the largest size, as --size, at which all of it is in sight in its panel; the least if none does.
// Called again after every change of the window; `key` says what else its length depends on.
export function textFitter(panel, text) {
  let fitted = "";
  return (key = "") => {
    const room = parseFloat(getComputedStyle(panel).maxHeight) || panel.clientHeight;
    const known = `${panel.clientWidth} ${room} ${key}`;
    if (!panel.clientWidth || known === fitted) return;
    fitted = known;
    for (const size of SIZES) {
      text.style.setProperty("--size", `${size / 16}rem`);
      if (text.scrollHeight <= room) break;
    }
  };
}
