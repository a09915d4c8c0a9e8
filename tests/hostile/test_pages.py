"""Every page opens under any address: no traceback, whatever the parameters hold."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from ltp_viz.analysis.dataset.results.filters import RowFilter
from ltp_viz.analysis.dataset.results.results import RunResults
from ltp_viz.analysis.dataset.runs.engine import run
from ltp_viz.analysis.dataset.runs.store import RunStore
from tests.analysis.dataset.stored_runs import prepared, write_csv
from tests.app.seen import APP, PRAISE, enter, opened, send, shown, words
from tests.hostile.corpus import LINKS, MESSAGES, PAGE_LINKS, RUN_LINKS
from tests.hostile.fuzzing import INPUTS, changed_json, fuzzed, odd_values

# An address takes a second: all of them in a long run, some in the test suite.
_STEP = 1 if INPUTS else 4


def some(links: dict[str, Any]) -> list[str]:
    return list(links)[::_STEP]


@pytest.fixture(scope="module")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small run that is done, where the pages look for runs."""
    root = tmp_path_factory.mktemp("hostile") / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LTP_VIZ_RUNS", str(root))
        folder = prepared(root, write_csv(root.parent / "rows.csv", 12), scales=(0.0, 1.0, 2.0))
        assert run(RunStore(folder)).status == "done"
        yield folder


@pytest.fixture
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))


def open_page(name: str, link: dict[str, str]) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=120)
    page.switch_page(f"pages/{name}.py")
    for key, value in link.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception[0].value
    return page


@pytest.mark.parametrize("name", some(LINKS))
def test_explore_opens(name: str) -> None:
    page = opened(**LINKS[name])
    assert shown(page) or page.info, "neither a picture nor a message"
    assert all("\n" not in warning.value for warning in page.warning)


@pytest.mark.parametrize(
    ("name", "link"),
    [(page, PAGE_LINKS[page][link]) for page in PAGE_LINKS for link in some(PAGE_LINKS[page])],
)
@pytest.mark.usefixtures("runs_folder")
def test_other_pages_open(name: str, link: dict[str, str]) -> None:
    open_page(name, link)


@pytest.mark.parametrize("name", some(RUN_LINKS))
def test_a_run_opens(finished_run: Path, name: str) -> None:
    page = open_page("Dataset", {"run": finished_run.name, **RUN_LINKS[name]})
    assert page.metric or page.info, "neither scores nor a message"


def test_other_sessions_keep_working() -> None:
    page = opened()
    enter(page, PRAISE)
    before = shown(page)
    for name in some(LINKS)[:3]:
        opened(**LINKS[name])
    page.run()
    assert words(page) == [PRAISE] and shown(page)["exact"] == before["exact"]


def test_hostile_messages_leave_the_page_as_it_is() -> None:
    page = opened()
    enter(page, PRAISE)
    stage = shown(page)["stage"]["signature"]
    for number, name in enumerate(MESSAGES, start=1):
        message = MESSAGES[name]
        if isinstance(message, dict):
            message = {"number": number, **message, "stage": stage}
        send(page, message)
        assert words(page) == [PRAISE]


GOOD_SLICE = {
    "pattern": "warm",
    "lengths": [2, 40],
    "gold": 1,
    "dense": 0,
    "pruned": 1,
    "outcome": "lost",
    "confidence": [0.1, 0.9],
    "extras": [["kind", "kind 1"]],
}


@pytest.fixture(scope="module")
def results(finished_run: Path) -> RunResults:
    return RunResults(finished_run)


@given(values=st.one_of(changed_json(GOOD_SLICE), odd_values))
@fuzzed(100)
def test_any_filter_is_applied_or_refused(results: RunResults, values: Any) -> None:
    written = json.loads(json.dumps(values))
    refusal = None
    try:
        where = RowFilter.from_dict(written)
        count = results.count(where, 1)
    except ValueError as error:  # what the page catches; InputError is one
        refusal = str(error)
    if refusal is not None:
        assert "\n" not in refusal
    else:
        assert 0 <= count <= 12
        assert RowFilter.from_dict(json.loads(json.dumps(where.to_dict()))).to_dict() == where.to_dict()
