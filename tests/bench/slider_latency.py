"""First paint and slider latency of Explore in Chromium: `python -m tests.bench.slider_latency`.

First paint: from starting the app's process to the first painted token, in a prepared environment.
Latency: from a key press on the slider to the frame after the token view has changed, 30 moves that each
change at least one decision, with a pause between them as a person would make.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import NAMES, ROOT, free_port

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
  window.gridObserver.observe(grid, {subtree: true, attributes: true, attributeFilter: ['class']});
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


def main() -> None:
    """Print the measurements as JSON."""
    port = free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    result: dict[str, object] = {}
    try:
        with sync_playwright() as playwright:
            executable = next((path for name in NAMES if (path := shutil.which(name))), None)
            browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            while True:
                try:
                    page.goto(f"http://localhost:{port}/")
                    break
                except Exception:
                    time.sleep(0.05)
            page.wait_for_selector(".ltp-cell", timeout=120_000)
            result["first_tokens_s"] = round(time.perf_counter() - started, 2)
            page.wait_for_selector(".ltp-plot .main-svg", timeout=120_000)
            result["first_charts_s"] = round(time.perf_counter() - started, 2)
            for name, text in (("30 tokens", SENTENCE + "What a waste!"), ("500 tokens", SENTENCE * 22)):
                cells = page.locator(".ltp-cell").count()
                page.locator("textarea").fill(text)
                page.keyboard.press("Control+Enter")
                page.wait_for_function("n => document.querySelectorAll('.ltp-cell').length !== n", arg=cells)
                page.wait_for_timeout(2500)
                tokens = page.locator(".ltp-row").first.locator(".ltp-cell").count()
                times = sorted(latencies(page))
                result[name] = {
                    "tokens": tokens,
                    "moves": len(times),
                    "median_ms": round(statistics.median(times)),
                    "p95_ms": round(times[int(0.95 * (len(times) - 1))]),
                }
            browser.close()
    finally:
        server.terminate()
        server.wait(10)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
