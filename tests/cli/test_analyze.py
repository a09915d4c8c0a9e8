"""`ltp-viz analyze`: what it prints, how it is stopped and resumed, and what it refuses."""

import json
import os
import signal
import threading
from pathlib import Path

import pyarrow as pa
import pytest

from ltp_viz.analysis.dataset.results.summary import summarize
from ltp_viz.analysis.dataset.runs.engine import run
from ltp_viz.analysis.dataset.runs.store import RunStore
from ltp_viz.cli.main import main
from tests.analysis.dataset.stored_runs import (
    MANY_SCALES,
    parts,
    prepared,
    results,
    started,
    wait_until,
    write_csv,
)
from tests.conftest import SST2_MODEL


def command(source: Path, output: Path, *more: str) -> list[str]:
    return ["analyze", "--data", str(source), "--model", str(SST2_MODEL), "--output", str(output), *more]


def only_run(output: Path) -> Path:
    (folder,) = (path.parent for path in output.glob("*/spec.json"))
    return folder


def test_a_file_is_run_and_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "reviews.tsv"
    source.write_text(
        "words\tverdict\twho\nA wonderful film.\tgood\ta\nA dreadful bore.\tbad\tb\n\tbad\tc\nMeh\tso-so\td\n"
    )
    arguments = ["--text-columns", "words", "--label-column", "verdict", "--labels", "good=positive", "bad=0"]
    arguments += ["--sweep", "0:3:0.5", "--scale", "0.8"]
    assert main(command(source, tmp_path / "out", *arguments)) == 0
    printed = capsys.readouterr()
    assert "reviews.tsv: 3 of 4 rows to run, text 'words', labels 'verdict'" in printed.err
    assert "labels that mean no class: 'so-so' (1)" in printed.err and "4 of 4 rows" in printed.err
    folder = only_run(tmp_path / "out")
    spec = RunStore(folder).spec()
    assert spec.scales == (0.0, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 3.0) and spec.roles.extras == ("who",)
    assert results(folder)["gold"].to_pylist() == [1, 0, None]
    assert "3 rows, 2 with a label" in printed.out and f"Results: {folder}/results.parquet" in printed.out
    assert "x0.8 " in printed.out and "x0  " in printed.out
    written = (folder / "results.parquet").stat().st_mtime_ns
    report = tmp_path / "report.html"
    again = command(source, tmp_path / "out", *arguments, "--json", "--report", str(report))
    assert main(again) == 0  # done already
    assert "reviews.tsv" in report.read_text()
    record = json.loads(capsys.readouterr().out)
    assert (folder / "results.parquet").stat().st_mtime_ns == written
    assert record["folder"] == str(folder) and record["rows"] == 3
    summary = summarize(RunStore(folder))
    assert [line["accuracy"] for line in record["scales"]] == [line.accuracy for line in summary.scales]


def test_runs_may_lie_at_a_url(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_csv(tmp_path / "texts.csv", 6)
    arguments = ["analyze", "--data", str(source), "--model", str(SST2_MODEL), "--json", "--output"]
    assert main([*arguments, "memory://cli/runs"]) == 0
    there = json.loads(capsys.readouterr().out)
    assert there["folder"].startswith("memory://cli/runs/") and there["rows"] == 6
    assert main([*arguments, (tmp_path / "out").as_uri()]) == 0
    here = json.loads(capsys.readouterr().out)
    assert here["folder"] == str(only_run(tmp_path / "out")) and here["scales"] == there["scales"]
    assert main([*arguments, "nowhere://cli"]) == 2 and "cannot be reached" in capsys.readouterr().err
    assert main([*arguments, str(source)]) == 2
    assert "is a file; give another folder" in capsys.readouterr().err


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 20 blocks of 16 rows."""
    return write_csv(tmp_path_factory.mktemp("source") / "texts.csv", 320)


@pytest.fixture(scope="module")
def unbroken(source: Path) -> pa.Table:
    """Its results from one uninterrupted run."""
    folder = prepared(source.parent / "whole", source, scales=MANY_SCALES)
    run(RunStore(folder))
    return results(folder)


def test_after_an_interrupt_the_same_command_resumes(
    source: Path, unbroken: pa.Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = command(source, tmp_path / "out", "--block-rows", "16", "--sweep", "0:3:0.1")

    def interrupt(number: int) -> None:
        wait_until(lambda: list((tmp_path / "out").glob("*/parts/part-000000.parquet")))
        os.kill(os.getpid(), number)

    before = signal.getsignal(signal.SIGTERM)
    threading.Thread(target=interrupt, args=(signal.SIGTERM,)).start()
    assert main(arguments) == 130
    assert signal.getsignal(signal.SIGTERM) == before
    folder = only_run(tmp_path / "out")
    printed = capsys.readouterr().err
    assert "Stopped at" in printed and f"--resume {folder}" in printed
    assert 1 <= len(parts(folder)) < 20
    assert main(arguments) == 0
    assert results(folder).equals(unbroken)


def test_after_a_kill_the_same_command_resumes(source: Path, unbroken: pa.Table, tmp_path: Path) -> None:
    arguments = command(source, tmp_path / "out", "--block-rows", "16", "--sweep", "0:3:0.1")
    process = started(*arguments)
    wait_until(lambda: list((tmp_path / "out").glob("*/parts/part-000000.parquet")))
    folder = only_run(tmp_path / "out")
    assert RunStore(folder).process_id() == process.pid
    assert main(["analyze", "--resume", str(folder)]) == 2  # not two at once
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert RunStore(folder).state().status == "interrupted"
    assert 1 <= len(parts(folder)) < 20
    assert main(arguments) == 0
    assert results(folder).equals(unbroken)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--sweep", "0:3"], "--sweep is '0:3'; give FROM:TO:STEP"),
        (["--sweep", "0:3:0.01"], "at most 61 scales"),
        (["--sweep", "3:0:0.1"], "give FROM:TO:STEP"),
        (["--sweep", "nan:3:1"], "give FROM:TO:STEP"),
        (["--scale", "-1"], "A scale is -1.0"),
        (["--layer-scales", "1", "2"], "one scale per layer"),
        (["--text-columns", "nothing"], "no column 'nothing'"),
        (["--text-columns", "a", "b", "c"], "names 3 columns"),
        (["--label-column", "nothing"], "no column 'nothing'"),
        (["--labels", "1=wonderful"], "a class out of negative, positive or 0 to 1"),
        (["--labels", "1"], "give VALUE=CLASS"),
        (["--encoding", "ebcdic"], "encoding 'ebcdic'"),
        (["--block-rows", "0"], "A block has 0 rows"),
        (["--resume", "somewhere"], "give --data, or --resume"),
    ],
)
def test_bad_options_end_with_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    assert main(command(write_csv(tmp_path / "texts.csv", 4), tmp_path / "out", *more)) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not list((tmp_path / "out").glob("*/spec.json"))


def test_missing_things_end_with_one_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_csv(tmp_path / "texts.csv", 4)
    for arguments, message in (
        (command(tmp_path / "none.csv", tmp_path), "There is no file none.csv"),
        (["analyze", "--data", str(source)], "No model is named"),
        (["analyze", "--resume", str(tmp_path / "none")], "is not the folder of a run"),
        (["analyze"], "give --data"),
        (["analyze", "--data", str(source), "--model", str(tmp_path / "none")], "There is no model folder"),
    ):
        assert main(arguments) == 2
        assert message in capsys.readouterr().err
