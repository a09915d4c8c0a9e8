"""The Benchmark page without a browser: fields, link, estimate, results, words, files."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ltp_viz.analysis.benchmark import plan, run
from ltp_viz.analysis.benchmark.measure import WAYS
from ltp_viz.analysis.benchmark.plan import BenchmarkPlan
from ltp_viz.analysis.benchmark.record import BenchmarkRecord
from ltp_viz.analysis.benchmark.store import RECORD as RECORD_FILE
from ltp_viz.analysis.benchmark.store import BenchmarkStore
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.store import PROGRESS
from ltp_viz.analysis.machine import Machine
from ltp_viz.ui.shell import address
from tests.app.seen import APP
from tests.conftest import DEFAULT_MODEL, MODEL_NAMES, SST2_MODEL
from tests.figures.benchmark.test_times import CELLS, PEAK

ID = "0123456789abcdef"
PLAN = BenchmarkPlan(str(SST2_MODEL), (8, 32, 128), (1, 8))
RECORD = BenchmarkRecord(
    machine=Machine("A processor", 2, "2.0", "native", {"float32": PEAK}, 2, "Linux", 0.02),
    model=str(SST2_MODEL),
    model_fingerprint="f" * 64,
    num_layers=6,
    scale=1.0,
    budget_s=1.0,
    command="ltp-viz bench --model somewhere",
    date="2026-01-02T03:04:05+00:00",
    planned=6,
    finished=True,
    cells=tuple(CELLS),
)


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Benchmarks that the page stores belong to the test; measuring the machine takes no time here."""
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(plan, "matmul_gflops", lambda *_: 100.0)
    plan.estimated_gflops.cache_clear()
    return tmp_path / "runs"


def stored(root: Path, record: BenchmarkRecord | None = RECORD, benchmark_id: str = ID) -> Path:
    """A benchmark as its process leaves it."""
    store = BenchmarkStore(root / benchmark_id)
    store.create(PLAN, (10.0, *[2.0] * 6))
    if record:
        record.write(Path(store.path(RECORD_FILE)))
        store.write_state(JobState("done" if record.finished else "running", len(record.cells), 6))
    return Path(store.place)


def killed(folder: Path) -> None:
    """As if the measuring process, until now this one, had ended."""
    record = json.loads((folder / PROGRESS).read_text())
    (folder / PROGRESS).write_text(json.dumps(record | {"process_started": 0.0}))


def benchmark(**link: str) -> AppTest:
    """The page, opened by a link."""
    page = AppTest.from_file(str(APP), default_timeout=120)
    for key, value in link.items():
        page.query_params[key] = value
    page.switch_page("pages/Benchmark.py").run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """All text on the page."""
    elements = [*page.markdown, *page.caption, *page.info, *page.warning, *page.error]
    return "\n".join(str(element.value) for element in elements).replace("\\", "")


def link_of(page: AppTest) -> dict[str, str]:
    parameters = dict(page.query_params.items())
    return {key: value if isinstance(value, str) else value[-1] for key, value in parameters.items()}


def test_first_visit_estimates_before_anything_runs(runs_folder: Path) -> None:
    page = benchmark()
    words = said(page)
    found = re.search(r"\*\*About (\d+) s\*\*: 8 cells of about", words)
    assert found and 14 + 8 * 1 <= int(found[1]) <= 90
    assert not page.button(key="bench_start").disabled and not page.warning
    assert not runs_folder.exists()
    page.button_group(key="bench_lengths to 512").set_value([8]).run()
    page.button_group(key="bench_batches").set_value([1]).run()
    assert "1 cell of about 1.1 s" in said(page)
    page.button_group(key="bench_batches").set_value([]).run()
    assert "No batch sizes are given; choose from 1, 4, 8, 16, 32." in said(page)
    assert "bench_start" not in [button.key for button in page.button]


def test_the_link_restores_the_fields() -> None:
    link = {
        "lengths": "16,64",
        "batches": "1,32",
        "dtypes": "float32,bfloat16",
        "scale": "0.5",
        "budget": "2",
    }
    page = benchmark(**link)
    assert not page.warning and "8 cells" in said(page)
    assert {key: link_of(page)[key] for key in link} == link


def test_going_back_fills_the_fields_again(runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(runs_folder)
    page = benchmark(model=MODEL_NAMES[-1], lengths="8,16", bench=ID)
    before = link_of(page)
    page.button_group(key="bench_lengths to 512").set_value([8]).run()
    assert link_of(page) == {**before, "lengths": "8"} and before["model"] == MODEL_NAMES[-1]
    with monkeypatch.context() as patch:
        patch.setattr(address, "is_history", lambda: True)
        page.query_params["lengths"] = "8,16"
        del page.query_params["bench"]
        page.run()
        assert page.button_group(key="bench_lengths to 512").value == [8, 16]
    page.run()
    assert not page.exception and not page.metric, "the benchmark was opened later"
    assert link_of(page) == {name: value for name, value in before.items() if name != "bench"}


@pytest.mark.parametrize(
    ("link", "corrected", "named"),
    [
        ({"lengths": "7,16,x"}, {"lengths": "16"}, "lengths “7”, lengths “x”"),
        ({"lengths": "", "batches": "0"}, {"batches": "1,8"}, "batches “0”"),
        ({"scale": "99", "budget": "nan"}, {"scale": "3", "budget": "1"}, "scale “99”, budget “nan”"),
        ({"scale": "0.93", "dtypes": "float8"}, {"scale": "0.95", "dtypes": "float32"}, "dtypes “float8”"),
    ],
)
def test_nonsense_in_the_link_gets_one_message(
    link: dict[str, str], corrected: dict[str, str], named: str
) -> None:
    page = benchmark(**link)
    assert len(page.warning) == 1 and named in page.warning[0].value.replace("\\", "")
    assert {key: link_of(page)[key] for key in corrected} == corrected
    page.button_group(key="bench_batches").set_value([4]).run()
    assert not page.warning, "shown once, until something is chosen"


def test_a_stored_benchmark_is_found_by_its_link_and_explained(runs_folder: Path) -> None:
    stored(runs_folder)
    page = benchmark(bench=ID)
    words = said(page)
    assert "A processor, 2 threads of 2 cores, torch 2.0, native attention kernel" in words
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Fixed cost"] == "4.0 ms" and metrics["Ceiling"] == "200 GFLOP/s"
    best = max(CELLS, key=lambda cell: cell.speed_up)
    assert metrics["Fastest cell"] == f"{best.speed_up:.1f}× dense"
    realised = [100 * cell.realised for cell in CELLS]
    assert metrics["Realised"] == f"{min(realised):.0f}–{max(realised):.0f} %"
    assert "**4.0 ms whatever the texts are**, 0.67 ms per layer" in words
    assert "**6.0 ms for every GFLOP**" in words
    small = CELLS[1]
    assert (
        f"At 8 tokens, batch 1, the fixed part is **{4.0 / small.pruned_ms:.0%}** of the pruned time" in words
    )
    assert "Put short texts into batches: at 8 tokens" in words
    assert f"in {sum(0.9 * cell.speed_up > 1 for cell in CELLS)} of 6 cells" in words
    frames = [frame.value for frame in page.dataframe]
    assert len(frames[0]) == len(CELLS) and list(frames[0]["rounds"]) == [5] * 6
    assert frames[1][f"{WAYS[0]}, round 1"][0] == pytest.approx(5 * CELLS[0].dense_ms)
    assert len(page.get("plotly_chart")) == 3
    for chart in page.get("plotly_chart"):
        assert chart.proto.alt


def test_files_repeat_and_carry_the_machine(runs_folder: Path) -> None:
    stored(runs_folder)
    page = benchmark(bench=ID)
    assert "--lengths 8 32 128 --batch-size 1 8 --dtype float32 --scale 1 --seconds 1" in page.code[0].value
    assert "fffffff" in said(page) and "2026-01-02 03:04:05 UTC" in said(page)
    assert {button.label for button in page.get("download_button")} == {"JSON", "CSV"}


def test_a_busy_machine_and_a_poor_fit_are_reported(runs_folder: Path) -> None:
    odd = replace(CELLS[0], pruned_ms=3 * CELLS[0].pruned_ms)
    busy = replace(RECORD.machine, busy_share=0.8)
    stored(runs_folder, replace(RECORD, machine=busy, cells=(odd, *CELLS[1:])))
    words = said(benchmark(bench=ID))
    assert "80% of the processor was busy with other work" in words
    assert "The fit misses one cell by" in words


def test_one_cell_allows_no_line(runs_folder: Path) -> None:
    stored(runs_folder, replace(RECORD, cells=(CELLS[0],)))
    words = said(benchmark(bench=ID))
    assert "Measure several lengths or batch sizes" in words and "One cell says little" in words


def test_another_session_cannot_start_one(runs_folder: Path) -> None:
    folder = stored(runs_folder, replace(RECORD, finished=False, cells=tuple(CELLS[:2])))
    page = benchmark()
    assert run.ANOTHER in said(page) and page.button(key="bench_start").disabled
    page.button(key="bench_watch").click().run()
    assert not page.exception and link_of(page)["bench"] == ID
    assert "Cancel" in [button.label for button in page.button]
    assert len(page.dataframe[0].value) == 2, "the cells so far"
    killed(folder)
    with run.exclusive_machine(runs_folder):
        assert run.ANOTHER in said(benchmark()), "also one that was started from the command line"


def test_halted_benchmarks_keep_their_cells(runs_folder: Path) -> None:
    folder = stored(runs_folder, replace(RECORD, finished=False, cells=tuple(CELLS[:2])))
    killed(folder)
    page = benchmark(bench=ID)
    assert "ended before it was done, perhaps killed. 2 of 6 cells were measured." in said(page)
    BenchmarkStore(folder).request_cancel()
    assert "Stopped after 2 of 6 cells; the measured cells are shown below." in said(benchmark(bench=ID))
    assert not page.button(key="bench_start").disabled


def test_unknown_and_earlier_ones(runs_folder: Path) -> None:
    page = benchmark(bench="../../etc")
    assert "no longer exists" in said(page) and "bench" not in link_of(page)
    stored(runs_folder)
    time.sleep(0.01)
    stored(runs_folder, benchmark_id="f" * 16)
    page = benchmark(bench=ID)
    assert "Earlier benchmarks (1)" in [expander.label for expander in page.expander]
    page.button(key=f"bench_open {'f' * 16}").click().run()
    assert link_of(page)["bench"] == "f" * 16


def test_start_runs_the_settings_of_the_fields(runs_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[BenchmarkPlan] = []

    def start(root: Path, plan: BenchmarkPlan, expected_s: tuple[float, ...]) -> str:
        begun.append(plan)
        stored(root, None)
        return ID

    monkeypatch.setattr(run, "start", start)
    page = benchmark(lengths="8,16", batches="4", scale="2")
    page.button(key="bench_start").click().run()
    assert not page.exception and link_of(page)["bench"] == ID
    assert begun == [BenchmarkPlan(str(DEFAULT_MODEL), (8, 16), (4,), scale=2.0)]


def test_the_attention_that_runs_is_named_where_it_is_not_the_kernel(
    use_kernel: Callable[[str], None],
) -> None:
    use_kernel("torch")
    assert (
        "Attention runs on torch; the C kernel is not used: LTP_VIZ_NATIVE=0 switches it off. "
        "Times are longer than with the kernel."
    ) in said(benchmark())
    use_kernel("native")
    assert "C kernel" not in said(benchmark())
