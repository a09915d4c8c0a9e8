"""What a public app shows and accepts, and how many sessions it admits."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz.data.errors import InputError
from ltp_viz.ui.shell.access import access
from ltp_viz.ui.shell.link import pack_text
from ltp_viz.ui.shell.seats import Seats
from tests.app.seen import APP, PRAISE, enter, opened, shown, words
from tests.conftest import MODEL_NAMES


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LTP_VIZ_PUBLIC", "1")
    monkeypatch.setenv("LTP_VIZ_SERVED", "1")
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))


def page_of(name: str, **link: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=60)
    for key, value in link.items():
        page.query_params[key] = value
    page.switch_page(f"pages/{name}").run()
    assert not page.exception
    return page


def labels(page: AppTest) -> list[str]:
    widgets: list[Any] = [*page.button, *page.text_input, *page.expander]
    return [each.label for each in widgets]


@pytest.mark.usefixtures("public")
def test_only_bundled_models_are_shown(small_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_MODEL_DIR", str(small_models))
    monkeypatch.setenv("LTP_VIZ_MODEL", str(small_models / "deep"))
    page = opened()
    assert page.selectbox(key="model").options == MODEL_NAMES
    assert "Bring a model" not in labels(page)


@pytest.mark.usefixtures("public")
def test_a_link_loads_no_other_model(small_models: Path) -> None:
    folder = str(small_models / "deep")
    page = opened(model=folder)
    assert (
        page.selectbox(key="model").value == MODEL_NAMES[0] and "not available here" in page.warning[0].value
    )
    assert not [label for label in labels(page) if label.startswith("Load")]
    page = page_of("Compare.py", model=folder, model1=folder)
    assert {box.value for box in page.selectbox if box.label == "Model"} == {
        MODEL_NAMES[0],
        "as in the model menu",
    }


@pytest.mark.usefixtures("public")
def test_a_long_text_gets_a_message_typed_or_linked_and_the_page_keeps_working() -> None:
    message = "This text has 20,001 characters; this app accepts at most 20,000. Shorten it."
    page = opened()
    enter(page, "a " * 10_000 + "b")
    assert [error.value for error in page.error] == [message] and not shown(page)
    enter(page, PRAISE)
    assert not page.error and words(page) == [PRAISE]
    linked = pack_text("a " * 10_000 + "b")
    assert linked
    assert [error.value for error in opened(text=linked).error] == [message]
    page = page_of("Compare.py", text2=linked)
    assert message in [error.value.replace("\\", "") for error in page.error]


@pytest.mark.usefixtures("public")
def test_no_files_no_hub_no_benchmark_no_runs_of_others() -> None:
    for name in ("Dataset.py", "Compare.py"):
        page = page_of(name)
        assert page.segmented_control(key="lab_kind").options == ["Examples", "Upload"]
    page = page_of("Benchmark.py")
    assert "Benchmarks are off on shared servers" in page.info[0].value
    assert [button.key for button in page.button] == ["top_help"]


def test_without_the_server_that_protects_visitors_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTP_VIZ_PUBLIC", "1")
    page = opened()
    assert "start it with `ltp-viz app`" in page.error[0].value and not shown(page)


def test_too_many_rows_get_a_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text("text,label\n" + "fine,positive\n" * 5_001)
    page = page_of("Dataset.py")
    page.segmented_control(key="lab_kind").set_value("Upload").run()

    def upload(page: AppTest) -> AppTest:
        return (
            page.file_uploader(key="lab_upload").set_value((file.name, file.read_bytes(), "text/csv")).run()
        )

    assert not upload(page).error
    monkeypatch.setenv("LTP_VIZ_PUBLIC", "1")
    monkeypatch.setenv("LTP_VIZ_SERVED", "1")
    assert "5,001 rows; this app accepts at most 5,000" in upload(page).error[0].value


def test_sessions_are_counted_and_a_wrong_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert access().sessions is None
    monkeypatch.setenv("LTP_VIZ_PUBLIC", "1")
    monkeypatch.setenv("LTP_VIZ_SERVED", "1")
    assert access().sessions == 40
    monkeypatch.setenv("LTP_VIZ_SESSIONS", "3")
    assert access().sessions == 3
    for wrong in ("0", "-1", "many"):
        monkeypatch.setenv("LTP_VIZ_SESSIONS", wrong)
        with pytest.raises(InputError, match="give a whole number of at least 1"):
            access()
        page = opened()
        assert "LTP_VIZ_SESSIONS is" in page.error[0].value and not shown(page)


def test_a_seat_is_kept_and_freed_when_its_session_ends() -> None:
    seats, there = Seats(), {"a", "b", "c"}

    def take(session: str) -> bool:
        return seats.take(session, there.__contains__, most=2)

    assert take("a") and take("b") and not take("c")
    assert take("a"), "an admitted session stays admitted"
    there.remove("a")
    assert take("c") and not take("a")
