"""An export that fails: one message, and no incomplete files."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ltp_viz.cli.main import main
from tests.disks import fill


def cut(name: str) -> Callable[[Path], None]:
    """Truncate a file of the run."""

    def damage(run: Path) -> None:
        content = (run / name).read_bytes()
        (run / name).write_bytes(content[: len(content) // 2])

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut("hard/model.safetensors"), "hard"),
        (cut("hard/config.json"), "hard"),
        (cut("hard/tokenizer.json"), "hard"),
        (cut("recipe.json"), "recipe.json is not a complete JSON file"),
        (lambda run: (run / "recipe.json").write_text("[]"), "recipe.json is not a JSON object"),
        (lambda run: (run / "recipe.json").unlink(), "recipe.json"),
        (lambda run: (run / "training_log.jsonl").unlink(), "training_log.jsonl"),
    ],
)
def test_a_damaged_run(
    finished_training: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    message: str,
) -> None:
    damage(finished_training)
    assert main(["export", str(finished_training), "--output", str(tmp_path / "model")]) == 2
    [printed] = capsys.readouterr().err.strip().splitlines()
    assert message in printed and not list(tmp_path.glob("model*"))


@pytest.mark.parametrize("left", [0, 100_000, 2_200_000])
def test_a_full_disk(
    finished_training: Path, small_disk: Path, capfd: pytest.CaptureFixture[str], left: int
) -> None:
    fill(small_disk, but=left)
    assert main(["export", str(finished_training), "--output", str(small_disk / "model")]) == 1
    printed = capfd.readouterr().err
    assert "The disk is full" in printed and "free some space" in printed
    assert not list(small_disk.glob("model*"))
