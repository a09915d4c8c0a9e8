"""Roles of columns: guessed, kept, checked, and read back as blocks of rows."""

from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pyarrow.parquet as pq
import pytest

import ltp_viz
from ltp_viz import InputError
from ltp_viz.data.tables import text_rows
from ltp_viz.data.tables.blocks import read_block
from ltp_viz.data.tables.checks import SourceCheck, check, cut_share
from ltp_viz.data.tables.guessed_classes import guess_classes
from ltp_viz.data.tables.guessed_roles import guess_roles, label_values
from ltp_viz.data.tables.queries import ask
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import SourceTable, import_table

NAMES = ("negative", "positive")
SHARED = Path(__file__).parents[4] / "shared/data"


def table_of(tmp_path: Path, columns: dict[str, list[Any]]) -> SourceTable:
    source = tmp_path / "texts.csv"
    pd.DataFrame(columns).to_csv(source, index=False)
    return import_table(source, tmp_path / "in [1]*.parquet")  # no pattern, though it looks like one


@pytest.mark.parametrize(
    ("values", "names", "classes"),
    [
        (["Positive", " NEGATIVE ", "neutral"], NAMES, {"Positive": 1, " NEGATIVE ": 0}),
        (["0", "1", "-1", "2"], NAMES, {"0": 0, "1": 1}),
        (["1.0", "0.0", "0.5"], NAMES, {"1.0": 1, "0.0": 0}),
        (["2", "1"], NAMES, {"2": 1, "1": 0}),
        (["1"], NAMES, {"1": 1}),
        (["1", "2", "3"], ("a", "b", "c"), {"1": 0, "2": 1, "3": 2}),
        (["1", "2", "0"], ("a", "b", "c"), {"1": 1, "2": 2, "0": 0}),
        (["True", "false"], NAMES, {"True": 1, "false": 0}),
        (["true"], ("a", "b", "c"), {}),
        (["pos", "NEG", "po"], NAMES, {"pos": 1, "NEG": 0}),
        (["positive", "negative"], ("neg", "pos"), {"positive": 1, "negative": 0}),
        (
            ["not_entailment", "Entailment"],
            ("entailment", "not entailment"),
            {"not_entailment": 1, "Entailment": 0},
        ),
        (["sci/tech", "Sci"], ("World", "Sports", "Business", "Sci/Tech"), {"sci/tech": 3, "Sci": 3}),
        (
            ["1", "5", "0", "4.0"],
            ("1 star", "2 stars", "3 stars", "4 stars", "5 stars"),
            {"1": 0, "5": 4, "4.0": 3},
        ),
        (["10", "2", "0"], ("2", "10"), {"10": 1, "2": 0}),  # classes that are called by numbers
        (["1", "LABEL_0"], ("LABEL_0", "LABEL_1"), {"1": 1, "LABEL_0": 0}),
        (["a", ""], (), {}),
        (["same text"], ("same text one", "same text two"), {}),
        (["1", "5"], ("no", "yes"), {}),
        (["1", "2", "3", "4", "5"], ("no", "yes"), {}),
        (["0", "1", "7"], ("no", "yes"), {"0": 0, "1": 1}),
        (["LABEL_0", "label_1", "LABEL_2"], NAMES, {"LABEL_0": 0, "label_1": 1}),
        (["__label__positive", "__label__x"], NAMES, {"__label__positive": 1}),
        (["-1", "0", "1"], ("bad", "so so", "good"), {"-1": 0, "0": 1, "1": 2}),
        (["-1", "0", "1"], NAMES, {"0": 0, "1": 1}),
        (["-1"], NAMES, {}),
        (["1", "-1"], ("-1", "1"), {"1": 1, "-1": 0}),
        (["10.0", "2"], ("2", "10"), {"10.0": 1, "2": 0}),
    ],
)
def test_classes_of_label_values(values: list[str], names: tuple[str, ...], classes: dict[str, int]) -> None:
    assert dict(guess_classes(values, names)) == classes


@pytest.mark.parametrize(
    ("columns", "pairs", "roles"),
    [
        ({"label": [0, 1], "text": ["a", "b"]}, False, ("text", None, "label", ())),
        (
            {"id": ["7", "8"], "Sentence": ["a", "b"], "Target": [0, 1]},
            False,
            ("Sentence", None, "Target", ("id",)),
        ),
        ({"sentence1": ["a", "b"], "sentence2": ["c", "d"]}, True, ("sentence1", "sentence2", None, ())),
        (
            {"sentence1": ["a", "b"], "sentence2": ["c", "d"]},
            False,
            ("sentence1", None, None, ("sentence2",)),
        ),
        (
            {"label": [0, 1], "b": ["long text", "long"], "a": ["x", "longer text"]},
            True,
            ("b", "a", "label", ()),
        ),
        ({"body": ["a good film", "bad"], "mood": ["pos", "neg"]}, False, ("body", None, "mood", ())),
        ({"text": ["a", "b"], "score": ["x", "y"], "y": [0, 1]}, False, ("text", None, "y", ("score",))),
        ({"text": ["a", "b"]}, True, ("text", None, None, ())),
        ({"label": ["a", "b"]}, False, ("label", None, None, ())),
        (
            {"text": ["a", "b"]} | {f"x{i}": ["q", "r"] for i in range(10)},
            False,
            ("text", None, None, tuple(f"x{i}" for i in range(8))),
        ),
    ],
)
def test_guessed_columns(
    tmp_path: Path, columns: dict[str, list[Any]], pairs: bool, roles: tuple[Any, ...]
) -> None:
    guess = guess_roles(table_of(tmp_path, columns), NAMES, pairs)
    assert (guess.text, guess.text_pair, guess.label, guess.extras) == roles


def test_the_bundled_labelled_examples_are_understood(tmp_path: Path) -> None:
    table = import_table(Path(__file__).parents[3] / "assets/examples/labelled.csv", tmp_path / "in.parquet")
    roles = guess_roles(table, NAMES, reads_pairs=False)
    assert (roles.text, roles.label, roles.extras) == ("text", "label", ("kind",))
    found = check(table, roles)
    assert found.runnable == found.rows > 100 and not found.unknown_labels and not found.without_label


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="needs the public data sets, which are not part of the project"
)
@pytest.mark.parametrize("name", ["sst2/validation", "rte/validation", "mrpc/test"])
def test_public_data_are_understood(tmp_path: Path, name: str) -> None:
    source = SHARED / f"{name}.parquet"
    table, original = import_table(source, tmp_path / "in.parquet"), pd.read_parquet(source)
    roles = guess_roles(table, ("first", "second"), reads_pairs=not name.startswith("sst2"))
    read = pd.concat(read_block(table.path, roles, i, 100).to_pandas() for i in range(-(-table.rows // 100)))
    assert read.row.tolist() == list(range(1, len(original) + 1))
    assert read.gold.tolist() == original.label.tolist()
    assert read.text.tolist() == original[roles.text].tolist()
    assert roles.text_pair is None or read.text_pair.tolist() == original[roles.text_pair].tolist()
    assert check(table, roles).runnable == len(original)


def test_label_values_are_counted(tmp_path: Path) -> None:
    table = table_of(tmp_path, {'a "b"': ["x", "y", "y", None, "z"], "t": list("aaaaa")})
    assert label_values(table, 'a "b"') == (("y", 2), ("x", 1), ("z", 1))
    assert label_values(table, 'a "b"', 1) == (("y", 2),)
    with pytest.raises(
        InputError, match=r"texts.csv has no column 'c', only a \"b\", t; choose one of these"
    ):
        label_values(table, "c")


ROLES = Roles("text", "second", "label", (("good", 1), ("bad", 0)), ("kind", "id"))


def test_roles_are_kept_as_json_holds_them() -> None:
    told = ROLES.to_dict()
    assert Roles.from_dict(told) == ROLES
    assert Roles.from_dict(told | {"classes": [["good", 1], ["bad", 0]], "extras": ["kind", "id"]}) == ROLES
    for broken in (
        {},
        told | {"text": None},
        told | {"classes": [["good"]]},
        told | {"classes": 1},
        [],
        None,
    ):
        with pytest.raises(InputError, match="does not say which column is what"):
            Roles.from_dict(broken)  # type: ignore[arg-type]


PAIRS = {
    "text": ["a", None, "c", " ", "e", "f", "g"],
    "second": ["A", "B", None, "D", "E", "F", "G"],
    "label": ["good", "good", "good", "good", "what?", None, "bad"],
    "kind": ["k", "k", "k", "k", None, "k", "l"],
    "id": ["1", "2", "3", "4", "5", "6", "7"],
}


@pytest.mark.parametrize("row_group", [1, 2, 3, 100])
@pytest.mark.parametrize("block_rows", [1, 2, 3, 5, 7, 100])
def test_blocks_hold_every_row_with_a_text_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row_group: int, block_rows: int
) -> None:
    monkeypatch.setattr(text_rows, "BATCH_ROWS", row_group)
    table = table_of(tmp_path, PAIRS)
    assert pq.read_metadata(table.path).num_row_groups == -(-7 // row_group)
    count = -(-7 // block_rows)
    read = [read_block(table.path, ROLES, index, block_rows) for index in range(count)]
    for index, block in enumerate(read):
        assert all(index * block_rows < row <= (index + 1) * block_rows for row in block["row"].to_pylist())
        assert block.schema.names == ["row", "text", "text_pair", "gold", "extra_0", "extra_1"]
    assert [row for block in read for row in block.to_pylist()] == [
        {"row": 1, "text": "a", "text_pair": "A", "gold": 1, "extra_0": "k", "extra_1": "1"},
        {"row": 5, "text": "e", "text_pair": "E", "gold": None, "extra_0": None, "extra_1": "5"},
        {"row": 6, "text": "f", "text_pair": "F", "gold": None, "extra_0": "k", "extra_1": "6"},
        {"row": 7, "text": "g", "text_pair": "G", "gold": 0, "extra_0": "l", "extra_1": "7"},
    ]
    assert read_block(table.path, ROLES, count, block_rows).num_rows == 0


def test_a_block_without_pairs_labels_and_extras_has_the_same_columns_from_anywhere(tmp_path: Path) -> None:
    table = table_of(tmp_path, PAIRS)
    plain = Roles("text", None, None, ())
    block = read_block(table.path, plain, 0, 100)
    assert [str(field.type) for field in block.schema] == ["int64", "string", "string", "int16"]
    assert block["row"].to_pylist() == [1, 3, 5, 6, 7]
    assert block["text_pair"].null_count == block["gold"].null_count == 5
    with fsspec.open("memory://tables/in.parquet", "wb") as file:
        file.write(table.path.read_bytes())
    assert read_block("memory://tables/in.parquet", plain, 0, 100) == block


def test_a_table_that_is_gone_is_told(tmp_path: Path) -> None:
    table = table_of(tmp_path, PAIRS)
    with pytest.raises(InputError, match="has no column 'other'; set the columns again"):
        read_block(table.path, Roles("other", None, None, ()), 0, 10)
    for damage in (lambda: table.path.write_bytes(b"PAR1"), table.path.unlink):
        damage()
        for use in (
            lambda: read_block(table.path, ROLES, 0, 10),
            lambda: check(table, ROLES),
            lambda: ask(table.path, "SELECT 1 FROM t"),
        ):
            with pytest.raises(
                InputError, match=r"The table .+ cannot be read; load the original file again\."
            ):
                use()


def test_what_a_run_would_find_is_counted(tmp_path: Path) -> None:
    table = table_of(tmp_path, PAIRS)
    unknown = (("what?", 1),)
    assert check(table, ROLES) == SourceCheck(7, 4, 3, 1, unknown, unknown_rows=1, unknown_values=1)
    assert check(table, Roles("text", None, None, ())) == SourceCheck(7, 5, 2, 0, ())
    unknown = check(table, Roles("id", None, "label", ())).unknown_labels
    assert unknown == (("good", 4), ("bad", 1), ("what?", 1))


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        (Roles("none", None, None, ()), "texts.csv has no column 'none', only text, second, label, kind, id"),
        (Roles("row", None, None, ()), "texts.csv has no column 'row'"),
        (Roles("text", "text", None, ()), "Column 'text' is chosen twice"),
        (Roles("text", None, "text", ()), "Column 'text' is chosen twice"),
        (Roles("text", None, "label", (), ("label",)), "Column 'label' is chosen twice"),
        (Roles("text", None, None, (), tuple("abcdefghi")), "9 columns are chosen to be kept beside"),
        (Roles("text", None, "label", (("good", -1),)), "The label 'good' must mean one class, 0 or more"),
        (Roles("text", None, "label", (("good", 1), ("good", 0))), "The label 'good' must mean one class"),
        (Roles("empty", None, None, ()), "No row of texts.csv has a text in 'empty'; choose the column"),
        (Roles("text", "empty", None, ()), "No row of texts.csv has a text in 'text' and 'empty'"),
    ],
)
def test_roles_that_cannot_be(tmp_path: Path, roles: Roles, message: str) -> None:
    columns = PAIRS | ({"empty": [None] * 7} if "empty" in (roles.text, roles.text_pair) else {})
    with pytest.raises(InputError) as error:
        check(table_of(tmp_path, columns), roles)
    assert message in str(error.value)


def test_the_share_of_texts_that_are_cut(tmp_path: Path, classifier: ltp_viz.TextClassifier) -> None:
    most = classifier.config.max_text_tokens
    fits, is_cut = "a " * (most - 2), "a " * (most - 1)
    table = table_of(tmp_path, {"text": [fits, is_cut] * 30 + [None, "x" * 1_000_000, "a " * 500_000, fits]})
    roles = Roles("text", None, None, ())
    assert cut_share(table, roles, classifier) == 31 / 63  # a word without end is one unknown token
    assert 0 <= cut_share(table, roles, classifier, sample=5) <= 1
    pairs = table_of(tmp_path, {"text": ["a"] * 4, "second": [is_cut, "a", "a", "a"]})
    assert cut_share(pairs, Roles("text", "second", None, ()), classifier) == 0.25
    with pytest.raises(InputError, match="has no column 'none'"):
        cut_share(pairs, Roles("none", None, None, ()), classifier)


def test_a_sample_is_spread_over_the_table_whatever_its_length(
    tmp_path: Path, classifier: ltp_viz.TextClassifier
) -> None:
    long = "a " * classifier.config.max_text_tokens
    table = table_of(tmp_path, {"text": ["short"] * 300 + [long] * 100})
    for sample in (7, 40, 399, 400, 1000):
        share = cut_share(table, Roles("text", None, None, ()), classifier, sample)
        assert share == pytest.approx(0.25, abs=0.1)
