"""First paint and slider latency of Explore in Chromium: `python -m tests.bench.slider_latency`.

First paint: from starting the app's process to the first painted token, in a prepared environment.
Latency: from a key press on the slider to the frame after the view has changed, 30 moves that each change
at least one decision, with a pause between them as a person would make. The same is measured on an app that
has nothing but a slider, which is the floor.
"""

import json
import statistics
import time
from typing import Any

from playwright.sync_api import Page

from tests.bench.served_app import served

SENTENCE = (
    "The acting is superb and the photography glows, yet the story falls apart so badly that I left angry. "
)
MOVES = 30

WATCH = """() => {
  const grid = document.querySelector('.ltp-grid');
  window.changedAt = null;
  window.gridObserver?.disconnect();
  window.gridObserver = new MutationObserver(() => {
    if (window.changedAt === null) requestAnimationFrame(() => { window.changedAt ??= performance.now(); });
  });
  window.gridObserver.observe(grid.parentNode,
    {subtree: true, childList: true, attributes: true, attributeFilter: ['class']});
  window.pressedAt = performance.now();
}"""


def latencies(page: Page) -> list[float]:
    """Milliseconds of up to MOVES effective moves; the thumb goes to and fro between x0.5 and x2."""
    slider = page.locator('[data-testid="stSlider"] input').first
    slider.focus()
    times: list[float] = []
    key = "ArrowRight"
    for _ in range(4 * MOVES):
        if len(times) == MOVES:
            break
        value = float(slider.input_value())
        key = "ArrowLeft" if value >= 2 else "ArrowRight" if value <= 0.5 else key
        page.evaluate(WATCH)
        page.keyboard.press(key)
        try:
            page.wait_for_function("window.changedAt !== null", timeout=2500)
            times.append(page.evaluate("window.changedAt - window.pressedAt"))
        except Exception:  # this step changed no decision, so there was nothing to see
            pass
        page.wait_for_timeout(600)
    return times


def summary(times: list[float]) -> dict[str, Any]:
    """Median and 95th percentile."""
    times = sorted(times)
    return {
        "moves": len(times),
        "median_ms": round(statistics.median(times)),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))]),
    }


def main() -> None:
    """Print the measurements as JSON."""
    result: dict[str, Any] = {}
    with served("tests/bench/empty_app.py") as (page, _, _):
        page.wait_for_selector(".ltp-grid")
        page.wait_for_timeout(1000)
        result["empty app"] = summary(latencies(page))
    with served("app.py") as (page, _, started):
        page.wait_for_selector(".ltp-cell", timeout=120_000)
        result["first_tokens_s"] = round(time.perf_counter() - started, 2)
        page.wait_for_selector(".ltp-plot .main-svg", timeout=120_000)
        result["first_charts_s"] = round(time.perf_counter() - started, 2)
        texts = {
            "30 tokens": SENTENCE + "What a waste!",
            "128 tokens": SENTENCE * 6,
            "500 tokens": SENTENCE * 22,
        }
        for name, text in texts.items():
            cells = page.locator(".ltp-cell").count()
            page.locator("textarea").fill(text)
            page.keyboard.press("Control+Enter")
            page.wait_for_function("n => document.querySelectorAll('.ltp-cell').length !== n", arg=cells)
            page.wait_for_timeout(2500)
            tokens = page.locator(".ltp-row").first.locator(".ltp-cell").count()
            result[name] = {"tokens": tokens, **summary(latencies(page))}
            floor = result["empty app"]["median_ms"]
            result[name]["times_empty_app"] = round(result[name]["median_ms"] / floor, 2)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
