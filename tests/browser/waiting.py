"""Waits for what a test compares, instead of fixed sleeps."""

from playwright.sync_api import Locator, Page

_QUIET_MS = 150  # an event reaches the server, or draws something, well within this time
_AT_REST = """quiet => {
  const app = document.querySelector('[data-testid=stApp]'), now = performance.now();
  const atRest = app && app.getAttribute('data-test-script-state') === 'notRunning';
  if (!atRest || window.atRestSince === undefined) window.atRestSince = now;
  return now - window.atRestSince >= quiet;
}"""
_STILL = """(node, quiet) => new Promise(done => {
  let since = performance.now(), last = '';
  const look = () => {
    const {x, y, width, height} = node.getBoundingClientRect(), now = performance.now();
    const moves = node.getAnimations({subtree: true}).some(animation => animation.playState === 'running'
      && animation.effect.getComputedTiming().endTime !== Infinity);
    const box = [x, y, width, height].join();
    if (moves || box !== last) [since, last] = [now, box];
    if (now - since >= quiet) done(); else requestAnimationFrame(look);
  };
  look();
})"""


def at_rest(page: Page, timeout: float = 60_000) -> None:
    """Wait until the server has sent nothing for a moment."""
    page.evaluate("window.atRestSince = undefined")
    page.wait_for_function(_AT_REST, arg=_QUIET_MS, timeout=timeout)


def still(element: Locator) -> None:
    """Wait until an element neither moves nor changes its size, and nothing in it is animated."""
    element.evaluate(_STILL, _QUIET_MS)


def frame(page: Page) -> None:
    """Wait until the page has drawn everything so far."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def fits(page: Page, width: int) -> None:
    """Wait until the page has this width, and nothing overflows."""
    page.wait_for_function(
        "width => innerWidth === width && document.documentElement.scrollWidth <= innerWidth", arg=width
    )
