"""Frames, answers and bytes of Explore in Chromium: `python -m tests.bench.explore_latency`.

First paint: from starting the app's process to the first painted token, in a prepared environment.
Frames: the slider's thumb is dragged over all scales, and each frame's scripts, styles and layout are counted
by Chromium itself, the overhead of measuring included. Answers: from releasing the thumb to the
exact numbers of the server. The same is measured on an app with nothing but a slider: the lower bound.
"""

import json
import statistics
import time
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.bench.served_app import served

SENTENCE = (
    "The acting is superb and the photography glows, yet the story falls apart so badly that I left angry. "
)
TEXTS = {
    "30 tokens": SENTENCE + "What a waste!",
    "128 tokens": SENTENCE * 6,
    "500 tokens": SENTENCE * 22,
}
FRAMES, ANSWERS = 120, 30
WORK = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
SLIDER = ".ltp-track > .ltp-range"
ANSWERED = """() => {
  const { asked, answered } = document.querySelector('.ltp-root').dataset;
  return asked === answered;
}"""
NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def summary(times: list[float]) -> dict[str, Any]:
    """Median and 95th percentile in milliseconds."""
    times = sorted(times)
    return {
        "count": len(times),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1),
    }


def work_ms(session: CDPSession) -> float:
    """Work of the page since it was opened."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * sum(metric["value"] for metric in metrics if metric["name"] in WORK)


def dragged_frames(page: Page, session: CDPSession) -> list[float]:
    """Work of each frame while the thumb moves from end to end; it is still held at the end."""
    box = page.locator(SLIDER).first.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 3, y)
    page.mouse.down()
    times, scale = [], page.locator(SLIDER).first.input_value()
    for frame in range(FRAMES):
        before = work_ms(session)
        page.mouse.move(box["x"] + box["width"] * (0.02 + 0.96 * frame / FRAMES), y)
        page.evaluate(NEXT_FRAME)
        worked = work_ms(session) - before
        before_move, scale = scale, page.locator(SLIDER).first.input_value()
        if scale != before_move:  # the thumb moves in steps: a frame without a new scale draws nothing
            times.append(worked)
    return times


def answer_times(page: Page) -> list[float]:
    """Milliseconds from a key on the slider, which sends at once, to the exact answer."""
    slider = page.locator(SLIDER).first
    slider.focus()
    times = []
    for move in range(ANSWERS):
        times.append(
            page.evaluate(
                """async ([selector, up]) => {
                  const slider = document.querySelector(selector);
                  const root = document.querySelector('.ltp-root');
                  const started = performance.now();
                  slider.value = Number(slider.value) + (up ? 0.05 : -0.05);
                  slider.dispatchEvent(new Event('input', { bubbles: true }));
                  slider.dispatchEvent(new Event('change', { bubbles: true }));
                  const { dataset } = root;
                  while (dataset.asked !== dataset.answered) await new Promise(requestAnimationFrame);
                  return performance.now() - started;
                }""",
                [SLIDER, move % 20 < 10],
            )
        )
        page.wait_for_timeout(600)
    return times


def floor(page: Page) -> list[float]:
    """The same for Streamlit's own slider and one line of text that depends on it."""
    page.locator('[data-testid="stSlider"] input').first.focus()
    times = []
    for _ in range(ANSWERS):
        page.evaluate(
            """() => {
              window.changed = null;
              window.watcher?.disconnect();
              const shown = document.querySelector('.value').textContent;
              window.watcher = new MutationObserver(() => {
                const value = document.querySelector('.value')?.textContent;
                if (value && value !== shown) window.changed ??= performance.now();
              });
              window.watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
              window.pressed = performance.now();
            }"""
        )
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => window.changed !== null")
        times.append(page.evaluate("window.changed - window.pressed"))
        page.wait_for_timeout(600)
    return times


def main() -> None:
    """Print the measurements as JSON."""
    result: dict[str, Any] = {}
    with served("tests/bench/empty_app.py") as (page, _, _):
        page.wait_for_selector(".value")
        page.wait_for_timeout(1000)
        result["empty app, answers"] = summary(floor(page))
    with served("app.py") as (page, _, started):
        page.wait_for_selector(".ltp-cell", timeout=120_000)
        result["first_tokens_s"] = round(time.perf_counter() - started, 2)
        page.wait_for_function(ANSWERED)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        received = 0

        def count(frame: Any) -> None:
            nonlocal received
            received += len(frame["response"]["payloadData"])

        session.on("Network.webSocketFrameReceived", count)
        session.send("Network.enable")
        for name, text in TEXTS.items():
            received = 0
            page.locator("textarea").fill(text)
            page.keyboard.press("Control+Enter")
            page.wait_for_timeout(6000)
            sent = received
            page.get_by_role("tab", name="Rows").click()
            frames = dragged_frames(page, session)
            received = 0
            page.mouse.up()
            page.wait_for_function(ANSWERED)
            page.wait_for_timeout(3000)
            answered = received
            result[name] = {
                "tokens": page.evaluate("document.querySelector('.ltp-root').dataset.tokens"),
                "frames": summary(frames),
                "answers": summary(answer_times(page)),
                "kilobytes_of_a_new_text": round(sent * 3 / 4 / 1000),
                "kilobytes_of_an_answer": round(answered * 3 / 4 / 1000),
            }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
