"""The report in a real browser: drawn without a request, readable light and dark, wide and narrow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from ltp_viz.figures.dataset.report import report_html
from tests.figures.dataset import run_samples

# The computed style of the figures' text and of the page's text.
INK = """() => {
  const fill = getComputedStyle(document.querySelector(".xtick text")).fill;
  const inside = document.querySelector(".textpoint text");  // none where classes are many
  return [fill, getComputedStyle(document.body).color, inside && getComputedStyle(inside).fill];
}"""
# Texts of one figure that overlap or extend beyond it.
CLASHES = """() => {
  const clashes = [];
  for (const plot of document.querySelectorAll(".js-plotly-plot")) {
    const frame = plot.getBoundingClientRect();
    const texts = [...plot.querySelectorAll("text")].map((text) => ({
      words: text.textContent.trim(),
      box: text.getBoundingClientRect(),
      // Boxes around slanted texts overlap although the texts do not.
      slanted: text.closest("[class^=x][class$=tick]") && /rotate/.test(text.getAttribute("transform")),
    })).filter(({ words, box }) => words && box.width);
    texts.forEach(({ words, box, slanted }, k) => {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1)
        clashes.push([plot.id, "cut off", words]);
      for (const other of texts.slice(k + 1))
        if (!(slanted && other.slanted)
          && Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left) > 2
          && Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top) > 3)
          clashes.push([plot.id, words, other.words]);
    });
  }
  return clashes;
}"""


@pytest.fixture(scope="module", params=[3, 12])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_html(run_samples.report(request.param)), encoding="utf-8")
    return path


@pytest.fixture(params=[(1440, "light"), (1440, "dark"), (390, "light")], ids=str)
def report(request: pytest.FixtureRequest, browser: Browser, file: Path) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("request", lambda sent: problems.append(sent.url) if sent.url != file.as_uri() else None)
    page.goto(file.as_uri())
    page.wait_for_function("() => document.querySelectorAll('figure .xtick').length > 0")
    yield page
    context.close()
    assert problems == []


def test_every_figure_is_drawn_in_the_readers_colours_and_fits(report: Page) -> None:
    assert report.locator(".js-plotly-plot").count() == report.locator("[id^=figure-]").count() > 5
    fill, colour, inside = report.evaluate(INK)
    assert fill == colour
    assert inside in ("rgb(255, 255, 255)", None), "numbers in squares stay white"
    assert report.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert report.evaluate(CLASHES) == []
    assert report.title() != "owned"
    report.emulate_media(media="print")
    assert report.evaluate(INK)[:2] == ["rgb(28, 37, 48)"] * 2
    assert report.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
