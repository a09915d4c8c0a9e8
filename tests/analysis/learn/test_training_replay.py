"""The replay shows the log's entries, and nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest

from ltp_viz import TextClassifier
from ltp_viz.analysis.learn.training_replay import linear_share, read_replay
from ltp_viz.core.config import LTPConfig
from ltp_viz.core.flops import pruned_and_dense_macs
from ltp_viz.data.errors import InputError
from tests.conftest import ROOT


@pytest.mark.parametrize(
    "name", [folder.parent.name for folder in ROOT.glob("assets/models/*/training_log.jsonl")]
)
def test_bundled_logs(name: str) -> None:
    folder = ROOT / "assets/models" / name
    config = LTPConfig.from_pretrained(folder)
    entries = [json.loads(line) for line in (folder / "training_log.jsonl").read_text().splitlines()]
    replay = read_replay(folder / "training_log.jsonl", config)
    logged = [entry for entry in entries if "keep_rates" in entry]
    assert [list(step.keep_rates) for step in replay.steps] == [entry["keep_rates"] for entry in logged]
    assert [list(step.thresholds) for step in replay.steps] == [entry["thresholds"] for entry in logged]
    assert [(step.stage, step.step) for step in replay.steps] == [
        (entry["stage"], entry["step"]) for entry in logged
    ]
    scores = [entry["eval_accuracy"] for entry in entries if "eval_accuracy" in entry]
    assert [score.value for score in replay.scores] == scores and replay.score_name == "accuracy"
    totals = [step.total_step for step in replay.steps]
    assert totals == sorted(totals) and replay.stage_ends[-1][1] == sum(
        max(entry["step"] for entry in entries if entry["stage"] == stage)
        for stage in ("dense", "soft", "hard")
    )
    if replay.logged_flops:
        assert [step.flops_share for step in replay.steps] == [entry["flops_share"] for entry in logged]
    last = replay.last_score(len(replay.steps) - 1)
    assert replay.last_score(0) is None and last is not None and last.total_step <= totals[-1]


def test_share_without_logged_flops_is_that_of_short_texts(classifier: TextClassifier) -> None:
    lengths = np.array([[20], [20], [10], [5], [2], [2], [1]])
    pruned, dense = pruned_and_dense_macs(lengths, classifier.config)
    rates = tuple((lengths[1:, 0] / 20).tolist())
    assert linear_share(rates, classifier.config) == pytest.approx(pruned / dense, rel=0.02)
    assert linear_share((1.0,) * 6, classifier.config) == 1


def test_logs_that_cannot_be_replayed(tmp_path: Path, classifier: TextClassifier) -> None:
    path = tmp_path / "training_log.jsonl"
    with pytest.raises(InputError, match="has no training log"):
        read_replay(path, classifier.config)
    path.write_text('{"stage": "dense", "step": 5, "loss": 0.1}\nnonsense\n[1]\n{"stage": "x", "step": 1}\n')
    with pytest.raises(InputError, match="no keep rates"):
        read_replay(path, classifier.config)
    row = {"stage": "hard", "step": 7, "keep_rates": [0.5] * 6, "thresholds": [0.1] * 6, "flops_share": 0.5}
    path.write_text(json.dumps(row) + "\n{half")
    replay = read_replay(path, classifier.config)
    assert len(replay.steps) == 1 and not replay.scores and replay.score_name == ""
    assert replay.last_score(0) is None and replay.logged_flops
