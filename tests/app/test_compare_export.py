"""What Compare exports: traces with the settings of each column, and a page that needs no server."""

import json
from dataclasses import dataclass

from ltp_viz import TextClassifier, Trace
from ltp_viz.analysis.compare.alignment import aligned_tokens
from ltp_viz.analysis.compare.families import family
from ltp_viz.ui.compare.columns import Column
from ltp_viz.ui.compare.export import columns_json
from ltp_viz.ui.compare.form import ColumnSettings
from ltp_viz.ui.compare.offline import offline_page
from ltp_viz.ui.compare.runs import ColumnRun
from tests.app.seen import PRAISE
from tests.app.test_compare import compare
from tests.app.test_export import HOSTILE, Scripts
from tests.conftest import SST2_MODEL


@dataclass
class Cost:
    """As `EqualCost` reports it."""

    share: float
    target_share: float = 0.5


def columns_of(text: str, classifier: TextClassifier, edited: str | None = None) -> list[Column]:
    """Two columns, the second with another scale and optionally another text."""
    found: list[Column] = []
    for number, scale, own in ((1, 1.0, text), (3, 2.0, edited or text)):
        trace = classifier.trace(own, global_scale=scale)
        first = found[0].run.trace if found else trace
        run = ColumnRun(trace, classifier.trace(own, global_scale=0.0), Cost(0.51), "×1")  # type: ignore[arg-type]
        settings = ColumnSettings("learned", model=None, text=None, text_pair=None, share=0.5)
        pairs = aligned_tokens(first.source, trace.source)
        found.append(Column(number, settings, run, family("learned").title, str(SST2_MODEL), pairs))
    return found


def test_the_json_holds_the_settings_of_each_column(classifier: TextClassifier) -> None:
    columns = columns_of(PRAISE, classifier)
    records = json.loads(columns_json(columns))
    assert [record["column"] for record in records] == [1, 3]
    for record, column in zip(records, columns, strict=True):
        assert record["title"] == "Learned thresholds (LTP)" and record["model"] == "sst2"
        assert (record["rule"], record["wanted_share"], record["share"]) == ("learned", 0.5, 0.51)
        trace = Trace.from_json(json.dumps(record["trace"]))
        assert (trace.keep == column.run.trace.keep).all() and trace.text == PRAISE


def test_the_page_holds_everything_and_requests_nothing(classifier: TextClassifier) -> None:
    columns = columns_of(PRAISE, classifier, PRAISE.replace("funny", "dull"))
    saved = offline_page(columns)
    assert str(SST2_MODEL) not in saved, "where the server has its models"
    assert "default-src 'none'" in saved and "unsafe-eval" not in saved
    figures = json.loads(Scripts(saved).found[0])
    assert len(figures) == 2 and all(figure["layout"]["height"] for figure in figures)
    assert saved.count('class="cmp-text"') == 2 and saved.count('class="cmp-tokens"') == 1
    for expected in (
        "3. Learned thresholds (LTP)",
        "51.0% of unpruned, target 50.0%",
        "funny / dull",
        "last layer",
    ):
        assert expected in saved
    probability = columns[0].run.trace.probabilities.max()
    assert f"positive {probability:.1%}" in saved


def test_any_text_stays_text_on_the_page(classifier: TextClassifier) -> None:
    saved = offline_page(columns_of(HOSTILE, classifier))
    assert len(Scripts(saved).found) == 3 and "<script>alert" not in saved


def test_all_files_are_offered() -> None:
    page = compare()
    buttons = {button.label for button in page.get("download_button")}
    assert {"Page to read offline", "Traces as JSON", "Table as CSV"} <= buttons
