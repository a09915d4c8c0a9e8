"""The curves of Compare without a browser: their rows, read once, and which job is running."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz.analysis.compare.families import FAMILIES
from ltp_viz.analysis.jobs.threads import ThreadQueue
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable, import_table
from ltp_viz.ui.compare import curves
from tests.app.test_compare import compare, said

pytestmark = pytest.mark.usefixtures("short_reviews")

ROLES = Roles("text", None, "label", (("bad", 0), ("good", 1)))


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that the page stores belong to the test."""
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))


def table_of(folder: Path, rows: int) -> SourceTable:
    """Rows of which every third has a label that means nothing and every tenth no text."""
    labels = [("bad", "good", "?")[row % 3] for row in range(rows)]
    texts = ["" if row % 10 == 9 else f"text {row}" for row in range(rows)]
    frame = pd.DataFrame({"text": texts, "label": labels, "else": "x" * 50})
    frame.to_csv(folder / "rows.csv", index=False)
    return import_table(folder / "rows.csv", folder / "rows.parquet")


@pytest.mark.parametrize("block_rows", [64, 1 << 17])
def test_rows_are_drawn_evenly_whatever_the_blocks(
    block_rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "_BLOCK_ROWS", block_rows)
    usable = [row for row in range(3000) if row % 3 < 2 and row % 10 != 9]
    drawn = usable[:: -(-len(usable) // curves.MAX_TEXTS)]
    data = curves.labelled_rows(table_of(tmp_path, 3000), ROLES)
    assert data.texts == tuple(f"text {row}" for row in drawn) and data.text_pairs is None
    assert data.labels == tuple(row % 3 for row in drawn)


def test_pairs_are_drawn_and_a_file_without_labels_is_refused(tmp_path: Path) -> None:
    table = table_of(tmp_path, 30)
    data = curves.labelled_rows(table, Roles("text", "else", "label", ROLES.classes))
    assert data.text_pairs == ("x" * 50,) * len(data)
    with pytest.raises(InputError, match="No row has a label"):
        curves.labelled_rows(table, Roles("text", None, "label", ()))


def test_a_file_is_read_once_and_not_on_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Roles] = []
    read = curves.read_block

    def counted(path: Path, roles: Roles, *place: int) -> pa.Table:
        reads.append(roles)
        return read(path, roles, *place)

    monkeypatch.setattr(
        curves, "read_block", lambda path, roles, *at: reads.append(roles) or read(path, roles, *at)
    )
    page = compare()
    before = len(reads)
    assert before and not any(roles.extras for roles in reads), "the bundled file has a column “kind”"
    page.slider(key="compare_layer of 6").set_value(5).run()
    assert not page.exception and len(reads) == before
    assert "texts of labelled" in page.button(key="compare_run").label


def test_running_curves_name_their_model_and_what_cancels_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queue = ThreadQueue()
    monkeypatch.setattr(curves, "queue", lambda: queue)
    page = compare()
    with queue.turn("somebody else"):
        page.button(key="compare_run").click().run()
        page.session_state["job curves"].job.advance(0.11)  # as if it had run
        page.run()
        assert bar(page) == "Ranking the rules, sst2 on labelled.csv: 11%"
        page.selectbox(key="model").set_value("sentiment-long").run()
        assert not page.exception and bar(page) == "Ranking the rules, sst2 on labelled.csv: 11%"
        assert f"Rank all {len(FAMILIES)} rules" in page.button(key="compare_run").label
        assert "Running: sst2 on labelled.csv. Starting these cancels that run." in said(page).replace(
            "\\", ""
        )
        page.session_state["job curves"].job.cancel()


def bar(page: AppTest) -> str:
    """What is shown beside the progress."""
    return str(page.get("progress")[0].proto.text).replace("\\", "")


def test_a_model_of_pairs_says_why_there_are_no_curves() -> None:
    page = compare(model="mrpc")
    boxes = {id(info) for expander in page.expander for info in expander.info}
    outside = [info.value for info in page.info if id(info) not in boxes]
    assert any("the examples are single texts" in value for value in outside)


def test_finished_curves_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "FAMILIES", FAMILIES[:1])
    monkeypatch.setattr(curves, "MAX_TEXTS", 10)
    page = compare()
    page.button(key="compare_run").click().run()
    page.session_state["job curves"].job.wait(60)
    charts = len(page.get("plotly_chart"))
    page.run()
    assert not page.exception and not page.get("progress") and len(page.get("plotly_chart")) == charts + 1
    assert "compare_run" not in {button.key for button in page.button}
