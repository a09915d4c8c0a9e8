"""Every command in poor surroundings: few characters to print with, closed pipes, interrupts, odd file names,
places that cannot be written."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from ltp_viz.cli.main import COMMANDS, main
from tests.conftest import ROOT, save_small_model

JAPANESE = "素晴らしい"
# A name that is no text in any encoding, as file systems and old archives have them.
ODD = os.fsdecode(b"caf\xe9-\xff")


def wrapped_output(monkeypatch: pytest.MonkeyPatch, encoding: str, name: str = "stdout") -> io.BytesIO:
    """Output as on a terminal, or into a file, of that encoding."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, name, io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    return raw


@pytest.fixture
def closed_pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Output into a pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        yield
        monkeypatch.undo()


@pytest.fixture
def odd_folder(tmp_path: Path, encoder_folder: Path) -> Path:
    """Labelled texts below a name that is no text, beside a finished training with its model."""
    run, folder = tmp_path / "run", tmp_path / ODD
    save_small_model(run / "hard", encoder_folder, 2)
    for name, content in (("recipe.json", '{"base": "tiny"}'), ("training_log.jsonl", '{"step": 1}\n')):
        (run / name).write_text(content)
    folder.mkdir()
    rows = "".join(f"A {JAPANESE} film that is number {row}.\t{row % 2}\n" for row in range(12))
    (folder / "texts.tsv").write_text("sentence\tlabel\n" + rows, encoding="utf-8")
    return folder


def working(folder: Path) -> dict[str, list[str]]:
    """Arguments with which each command does its work in seconds; what serves or trains is not here."""
    model, data = str(folder.parent / "run/hard"), str(folder / "texts.tsv")
    both = ["--model", model, "--data", data]
    as_sst2 = ["--task", "sst2"]
    return {
        "trace": [f"A {JAPANESE} film {ODD}", "--model", model],
        "evaluate": [*both, *as_sst2, "--seconds", "0", "--card", str(folder / "card.md")],
        "analyze": [*both, "--output", str(folder.parent / "runs"), "--report", str(folder / "report.html")],
        "compare": [
            *(*both, *as_sst2, "--holdout", data, "--rules", "top_k", "--target-flops", "0.8"),
            *("--output", str(folder / "c.json"), "--calibration", str(folder / "strengths.json")),
        ],
        "why": [*both, *as_sst2, "--max-texts", "2", "--output", str(folder / "why.json")],
        "bench": [
            *(*both, *as_sst2, "--lengths", "8", "--batch-size", "1", "--seconds", "0.02", "--cells-only"),
            *("--output", str(folder / "bench.json")),
        ],
        "export": [str(folder.parent / "run"), "--output", str(folder.parent / "exported")],
    }


@pytest.mark.parametrize("command", working(Path()))
def test_names_of_any_bytes_and_an_output_of_few_characters(
    command: str, odd_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = working(odd_folder)[command]
    out, err = (wrapped_output(monkeypatch, "cp1252", name) for name in ("stdout", "stderr"))
    assert main([command, *arguments]) == 0, err.getvalue().decode("cp1252")
    printed = out.getvalue().decode("cp1252")
    assert "Traceback" not in err.getvalue().decode("cp1252")
    if command == "trace":
        assert "\\u7d20" in printed, "what the encoding lacks is escaped"
    for option in ("--output", "--card", "--report", "--calibration"):
        if option in arguments:
            assert Path(arguments[arguments.index(option) + 1]).exists()


@pytest.mark.parametrize("command", working(Path()))
@pytest.mark.usefixtures("closed_pipe")
def test_a_reader_that_has_enough(command: str, odd_folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([command, *working(odd_folder)[command]]) == 0
    assert "roken pipe" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["trace", "A text.", "--model"],
        ["evaluate", "--data", "x.csv", "--model"],
        ["analyze", "--model", "sst2", "--data", "x.csv", "--output"],
        ["export", "x", "--output"],
        ["train", "--base", "b", "--data", "d", "--output"],
    ],
)
def test_where_a_name_must_be_text_one_message_says_so(
    command: list[str], odd_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, str(odd_folder)]) == 2
    message = f"The path '{odd_folder}' holds bytes that are no text; rename that file or folder."
    assert capsys.readouterr().err == message.encode(errors="backslashreplace").decode() + "\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_whatever_a_command_is_doing(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What all commands get from `main`, those that serve or train for long too."""
    module = import_module(f"ltp_viz.cli.{command}")
    monkeypatch.setattr(module, "add_options", lambda parser: None)

    def interrupted(options: object) -> int:
        print("half of a table")
        raise KeyboardInterrupt

    def prints(options: object) -> int:
        print(JAPANESE, ODD)
        print(JAPANESE, ODD, file=sys.stderr)
        return 0

    monkeypatch.setattr(module, "run", interrupted)
    assert main([command]) == 130
    assert capsys.readouterr() == ("half of a table\n", "")
    monkeypatch.setattr(module, "run", prints)
    with monkeypatch.context() as patch:
        out, err = (wrapped_output(patch, "ascii", name) for name in ("stdout", "stderr"))
        assert main([command]) == 0
        assert out.getvalue() == err.getvalue() != b""


@pytest.mark.parametrize(
    "command",
    [
        ["analyze", "--model", "sst2", "--data", "x.csv", "--output"],
        ["export", "x", "--output"],
        ["train", "--base", "b", "--data", "d", "--output"],
        ["ablate", "--base", "b", "--data", "d", "--output"],
        ["results", "--document"],
        ["evaluate", "--model", "sst2", "--data", "x.csv", "--output"],
        ["evaluate", "--model", "sst2", "--data", "x.csv", "--run", "a", "--dense", "b", "--results"],
    ],
)
def test_places_that_cannot_be_written_are_found_before_the_work(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what `test_main` has, these are all the options of all commands that name a place to write to."""
    (tmp_path / "file").touch()
    place = str(tmp_path / "file" / "below")
    assert main([*command, place]) == 2
    [message] = capsys.readouterr().err.splitlines()
    assert message.startswith(f"{command[-1]} is {place!r}, ")


def test_an_interrupt_that_a_library_swallows_ends_the_command(tmp_path: Path) -> None:
    """While it is imported: nothing is printed, and the command does not go on."""
    (tmp_path / "torch.py").write_text(
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\nexcept BaseException:\n    pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "ltp_viz", "trace", "A text."],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
