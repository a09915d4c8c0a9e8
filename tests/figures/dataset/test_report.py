"""The report is self-contained, shows its numbers, and never treats text as markup."""

import json
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest

from ltp_viz.analysis.dataset.results.report import RunReport
from ltp_viz.figures.dataset.report import report_html
from tests.figures.dataset import run_samples as samples

NO_GOLD = {
    "scores": None,
    "confusion": np.zeros((2, 2, 2), dtype=np.int64),
    "curve": samples.curve(labelled=0),
    "length_buckets": (),
    "value_buckets": (),
}
REPORTS = {
    "two classes": lambda: samples.report(),
    "three classes": lambda: samples.report(3),
    "many classes": lambda: samples.report(9),
    "no gold labels": lambda: samples.report(**NO_GOLD),
    "no flips": lambda: samples.report(flips=samples.flips().iloc[:0], flips_total=0),
    "no rows": samples.empty_report,
}


class Page(HTMLParser):
    """A page as a browser reads it: elements with their attributes, scripts, and the text between."""

    def __init__(self, source: str):
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.shown: list[str] = []
        self._open = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open == "script":
            self.scripts[-1] += data
        elif self._open != "style":
            self.shown.append(data)

    @property
    def text(self) -> str:
        return "".join(self.shown)


@pytest.fixture(scope="module", params=REPORTS)
def page(request: pytest.FixtureRequest) -> Page:
    return Page(report_html(REPORTS[request.param]()))


def test_nothing_in_the_data_becomes_an_element_or_an_attribute(page: Page) -> None:
    assert {tag for tag, _ in page.elements} <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "header",
            "h1",
            "h2",
            "h3",
            "p",
            "dl",
            "dt",
            "dd",
        ),
        *("div", "ul", "li", "pre", "code", "table", "thead", "tbody", "tr", "th", "td", "small", "span"),
        *("figure", "figcaption", "noscript", "script"),
    }
    names = {name for _, attributes in page.elements for name in attributes}
    assert names <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "role",
        "type",
        "scope",
    } | {
        "aria-labelledby",
        "data-name",
    }
    assert samples.HOSTILE.split("\u2028")[0] in page.text


def test_only_its_own_scripts_may_run_and_nothing_is_fetched(page: Page) -> None:
    data, *scripts = page.scripts
    policy = next(
        a["content"] or "" for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"
    )
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    assert len(scripts) == 2
    assert policy.startswith(f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; ")
    assert isinstance(json.loads(data), list) and "<" not in data


def test_every_figure_has_its_place_and_its_words(page: Page) -> None:
    figures = json.loads(page.scripts[0])
    places = [
        a["id"] for tag, a in page.elements if tag == "div" and (a.get("id") or "").startswith("figure-")
    ]
    assert places == [f"figure-{number}" for number in range(len(figures))]
    captions = {a.get("id") for tag, a in page.elements if tag == "figcaption"}
    labelled = [a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a]
    assert set(labelled) == captions and len(captions) == len(figures)


def test_the_report_says_what_was_run_and_its_scores() -> None:
    source = report_html(samples.report())
    page = Page(source)
    assert '<td data-name="changes from">1.5</td>' in source
    for said in (
        "90.0 % → 89.0 %",
        "−1.0 points (−2.5 to +0.5)",
        "2.00× fewer",
        "25 and 16",
        "900 of 902 in the results; the file has 905",
        "97.0 %",
        "p = 0.211",
        "ltp-viz analyze",
        "pruning strength 1; unpruned: the same weights",
        "2 of 25 rows right unpruned and wrong pruned",
        "512 (cut)",
        "2026-01-02 03:04 UTC",
    ):
        assert said in page.text, said


def test_long_texts_are_cut_in_the_table() -> None:
    assert f"{'long ' * 139}long…" in Page(report_html(samples.report())).text


def test_without_gold_labels_no_score_is_made_up() -> None:
    text = Page(report_html(samples.report(**NO_GOLD))).text
    assert (
        "no scores" in text
        and "rows answered differently when pruned" in text
        and "Accuracy, unpruned" not in text
    )


def test_an_empty_filter_has_a_report_without_figures() -> None:
    page = Page(report_html(samples.empty_report()))
    assert json.loads(page.scripts[0]) == [] and "NaN" not in page.text and "nan" not in page.text


def test_the_same_data_make_the_same_file() -> None:
    made: RunReport = samples.report()
    assert report_html(made) == report_html(made)
