"""The command line as a whole: help, version, exit status, pipes, interrupts, encodings, bad places."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ltp_viz
from ltp_viz import settings
from ltp_viz.cli import main as command_line
from ltp_viz.cli.main import COMMANDS, main
from ltp_viz.data.checkpoints import load
from ltp_viz.ui import serve
from tests.conftest import ROOT, SST2_MODEL

PYTHON = [sys.executable, "-m", "ltp_viz"]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one message with which the command line refuses these arguments."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert not out
    [message] = err.splitlines()
    return message


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"usage: ltp-viz {name} ") and f"`ltp-viz {name}" in out and not err


def test_help_and_version_name_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in COMMANDS)
    assert all(each.name in printed and each.meaning in printed for each in settings.FOR_USERS)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ltp-viz {ltp_viz.__version__}\n"


def test_help_and_version_wait_for_no_library() -> None:
    code = "import sys; from ltp_viz.cli.main import main; main(sys.argv[1:]); "
    code += "print([name for name in ('torch', 'transformers', 'numpy', 'streamlit') if name in sys.modules])"
    for option in ("--version", "--help"):
        done = subprocess.run(
            [sys.executable, "-c", code, option], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "[]"


# Options that mean the same have the same name and the same help.
SHARED = ("--model", "--data", "--split", "--task", "--text-columns", "--label-column", "--scale", "--json")


def test_shared_options_have_one_help(capsys: pytest.CaptureFixture[str]) -> None:
    found: dict[str, set[str]] = {option: set() for option in SHARED}
    for name in ("trace", "evaluate", "analyze", "compare", "why", "bench", "ablate"):
        parser = command_line.Parser()
        command_line.import_module(f"ltp_viz.cli.{name}").add_options(parser)
        for action in parser._actions:
            for option in action.option_strings:
                if option in found:
                    found[option].add(str(action.help).split("; default")[0])
    # `ablate` has a default task, `bench` reads a file of a task and `analyze` adds scales: they say so.
    exceptions = {"--task": 3, "--data": 2, "--scale": 2}
    assert {option: len(helps) for option, helps in found.items()} == {
        option: exceptions.get(option, 1) for option in SHARED
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "ltp-viz: the following arguments are required: COMMAND"),
        (["dance"], "invalid choice: 'dance'"),
        (["trace"], "ltp-viz trace: the following arguments are required: TEXT"),
        (["trace", "a", "--scale", "-1"], "--scale is -1.0; give a finite number of at least 0."),
        (["trace", "a", "--model", "nowhere"], "give one of mrpc, sentiment-long, sst2, an existing folder"),
        (["app", "--port", "80000"], "'80000' is not a port; give a whole number from 1 to 65535"),
        (["app", "--port", "http"], "'http' is not a port"),
        (["app", "--address", "no.such.host.invalid"], "--address is 'no.such.host.invalid'"),
        (["train", "--output", "x"], "No --base is given"),
    ],
)
def test_bad_input_is_one_message(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(capsys, *arguments)


def test_a_port_in_use_is_named_with_the_remedy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "App", lambda *_, **__: pytest.fail("it was served"))
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = refused(capsys, "app", "--port", str(port))
    assert message == f"Port {port} of localhost is in use; stop what uses it, or choose another with --port."


@pytest.mark.parametrize("place", ["folder", "below a file", "read-only"])
@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["bench", "--lengths", "8"], "--output"),
        (["compare", "--model", "sst2", "--data", "x.csv", "--holdout", "x.csv"], "--output"),
        (["compare", "--model", "sst2", "--data", "x.csv", "--holdout", "x.csv"], "--calibration"),
        (["why", "--model", "sst2", "--data", "x.csv"], "--output"),
        (["evaluate", "--model", "sst2", "--data", "x.csv"], "--card"),
        (["analyze", "--model", "sst2", "--data", "x.csv"], "--report"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_work(
    command: list[str], option: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    # Nobody, root included, can make files in /proc.
    path = {"folder": tmp_path, "below a file": tmp_path / "file/x", "read-only": Path("/proc/x")}[place]
    if place == "read-only" and not Path("/proc/self").exists():
        pytest.skip("no /proc here")
    message = refused(capsys, *command, option, str(path))
    assert message.startswith(f"{option} is '{path}', ")


def test_a_folder_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    for command in (["train", "--base", "b", "--data", "d"], ["ablate", "--base", "b", "--data", "d"]):
        assert refused(capsys, *command, "--output", str(file)).startswith(f"--output is '{file}', ")


def test_an_interrupt_ends_quietly(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(name: str, **_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(load, "load_model", interrupt)
    assert main(["trace", "A text."]) == 130
    out, err = capsys.readouterr()
    assert not out and not err


def test_ctrl_c_ends_the_served_app_quietly(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    log = tmp_path / "log.txt"
    with log.open("w") as printed:
        server = subprocess.Popen(
            [*PYTHON, "app", "--port", str(port)], cwd=ROOT, stdout=printed, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + 120
        while True:
            with socket.socket() as client:
                if client.connect_ex(("localhost", port)) == 0:
                    break
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        server.send_signal(signal.SIGINT)
        assert server.wait(60) in (0, 130)
    finally:
        server.kill()
        server.wait()
    assert "Traceback" not in log.read_text()


def test_a_closed_pipe_ends_quietly() -> None:
    """The reader leaves before anything is printed, as `| head -0` does."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PYTHON, "--help"], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.stderr == "" and done.returncode == 0


def test_any_encoding_of_the_output_works() -> None:
    done = subprocess.run(
        [*PYTHON, "trace", "Ein schöner Film – 素晴らしい", "--model", str(SST2_MODEL)],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.decode("cp1252")
    assert "–" in printed and "\\u7d20" in printed, "what the encoding lacks is escaped"


def test_the_trace_of_a_text(capsys: pytest.CaptureFixture[str], classifier: ltp_viz.TextClassifier) -> None:
    text = "A warm, funny little film that never wastes a minute."
    record = classifier.trace(text)
    assert main(["trace", text, "--model", "sst2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    layers = lines[1 : 1 + record.num_layers]
    for layer, line in enumerate(layers):
        left = int(record.keep[layer].sum())
        entered = int(record.attention_lengths[layer])
        assert line.split()[:2] == [str(layer + 1), str(left)]
        assert line.count("~~") == 2 * (entered - left)
    assert "waste ‐s a" in layers[0]
    assert lines[-2].startswith(f"{record.label} ")
    assert main(["trace", text, "--model", "sst2", "--json"]) == 0
    again = ltp_viz.Trace.from_json(capsys.readouterr().out)
    assert (again.keep == record.keep).all() and again.label == record.label
