"""The benchmark counts what it runs and reports it; tests do not check how long anything takes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from transformers import BertTokenizer

from ltp_viz import TextClassifier, load_model
from ltp_viz.analysis import machine
from ltp_viz.analysis.benchmark import plan, run, worker
from ltp_viz.analysis.benchmark.cost_line import call_gflops, call_ms, cost_line
from ltp_viz.analysis.benchmark.measure import (
    WARM_UP_ROUNDS,
    WAYS,
    Benchmark,
    Cell,
    growth_exponent,
)
from ltp_viz.analysis.benchmark.plan import BenchmarkPlan, estimated_seconds, lengths_for, texts_per_cell
from ltp_viz.analysis.benchmark.record import BenchmarkRecord, cells_csv
from ltp_viz.analysis.benchmark.run import ANOTHER, exclusive_machine
from ltp_viz.analysis.benchmark.store import RECORD, BenchmarkStore
from ltp_viz.analysis.benchmark.summary import summarize_cells, timing_words
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.analysis.jobs.queue import jobs_ahead
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.jobs.store import PROGRESS
from ltp_viz.cli.main import main
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.flops import dense_macs
from ltp_viz.data.errors import InputError
from tests.core.family_cases import CASES, dense_model, random_ids
from tests.hostile.tiny_model import WORDS

MODEL = str(Path(__file__).parents[3] / "assets/models/sst2")
LOOK = machine.matmul_gflops  # before it is replaced
TEXTS = ["A warm, funny little film that never wastes a minute.", "One.", "Two hours of noise."]


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Locks and folders belong to the test alone."""
    monkeypatch.setenv("LTP_VIZ_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


@pytest.fixture(scope="module", autouse=True)
def quick_look() -> Iterator[None]:
    """The search for the machine's fastest product takes seconds and is not needed here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "matmul_gflops", lambda dtype: 10_000.0)
        yield


@pytest.fixture(scope="module")
def benchmark(classifier: TextClassifier) -> Benchmark:
    return Benchmark(classifier, ["float32"], budget_s=0.01)


@pytest.fixture(scope="module")
def cell(benchmark: Benchmark, classifier: TextClassifier) -> Cell:
    return benchmark.cell("three", classifier.tokenizer(TEXTS)["input_ids"], 2, "float32")


def on_line(cell: Cell, fixed_ms: float, ms_per_gflop: float, tokens: int, batch: int = 1) -> Cell:
    """A cell with exactly these times; pruned calls have half the FLOPs of dense ones."""
    gflops = tokens / 50
    dense = (fixed_ms + ms_per_gflop * gflops * batch) / batch
    pruned = (fixed_ms + ms_per_gflop * gflops / 2 * batch) / batch
    return replace(
        cell,
        mean_tokens=tokens,
        batch_size=batch,
        dense_mflops=1e3 * gflops,
        pruned_mflops=5e2 * gflops,
        dense_ms=dense,
        packed_ms=dense,
        pruned_ms=pruned,
        speed_up=dense / pruned,
        packed_speed_up=1.0,
        flops_reduction=2.0,
        speed_up_spread=(dense / pruned, dense / pruned),
    )


def test_cell_counts_the_flops_of_its_texts(cell: Cell, classifier: TextClassifier) -> None:
    predictions = classifier.predict(TEXTS)
    expected = predictions.dense_macs.sum() / predictions.macs.sum()
    assert cell.flops_reduction == pytest.approx(expected)
    assert cell.dense_mflops == pytest.approx(2e-6 * predictions.dense_macs.mean())
    assert cell.mflops("pruned") == pytest.approx(2e-6 * predictions.macs.mean())
    assert cell.texts == 3 and cell.rounds >= 5
    assert cell.speed_up == pytest.approx(cell.dense_ms / cell.pruned_ms)
    assert cell.realised == pytest.approx(cell.speed_up / cell.flops_reduction)
    assert 0 < cell.pruned_peak_share < 1 and 0 < cell.dense_peak_share < 1


def test_spread_holds_the_median_and_leaves_out_the_warm_up(
    classifier: TextClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rounds of 100 seconds, then 1 to 5, for pruned; twice and three times that for packed and dense."""
    now, rounds = [0.0], iter(range(1000))

    def alternate(runs: dict, budget_s: float, min_rounds: int) -> None:
        for _ in range(7):
            number = next(rounds) % 7
            for way in runs:
                clock = {"dense": 3.0, "packed": 2.0, "pruned": 1.0}[way]
                ticks.extend([now[0], now[0] + clock * (100 if number < 2 else number - 1)])
                runs[way]()

    ticks: list[float] = []
    monkeypatch.setattr("ltp_viz.analysis.benchmark.measure.alternate", alternate)
    quiet = Benchmark(classifier, [], budget_s=0.01)
    monkeypatch.setattr("time.perf_counter", lambda: ticks.pop(0))
    quiet._dense, quiet._models = {"float32": lambda **_: None}, {"float32": classifier.model}  # type: ignore[dict-item]
    quiet.machine.matmul_gflops["float32"] = 1.0
    cell = quiet.cell("one", [[101, 2307, 102]], 1, "float32")
    assert [cell.ms(way) / 1e3 for way in WAYS] == pytest.approx([9, 6, 3])
    assert cell.spread_ms("dense") == pytest.approx((6e3, 12e3))
    assert cell.warm_up_ms("pruned") == pytest.approx((100e3, 100e3)) and WARM_UP_ROUNDS == 2
    assert cell.speed_up == pytest.approx(3) and cell.speed_up_spread == pytest.approx((3, 3))


def test_cells_round_trip_through_json(cell: Cell) -> None:
    assert Cell.from_dict(json.loads(json.dumps(cell.to_dict()))) == cell
    assert cell.speed_up_spread[0] <= cell.speed_up <= cell.speed_up_spread[1]
    for way in WAYS:
        low, high = cell.spread_ms(way)
        assert 0 < low <= cell.ms(way) <= high and len(cell.warm_up_ms(way)) == WARM_UP_ROUNDS


def test_agreement_of_a_dtype_with_itself_is_whole(benchmark: Benchmark, classifier: TextClassifier) -> None:
    assert benchmark.agreement(classifier.tokenizer(TEXTS)["input_ids"], "float32") == 1.0


def test_best_product_is_found() -> None:
    assert LOOK(machine.DTYPES["float32"], (32, 64), 0.01) > 0


def test_an_estimate_rests_on_the_best_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([17.0, 160.0, 50.0, *[40.0] * 20])
    monkeypatch.setattr(plan, "matmul_gflops", lambda *_: next(looks))
    monkeypatch.setattr(plan, "estimated_gflops", cache(plan.estimated_gflops.__wrapped__))
    assert plan.estimated_gflops() == plan.estimated_gflops() == 160.0


def test_growth_exponent(cell: Cell) -> None:
    cells = [replace(cell, mean_tokens=n, dense_ms=0.5 * n**2, pruned_ms=3.0 * n) for n in (16, 64, 256)]
    assert growth_exponent(cells, "dense_ms", "mean_tokens") == pytest.approx(2)
    assert growth_exponent(cells, "pruned_ms", "mean_tokens") == pytest.approx(1)


def test_cost_line_finds_fixed_cost_and_slope(cell: Cell) -> None:
    cells = [on_line(cell, 5.0, 7.0, n, batch) for n in (8, 32, 128) for batch in (1, 8)]
    for way in WAYS:
        line = cost_line(cells, way)
        assert line is not None
        assert (line.fixed_ms, line.ms_per_gflop) == pytest.approx((5.0, 7.0))
        assert line.largest_error < 1e-9
        assert line.fixed_share(cells[0]) == pytest.approx(5.0 / call_ms(cells[0], way))
        assert line.call_ms(call_gflops(cells[-1], way)) == pytest.approx(call_ms(cells[-1], way))


def test_cost_line_is_never_below_zero_and_needs_a_direction(cell: Cell) -> None:
    falling = [replace(on_line(cell, 5, 0, n), pruned_ms=ms) for n, ms in ((8, 9.0), (32, 4.0), (64, 2.0))]
    line = cost_line(falling, "pruned")
    assert line is not None and line.ms_per_gflop == 0 and line.fixed_ms > 0
    steep = [replace(on_line(cell, 5, 0, n), pruned_ms=n**2) for n in (8, 32, 64)]
    line = cost_line(steep, "pruned")
    assert line is not None and line.fixed_ms == 0 and line.ms_per_gflop > 0
    assert cost_line(falling[:1], "pruned") is None
    assert cost_line([falling[0], replace(falling[0], pruned_ms=5.0)], "pruned") is None


def test_reading_finds_extremes_and_respects_the_spread(cell: Cell) -> None:
    cells = [on_line(cell, 5.0, 7.0, n, batch) for n in (8, 128) for batch in (1, 8)]
    cells[0] = replace(cells[0], speed_up_spread=(0.9, 1.3))
    cells[1] = replace(cells[1], speed_up=0.8, speed_up_spread=(0.7, 0.9))
    reading = summarize_cells([*cells, replace(cells[0], dtype="bfloat16")], "float32")
    assert reading.cells == tuple(cells)
    assert reading.smallest is cells[0] and reading.largest is cells[3] and reading.fastest is cells[3]
    assert reading.faster == (cells[2], cells[3]) and reading.slower == (cells[1],)
    assert reading.same_length_batched() == (cells[0], cells[1])
    assert not reading.beyond_flops, "a fixed cost cannot gain more than FLOPs predict"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lengths": ()}, "No lengths are given"),
        ({"lengths": (8, 7)}, "The lengths include 7"),
        ({"batch_sizes": (10**9,)}, "The batch sizes include"),
        ({"dtypes": ("float8",)}, "The number formats include float8"),
        ({"scale": float("nan")}, "The scale is nan"),
        ({"budget_s": 3600}, "The time per cell is 3600 s"),
    ],
)
def test_plan_is_bounded(change: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(BenchmarkPlan("model", (8,), (1,)), **change)


def test_plan_estimates_every_cell(classifier: TextClassifier) -> None:
    plan = BenchmarkPlan(MODEL, (8, 512), (1, 32), budget_s=0.5)
    seconds = estimated_seconds(plan, classifier.config, 100)
    assert len(seconds) == 1 + plan.cells and min(seconds[1:]) >= plan.budget_s
    assert seconds[4] > seconds[3] and sum(estimated_seconds(plan, classifier.config, 10)) > sum(seconds)
    work = 7 * 2.5 * texts_per_cell(32) * 2 * dense_macs(512, classifier.config)
    assert seconds[4] >= work / 100e9
    assert BenchmarkPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert lengths_for(LTPConfig(max_position_embeddings=64)) == (8, 16, 32, 64)


def test_command_prints_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "bench.json"
    options = ["--lengths", "8", "16", "--batch-size", "2", "--seconds", "0.01", "--output", str(target)]
    assert main(["bench", "--model", MODEL, *options]) == 0
    printed = capsys.readouterr().out
    assert "| 8 tokens | float32 | 2 | 8 |" in printed and "sweep of 61 scales, 16 tokens" in printed
    record = json.loads(target.read_text())
    assert [cell["mean_tokens"] for cell in record["cells"]] == [8, 16]
    assert record["machine"]["attention"] in ("native", "torch") and len(record["sweeps"]) == 2
    read = BenchmarkRecord.read(target)
    assert read.finished and read.planned == 2 and len(read.model_fingerprint) == 64
    assert read.extras["growth"] == record["growth"] and json.loads(read.to_json()) == record
    rows = [line.split(",") for line in cells_csv(read.cells).strip().split("\n")]
    assert len(rows) == 3 and {len(row) for row in rows} == {len(rows[0])}
    assert float(rows[1][rows[0].index("dense_ms")]) == pytest.approx(read.cells[0].dense_ms, abs=1e-4)


def test_the_plan_s_command_measures_the_plan_cell_by_cell(
    tmp_path: Path, small_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[BenchmarkRecord] = []
    monkeypatch.setattr(BenchmarkRecord, "write", lambda record, path: written.append(record))
    plan = BenchmarkPlan(str(small_models / "deep"), (8, 16), (1,), scale=3.0, budget_s=0.01)
    assert main(["bench", *plan.arguments(), "--output", str(tmp_path / "never.json")]) == 0
    assert [(len(record.cells), record.finished) for record in written] == [(1, False), (2, False), (2, True)]
    last = written[-1]
    assert last.planned == plan.cells and last.scale == 3.0 and "sweeps" not in last.extras
    assert last.cells[0].texts == texts_per_cell(1)
    milder = written[-1].cells[0].flops_reduction
    assert main(["bench", *replace(plan, scale=0.5, lengths=(8,)).arguments(), "--output", "x"]) == 0
    assert written[-1].cells[0].flops_reduction < milder, "a smaller scale drops less"


def test_command_stops_in_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--model", MODEL, "--lengths", "8", "--seconds", "0.01", "--max-seconds", "0"]) == 1
    assert "The time limit of 0 seconds is reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--lengths 8 600", "--lengths contains 600; give 3 to 512."),
        ("--lengths 2", "--lengths contains 2; give 3 to 512."),
        ("--batch-size 0", "--batch-size contains 0; give 1 to 4,096."),
        ("--max-texts -1", "--max-texts contains -1; give 0 to 1,000,000."),
        ("--scale -1", "--scale contains -1; give 0 to 1,000."),
        ("--scale nan", "--scale contains nan; give 0 to 1,000."),
    ],
)
def test_impossible_options_are_refused_with_one_message(
    option: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--model", MODEL, *option.split()]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1] == said


def test_one_benchmark_at_a_time(runs_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with exclusive_machine(runs_folder):
        assert run.is_any_active(runs_folder)
        assert main(["bench", "--model", MODEL, "--lengths", "8"]) == 2
        with pytest.raises(InputError, match=ANOTHER):
            run.start(runs_folder, BenchmarkPlan(MODEL, (8,), (1,)), (1.0, 1.0))
    assert "Another benchmark, or a run over data, is computing" in capsys.readouterr().err
    assert not run.is_any_active(runs_folder) and not run.states(runs_folder)


def test_a_separate_process_can_be_watched_and_stopped(runs_folder: Path, small_models: Path) -> None:
    plan = BenchmarkPlan(str(small_models / "deep"), (8,), (1,), budget_s=4.0)
    started = run.start(runs_folder, plan, (12.0, 4.0))
    state = run.state(runs_folder, started)
    assert state.job.is_active and state.plan == plan and state.seconds_left == 16.0
    active = run.active(runs_folder)
    assert active is not None and active.id == started
    with pytest.raises(InputError, match="Another benchmark"):
        run.start(runs_folder, plan, (12.0, 4.0))
    run.cancel(runs_folder, started)
    state = run.state(runs_folder, started)
    assert state.job.status == "cancelled" and state.cells_done == 0 and run.active(runs_folder) is None
    run.cancel(runs_folder, started)  # nothing to do


def test_states_of_folders(runs_folder: Path, cell: Cell, benchmark: Benchmark) -> None:
    with pytest.raises(InputError, match="no benchmark"):
        run.state(runs_folder, "../x")
    store = BenchmarkStore(runs_folder / "0123456789abcdef")
    store.create(BenchmarkPlan(MODEL, (8, 16), (1,)), (10.0, 1.0, 2.0))
    name = Path(store.place).name
    assert run.state(runs_folder, name).job.status == "new"
    store.write_state(JobState("failed", 0, 2, message="No model is here."))
    state = run.state(runs_folder, name)
    assert (state.job.status, state.job.message) == ("failed", "No model is here.")
    record = BenchmarkRecord(benchmark.machine, MODEL, "f" * 64, 6, 1.0, 1.0, "command", "2026-01-01", 2)
    record.with_cell(cell).write(Path(store.path(RECORD)))
    state = run.state(runs_folder, name)
    assert (state.job.status, state.cells_done, state.seconds_left) == ("failed", 1, 2.0)
    store.write_state(JobState("running", 1, 2))
    assert run.state(runs_folder, name).job.status == "running"
    progress = json.loads(Path(store.path(PROGRESS)).read_text())
    Path(store.path(PROGRESS)).write_text(json.dumps(progress | {"process_started": 0.0}))
    state = run.state(runs_folder, name)
    assert state.job.status == "interrupted" and "perhaps killed." in (state.job.message or "")
    replace(record, cells=(cell, cell), finished=True).write(Path(store.path(RECORD)))
    assert run.state(runs_folder, name).job.status == "done"
    store.write_spec({})
    assert run.states(runs_folder) == []


def test_the_worker_measures_the_plan(
    runs_folder: Path, small_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = BenchmarkPlan(str(small_models / "deep"), (8, 16), (1,), scale=3.0, budget_s=0.01)
    store = BenchmarkStore(runs_folder / "one")
    store.create(plan, (10.0, 1.0, 1.0))
    assert worker.measure(store).status == "done"
    record = store.record()
    assert record is not None and record.finished and record.scale == 3.0 and record.planned == 2
    assert [cell.mean_tokens for cell in record.cells] == [8, 16] and len(record.extras["growth"]) == 1
    monkeypatch.setattr(worker, "MAX_TOTAL_SECONDS", 0)
    slow = BenchmarkStore(runs_folder / "two")
    slow.create(plan, (10.0, 1.0, 1.0))
    state = worker.measure(slow)
    assert state.status == "failed" and "The time limit of 0 seconds is reached" in (state.message or "")


def test_a_benchmark_and_a_run_over_data_wait_for_each_other(runs_folder: Path) -> None:
    """One queue for every kind of job, because times beside other work mean nothing."""
    store = BenchmarkStore(runs_folder / "one")
    store.create(BenchmarkPlan(MODEL, (8,), (1,)), (10.0, 1.0))
    beside = RunStore(runs_folder / "two")
    beside.write_spec({})
    beside.write_state(JobState("running", queued_at=20.0))
    assert jobs_ahead(store, 10.0) == 1 and not run.is_any_active(runs_folder)
    beside.write_state(JobState("queued", queued_at=20.0))
    assert jobs_ahead(store, 10.0) == 0 and jobs_ahead(beside, 20.0) == 0
    store.write_state(JobState("queued", queued_at=10.0))
    assert jobs_ahead(beside, 20.0) == 1 and run.is_any_active(runs_folder)


def test_command_refuses_data_that_are_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--model", MODEL, "--data", "some.parquet"]) == 2
    assert "There is no file some.parquet" in capsys.readouterr().err


def test_command_times_the_texts_of_a_file_without_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "films.txt").write_text("A warm film.\nA dull mess, alas.\n")
    few = ["--lengths", "8", "--batch-size", "1", "--seconds", "0.01", "--cells-only"]
    assert main(["bench", "--model", MODEL, "--data", str(tmp_path / "films.txt"), *few]) == 0
    printed = capsys.readouterr()
    assert (
        "Read as: one text per line, UTF-8." in printed.err and f"| {tmp_path.name} | float32" in printed.out
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_every_family_is_timed_against_its_own_class(case: str, dtype: str, tmp_path: Path) -> None:
    """In a batch with padding; that the answers agree is tested where the dense model is made."""
    dense_model(case).save_pretrained(tmp_path)
    BertTokenizer(vocab={word: number for number, word in enumerate(WORDS)}).save_pretrained(tmp_path)
    brought = load_model(tmp_path)
    rows = [random_ids(length, seed).tolist() for seed, length in enumerate((12, 30, 5))]
    cell = Benchmark(brought, [dtype], 0.01).cell("three", rows, 2, dtype)
    offers = type(dense_model(case))._supports_sdpa
    assert cell.dense_attention == ("sdpa" if offers else "eager")
    assert min(cell.dense_ms, cell.packed_ms, cell.pruned_ms) > 0
    assert 2e-6 * sum(dense_macs(len(row), brought.config) for row in rows) == pytest.approx(
        3 * cell.dense_mflops
    )
    assert f"(Hugging Face, {cell.dense_attention})" in timing_words(cell, "a processor", 2)
