"""Runs over files: numbers equal single traces, and no interruption changes the results."""

import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import filelock
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import ltp_viz
from ltp_viz import InputError, TextClassifier
from ltp_viz.analysis.dataset.results.summary import summarize
from ltp_viz.analysis.dataset.runs.background import prepare
from ltp_viz.analysis.dataset.runs.engine import make_spec, model_fingerprint, run
from ltp_viz.analysis.dataset.runs.spec import RunSpec
from ltp_viz.analysis.dataset.runs.store import RESULTS, RunStore
from ltp_viz.analysis.jobs.states import JobState
from ltp_viz.analysis.sweeps import batches_by_length
from ltp_viz.data.tables.chosen_roles import guessed_roles_for
from ltp_viz.data.tables.source import import_table
from tests.analysis.dataset.stored_runs import parts, prepared, results, wait_until, write_csv
from tests.conftest import SST2_MODEL
from tests.data.checkpoints.brought import save_bert

SCALES = (0.0, 0.5, 1.0, 2.0)


def assert_equals_traces(classifier: TextClassifier, spec: RunSpec, table: pa.Table) -> None:
    """Every number of every row and scale, from a run of this text alone."""
    for row in table.to_pylist():
        for k, scale in enumerate(spec.scales):
            trace = classifier.trace(row["text"], row["text_pair"], scale, spec.layer_scales)
            ordered = np.sort(trace.probabilities)
            assert row["token_ids"] == list(trace.input_ids) and row["length"] == len(trace.tokens)
            assert row["total_tokens"] == trace.total_tokens
            assert row["dense_macs"] == trace.dense_macs and row[f"macs_{k}"] == trace.macs
            assert row[f"label_{k}"] == int(trace.logits.argmax())
            assert row[f"confidence_{k}"] == pytest.approx(ordered[-1], abs=1e-5)
            assert row[f"margin_{k}"] == pytest.approx(ordered[-1] - ordered[-2], abs=2e-5)
            assert row[f"depths_{k}"] == trace.survival_depth.tolist()


@pytest.mark.parametrize("layer_scales", [None, (1.0, 2.0, 0.0, 1.0, 0.5, 1.0)], ids=["learned", "by layer"])
def test_results_equal_single_traces(
    classifier: TextClassifier, tmp_path: Path, layer_scales: tuple[float, ...] | None
) -> None:
    texts = [
        "It is not without charm.",
        None,
        "naïve – 映画 \U0001f600",
        "A dreadful bore. " * 150,
        "Meh",
        "Meh",
    ]
    labels = ["positive", "negative", "negative", "NEGATIVE", "no idea", None]
    source = tmp_path / "texts.csv"
    pd.DataFrame({"text": texts, "label": labels, "who": list("abcdef")}).to_csv(source, index=False)
    folder = prepared(tmp_path, source, scales=SCALES, layer_scales=layer_scales, block_rows=2)
    assert run(RunStore(folder)).status == "done"
    table, spec = results(folder), RunStore(folder).spec()
    assert table["row"].to_pylist() == [1, 3, 4, 5, 6]
    assert table["gold"].to_pylist() == [1, 0, 0, None, None]
    assert table["extra_0"].to_pylist() == list("acdef")
    assert_equals_traces(classifier, spec, table)
    longest = table.slice(2, 1).to_pylist()[0]
    assert longest["total_tokens"] > longest["length"] == classifier.config.max_text_tokens
    predicted = classifier.predict(table["text"].to_pylist(), global_scale=2.0, layer_scales=layer_scales)
    assert table["macs_3"].to_pylist() == predicted.macs.tolist()
    np.testing.assert_allclose(table["confidence_3"], predicted.probabilities.max(1), atol=1e-5)
    # DuckDB and other readers rely on these column types.
    types = {name: str(table.schema.field(name).type) for name in table.column_names}
    assert types["label_0"] == types["gold"] == "int16" and types["confidence_0"] == "float"
    assert types["depths_0"].startswith("list<") and types["depths_0"].endswith("uint8>")


def test_pairs_equal_single_traces(small_models: Path, tmp_path: Path) -> None:
    source = tmp_path / "pairs.jsonl"
    pairs = [
        ("A film.", "A movie."),
        ("A film.", "The library is closed on Mondays."),
        ("word " * 400, "b " * 300),
    ]
    rows = [{"sentence1": first, "sentence2": second, "label": 1} for first, second in pairs]
    source.write_text("\n".join(map(json.dumps, rows)))
    folder = prepared(tmp_path, source, small_models / "paraphrase", SCALES)
    assert run(RunStore(folder)).status == "done"
    assert results(folder)["text_pair"].to_pylist() == [second for _, second in pairs]
    assert_equals_traces(
        ltp_viz.load_model(small_models / "paraphrase"), RunStore(folder).spec(), results(folder)
    )


def test_one_label_or_a_yes_or_no_can_be_run_over_data(tmp_path: Path) -> None:
    """The run's own process loads the model again and reads the same output."""
    source = write_csv(tmp_path / "texts.csv", 4)
    names = {0: "joy", 1: "anger", 2: "fear"}
    feelings = save_bert(tmp_path / "feelings", id2label=names, problem_type="multi_label_classification")
    relevance = save_bert(tmp_path / "relevance", id2label={0: "LABEL_0"})
    for folder, classifier in (
        (feelings, ltp_viz.load_model(feelings).for_label("anger")),
        (relevance, ltp_viz.load_model(relevance, yes_or_no=True)),
    ):
        table = import_table(source, tmp_path / "source.parquet")
        roles = guessed_roles_for(classifier, table)
        spec = make_spec(table, roles, str(folder), classifier, SCALES)
        run_folder = prepare(tmp_path, spec)
        assert run(RunStore(run_folder)).status == "done"
        assert RunStore(run_folder).spec().output == classifier.output
        assert_equals_traces(classifier, spec, results(run_folder))


def test_batches_are_limited_in_tokens_and_hold_every_text_once() -> None:
    lengths = [5, 600, 3, 40, 7, 512, 2]
    batches = list(batches_by_length(lengths, 512))
    assert sorted(np.concatenate(batches).tolist()) == list(range(7))
    assert all(len(batch) == 1 or sum(lengths[i] for i in batch) <= 512 for batch in batches)
    assert [batch.tolist() for batch in batches][-2:] == [[5], [1]]
    assert list(batches_by_length([], 512)) == []


def test_a_run_stopped_anywhere_resumes_to_the_same_results(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "texts.csv", 70)
    whole = prepared(tmp_path / "whole", source)
    states: list[JobState] = []
    assert run(RunStore(whole), watch=states.append).status == "done"
    assert states[-1] == RunStore(whole).state()
    assert [state.done for state in states] == sorted(state.done for state in states)
    folder = prepared(tmp_path / "broken", source)
    for finished in (1, 3):
        state = run(RunStore(folder), should_stop=lambda: len(parts(folder)) >= finished)  # noqa: B023
        assert state.status == "cancelled" and len(parts(folder)) == finished
        begun = {part: part.stat().st_mtime_ns for part in parts(folder)}
    leftover = folder / "parts/.part-000003.parquet.0abc.tmp"
    leftover.write_bytes(b"PAR1 half")
    parts_seen: dict[Path, int] = {}

    def look() -> bool:
        parts_seen.update({part: part.stat().st_mtime_ns for part in parts(folder)})
        return False

    assert run(RunStore(folder), should_stop=look).status == "done"
    assert all(parts_seen[part] == written for part, written in begun.items())  # not computed again
    assert results(folder).equals(results(whole))
    assert not leftover.exists() and not (folder / "parts").exists()
    assert run(RunStore(folder)).status == "done"  # once more does nothing


def test_a_run_killed_after_joining_is_done(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 20))
    run(RunStore(folder))
    expected = results(folder)
    (folder / "parts").mkdir()
    (folder / "parts/part-000000.parquet").write_bytes(b"left")
    (folder / "progress.json").unlink()
    assert RunStore(folder).state().status == "done"
    assert run(RunStore(folder)).status == "done"
    assert results(folder).equals(expected) and not (folder / "parts").exists()


def test_one_run_at_a_time_and_others_are_queued(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 20))
    ended: list[JobState] = []
    worker = threading.Thread(target=lambda: ended.append(run(RunStore(folder))))
    with filelock.FileLock(tmp_path / ".running"):
        worker.start()
        wait_until(lambda: RunStore(folder).state().status == "queued")
        assert RunStore(folder).state().message == "Queued: 1 job ahead."
        assert not parts(folder)
    worker.join()
    assert ended[0].status == "done"
    other = prepared(tmp_path, tmp_path / "texts.csv", scales=(0.0, 1.0, 2.0))
    with filelock.FileLock(tmp_path / ".running"):
        assert run(RunStore(other), should_stop=lambda: True).status == "cancelled"


def test_a_run_may_be_stored_at_any_url(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "texts.csv", 40)
    local = prepared(tmp_path, source)
    run(RunStore(local))
    spec = RunStore(local).spec()
    remote = RunStore("memory://runs/one")
    remote.files.pipe_file("/sources/texts.parquet", Path(spec.source).read_bytes())
    remote.create(replace(spec, source="memory://sources/texts.parquet"))
    assert remote.spec().id == spec.id
    assert run(remote, should_stop=lambda: len(remote.open_for_parts()) >= 1).status == "cancelled"
    assert run(remote).status == "done" and remote.is_complete
    with remote.files.open(remote.path(RESULTS)) as file:
        assert pq.read_table(file).equals(results(local))
    assert summarize(remote) == summarize(RunStore(local))


def test_an_interrupted_join_leaves_no_results(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "texts.csv", 40)
    local = prepared(tmp_path, source)
    assert run(RunStore(local), should_stop=lambda: len(parts(local)) >= 2).status == "cancelled"
    spec = RunStore(local).spec()
    remote = RunStore("memory://runs/broken")
    remote.create(spec)
    for part in parts(local):
        remote.files.pipe_file(remote.path(f"parts/{part.name}"), part.read_bytes())
    remote.files.pipe_file(remote.path("parts/part-000002.parquet"), b"PAR1 damaged PAR1")
    state = run(remote)
    assert state.status == "failed" and "part-000002.parquet' is damaged" in (state.message or "")
    assert not remote.is_complete and remote.state().status == "failed"


def test_a_url_of_this_machine_is_a_path(tmp_path: Path) -> None:
    folder = RunStore((tmp_path / "one").as_uri())
    assert folder.is_local and folder.place == str(tmp_path / "one")
    with pytest.raises(InputError, match="'nowhere://one' cannot be reached"):
        RunStore("nowhere://one")


def test_a_folder_that_is_removed_is_not_made_again(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 20))
    messages: list[str] = []

    def wait() -> None:
        try:
            run(RunStore(folder))
        except InputError as error:
            messages.append(str(error))

    worker = threading.Thread(target=wait)
    with filelock.FileLock(tmp_path / ".running"):
        worker.start()
        wait_until(lambda: RunStore(folder).state().status == "queued")
        while worker.is_alive():  # it may be in the middle of a write
            shutil.rmtree(folder, ignore_errors=True)
            worker.join(0.05)
    assert len(messages) == 1 and "has been removed" in messages[0] and not folder.exists()


def test_summary_counts_rows(classifier: TextClassifier, tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 40), scales=SCALES)
    run(RunStore(folder))
    table, summary = results(folder).to_pandas(), summarize(RunStore(folder))
    assert (summary.rows, summary.labelled) == (40, 40)
    for k, line in enumerate(summary.scales):
        dense_right, right = table["label_0"] == table["gold"], table[f"label_{k}"] == table["gold"]
        assert line.accuracy == right.mean()
        assert (line.lost, line.won) == ((dense_right & ~right).sum(), (~dense_right & right).sum())
        assert line.flops_reduction == table["dense_macs"].sum() / table[f"macs_{k}"].sum()
    assert summary.scales[0].changed == 0 < summary.scales[-1].changed
    (folder / RESULTS).write_bytes(b"PAR1 damaged PAR1")
    with pytest.raises(InputError, match="cannot be read"):
        summarize(RunStore(folder))


def test_the_id_depends_on_content_and_settings_not_on_paths(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "texts.csv", 10)
    spec = RunStore(prepared(tmp_path, source)).spec()
    assert RunSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert replace(spec, source="s3://elsewhere/x", model="owner/name").id == spec.id
    others = [
        replace(spec, scales=(0.0, 1.0, 2.0)),
        replace(spec, label_names=("bad", "good")),
        replace(spec, layer_scales=(1.0,) * 6),
        replace(spec, roles=replace(spec.roles, classes=())),
        replace(spec, model_fingerprint="0"),
        replace(spec, source_fingerprint="0"),
    ]
    with pytest.raises(InputError, match="'5' means class 2; give one from 0 to 1"):
        replace(spec, roles=replace(spec.roles, classes=(("5", 2),)))
    assert len({spec.id, *(other.id for other in others)}) == 7


def test_what_changed_since_the_start_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "model"
    classifier = ltp_viz.load_model(SST2_MODEL)
    classifier.model.save_pretrained(model)
    classifier.tokenizer.save_pretrained(model)
    fingerprint = model_fingerprint(classifier)
    classifier.predict(["A tokenizer keeps the truncation of its last call, which is no change."])
    assert model_fingerprint(ltp_viz.load_model(model)) == model_fingerprint(classifier) == fingerprint
    source = write_csv(tmp_path / "texts.csv", 10)
    folder = prepared(tmp_path, source, model)
    classifier.config.thresholds = [0.5] * 6
    classifier.config.save_pretrained(model)
    state = run(RunStore(folder))
    assert state.status == "failed" and "has changed since this run began" in (state.message or "")
    assert RunStore(folder).state() == state
    folder = prepared(tmp_path, source)
    prepared(tmp_path, write_csv(source, 11))  # the same name, another content
    state = run(RunStore(folder))
    assert state.status == "failed" and "texts.csv has changed" in (state.message or "")
    (tmp_path / "sources/texts.parquet").unlink()
    state = run(RunStore(folder))
    assert state.status == "failed" and "load the original file again" in (state.message or "")


def test_an_unwritable_file_gets_one_message(tmp_path: Path) -> None:
    folder = prepared(tmp_path, write_csv(tmp_path / "texts.csv", 10))
    (folder / "parts").write_text("in the way")
    state = run(RunStore(folder))
    assert state.status == "failed" and "A file cannot be read or written" in (state.message or "")


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ((0.0, 1.0, -1.0), "A scale is -1.0"),
        ((1.0, float("nan")), "A scale is nan"),
        ([step / 100 for step in range(101)], "There are 101 scales"),
    ],
)
def test_impossible_scales_are_refused(tmp_path: Path, scales: tuple[float, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        prepared(tmp_path, write_csv(tmp_path / "texts.csv", 3), scales=scales)


def test_impossible_layer_scales_and_regressions_are_refused(small_models: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "texts.csv", 3)
    with pytest.raises(InputError, match="one scale per layer"):
        prepared(tmp_path, source, layer_scales=(1.0,))
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("sentence1,sentence2,label\na b,c d,1\n")
    with pytest.raises(InputError, match="predicts a number"):
        prepared(tmp_path, pairs, small_models / "similarity")


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"roles": {}}'])
def test_damaged_settings_get_one_message(tmp_path: Path, content: str) -> None:
    (tmp_path / "spec.json").write_text(content)
    with pytest.raises(InputError):
        RunStore(tmp_path).spec()
