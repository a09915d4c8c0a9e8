"""The server is killed under an open page and restarted: the page comes back with what it showed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, expect

import ltp_viz
from tests.browser.explore import SLIDER, open_app, press, scale_of, settled, states
from tests.browser.serving import forked, free_port

PARROT = "The parrot was superb but everything else bored me to tears."
_CAME_BACK = """asked => {
  const {dataset} = document.querySelector('.ltp-root');
  return dataset.asked !== asked && dataset.asked === dataset.answered;
}"""


@contextmanager
def server_on(port: int, runs: Path) -> Iterator[None]:
    """The app on this port, killed without warning at the end."""
    with forked(port, runs / "log", {"LTP_VIZ_RUNS": str(runs)}, kill=True) as url:
        assert url is not None, (runs / "log").read_text()
        yield


def shows(page: Page, trace: ltp_viz.Trace) -> None:
    """Text, scale, forced token and every cell are those of this run."""
    expect(page.locator("textarea")).to_have_value(PARROT)
    assert scale_of(page) == trace.global_scale
    expect(page.locator(".ltp-forced")).to_contain_text("superb (dropped)")
    assert [cell == "kept" for cell in states(page)] == trace.keep.ravel().tolist()


def test_a_page_survives_its_server(
    browser: Browser, default_classifier: ltp_viz.TextClassifier, tmp_path: Path
) -> None:
    forced, started = ltp_viz.ForcedTokens(drop=(4,)), default_classifier.start(PARROT)
    port, page = free_port(), browser.new_context().new_page()
    page.set_default_timeout(60_000)
    with server_on(port, tmp_path):
        open_app(page, f"http://localhost:{port}", f"/?text=.{quote(PARROT)}&scale=1.5&drop=4")
        press(page, "ArrowRight")
        shows(page, started.trace(1.55, None, forced))
        asked = page.locator(".ltp-root").get_attribute("data-asked")
    page.locator(SLIDER).focus()
    page.keyboard.press("ArrowRight")  # no server receives it
    with server_on(port, tmp_path):
        page.wait_for_function(_CAME_BACK, arg=asked)
        settled(page)
        shows(page, started.trace(1.6, None, forced))
        press(page, "ArrowRight")
        shows(page, started.trace(1.65, None, forced))
        page.reload()
        settled(page)
        shows(page, started.trace(1.65, None, forced))
    page.context.close()
