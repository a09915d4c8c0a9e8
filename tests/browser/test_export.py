"""Every download of the real app, and the saved page opened without any server."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect

import ltp_viz

CELLS = ".ltp-rows-view [role=gridcell]"


@pytest.fixture
def exports(page: Page, app_url: str) -> Page:
    """The app on its first example, with the export menu open."""
    page.goto(f"{app_url}/?scale=1.2&drop=3")
    expect(page.locator(CELLS).first).to_be_visible()
    page.get_by_role("button", name="Export").click()
    return page


def downloaded(page: Page, button: str) -> Download:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    return waiting.value


@pytest.fixture
def saved_page(exports: Page, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The interactive page from the file system, in a browser without a network."""
    download = downloaded(exports, "Interactive page")
    assert download.suggested_filename.startswith("sst2-") and download.suggested_filename.endswith(".html")
    download.save_as(tmp_path / "saved.html")
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: complaints.append(request.url))
    page.goto((tmp_path / "saved.html").as_uri())
    expect(page.locator(CELLS).first).to_be_visible()
    yield page
    context.close()
    assert [text for text in complaints if not text.startswith(("file:", "blob:", "data:"))] == []


def test_files_hold_the_trace(exports: Page) -> None:
    trace = ltp_viz.Trace.from_json(Path(downloaded(exports, "Trace as JSON").path()).read_text())
    assert trace.global_scale == 1.2 and trace.forced_drop == (3,)
    with Path(downloaded(exports, "Table as CSV").path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == trace.keep.size
    assert [row["keep"] == "true" for row in rows] == trace.keep.ravel().tolist()
    expect(exports.locator("code").filter(has_text="ltp_viz.load_model")).to_contain_text("drop=(3,)")


def test_saved_page_follows_the_slider(saved_page: Page, classifier: ltp_viz.TextClassifier) -> None:
    data = json.loads(saved_page.locator("#data").text_content() or "")
    text = "".join(word["text"] for word in data[0]["stage"]["segments"][0]["words"])
    slider = saved_page.get_by_label("Pruning strength", exact=True)
    assert slider.input_value() == "1.2"
    figure = saved_page.locator(".ltp-verdict-line")
    before, grid = figure.inner_text(), saved_page.locator(CELLS).all_inner_texts()
    slider.fill("2.5")
    expect(figure).not_to_have_text(before)
    assert saved_page.locator(CELLS).all_inner_texts() != grid
    forced = ltp_viz.ForcedTokens(drop=(3,))
    trace = classifier.trace(text, global_scale=2.5, forced=forced)
    exact = round(100 * (1 - trace.macs / trace.dense_macs), 1)
    expect(saved_page.locator(".ltp-saved")).to_have_attribute("data-saved", f"{exact:g}")
    slider.fill("1.2")
    expect(figure).to_contain_text(before.splitlines()[0])


def test_saved_page_saves_its_figures(saved_page: Page) -> None:
    for kind in ("SVG", "PNG"):
        with saved_page.expect_download() as waiting:
            saved_page.get_by_role("button", name="Thresholds: help and pictures").click()
            saved_page.get_by_role("button", name=f"Save as {kind}").click()
        assert waiting.value.suggested_filename.endswith(kind.lower())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_saved_page_has_both_themes(saved_page: Page, scheme: str) -> None:
    saved_page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    ground = saved_page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 22, 28)"}[scheme]
