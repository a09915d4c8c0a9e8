"""A model whose files are not those that were shipped is refused, and says which file it is."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ltp_viz import InputError, load_model
from ltp_viz.data.checkpoints.checksums import SUMS, verify_checksums, write_checksums
from tests.conftest import ROOT, SST2_MODEL

MODELS = sorted(config.parent for config in (ROOT / "assets/models").glob("*/config.json"))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SST2_MODEL, tmp_path / "model"))


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_bundled_models_are_as_they_were_shipped(folder: Path) -> None:
    listed = {line.split()[1] for line in (folder / SUMS).read_text().splitlines()}
    assert {file.name for file in folder.iterdir()} - listed == {SUMS, "README.md"}
    verify_checksums(folder)


def test_one_changed_bit_of_the_weights_is_refused(model: Path) -> None:
    load_model(model)
    with (model / "model.safetensors").open("r+b") as weights:
        weights.seek(30_000_000)
        bits = weights.read(1)[0]
        weights.seek(30_000_000)
        weights.write(bytes([bits ^ 1]))
    with pytest.raises(InputError, match=r"model\.safetensors' is missing or not what SHA256SUMS beside it"):
        load_model(model)
    write_checksums(model)
    load_model(model)


def test_without_checksums_a_model_loads_and_a_missing_file_is_told(model: Path) -> None:
    (model / "training_log.jsonl").unlink()
    with pytest.raises(InputError, match=r"training_log\.jsonl' is missing"):
        load_model(model)
    (model / SUMS).unlink()
    load_model(model)


@pytest.mark.parametrize("line", ["nonsense", f"{'0' * 64}  ../outside", f"{'0' * 63}  config.json", "\0"])
def test_what_are_no_checksums_is_told(model: Path, line: str) -> None:
    (model / SUMS).write_text(line + "\n")
    with pytest.raises(InputError, match="has a line that is no checksum"):
        load_model(model)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum here")
def test_the_usual_command_reads_them(model: Path) -> None:
    write_checksums(model)
    subprocess.run(["sha256sum", "--check", "--strict", SUMS], cwd=model, check=True, capture_output=True)
