"""Odd files that people bring: read right or refused, and never counted as what they are not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value

import ltp_viz
from ltp_viz import InputError, TextClassifier
from ltp_viz.data.metrics import confusion_counts, swapped_labels_warning
from ltp_viz.data.tables.checks import check
from ltp_viz.data.tables.guessed_roles import guess_roles
from ltp_viz.data.tables.labelled_data import LabelledData, labelled_data, read_labelled_data
from ltp_viz.data.tables.reading import FileFormat, ReadingOptions
from ltp_viz.data.tables.roles import Roles
from ltp_viz.data.tables.source import import_table
from tests.data.checkpoints.brought import save_bert

LONE_QUOTES = (
    'sentence\tlabel\nA warm film.\t1\n"Funny and warm.\t1\nA dull mess.\t0\n"A cold, dull film.\t0\n'
)


def read(classifier: TextClassifier, path: Path, content: bytes | str = "", **how: Any) -> LabelledData:
    """The file as commands read it; `how` are settings of FileFormat and ReadingOptions."""
    if content:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    of_roles = {name: how.pop(name) for name in ("labels", "text_columns", "label_column") if name in how}
    return read_labelled_data(classifier, str(path), options=ReadingOptions(FileFormat(**how), **of_roles))


def test_lone_quotes_are_refused_and_read_as_text_on_demand(
    classifier: TextClassifier, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"The quotes in lines 3 to 5 of a\.tsv are broken.+--quoting text"):
        read(classifier, tmp_path / "a.tsv", LONE_QUOTES)
    data = read(classifier, tmp_path / "a.tsv", quoting="text")
    texts = ("A warm film.", '"Funny and warm.', "A dull mess.", '"A cold, dull film.')
    assert data.texts.texts == texts and data.texts.labels == (1, 1, 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        'sentence\tlabel\nFine.\t1\n"Funny and warm.\t1\nIt ends in a quote"\t0\n',
        'label\tsentence\n1\tFine.\n1\t"Funny and warm.\n0\tIt ends in a quote"\n',
        'sentence\tlabel\nFine.\tgood\nNo.\tbad\n"Funny and warm.\tgood\nIt ends in a quote"\tbad\n',
        'sentence\tlabel\n"Funny and warm.\tgood\nIt ends in a quote"\tbad\n',
    ],
)
def test_two_rows_between_lone_quotes_are_no_row(
    classifier: TextClassifier, tmp_path: Path, content: str
) -> None:
    with pytest.raises(InputError, match=r"each looks like a row of its own; .+--quoting text.+standard"):
        read(classifier, tmp_path / "a.tsv", content)
    labels = {"labels": ("good=positive", "bad=negative")} if "good" in content else {}
    assert (
        len(read(classifier, tmp_path / "a.tsv", quoting="text", **labels).texts) == content.count("\n") - 1
    )
    assert (
        len(read(classifier, tmp_path / "a.tsv", quoting="standard", **labels).texts)
        < content.count("\n") - 1
    )


def test_a_cell_of_several_lines_is_a_cell(classifier: TextClassifier, tmp_path: Path) -> None:
    data = read(classifier, tmp_path / "a.csv", 'text,label\n"warm, funny\nfilm",1\n"One\n\ntwo",0\n')
    assert data.texts.texts == ("warm, funny\nfilm", "One\n\ntwo")


def test_an_unquoted_comma_in_every_row_is_refused_with_its_line(
    classifier: TextClassifier, tmp_path: Path
) -> None:
    rows = "a warm and lovely film, but far too long,1\nfunny, but cold,0\n"
    with pytest.raises(InputError, match=r"Line 2 of a\.csv has 3 cells and the header 2; put cells"):
        read(classifier, tmp_path / "a.csv", "text,label\n" + rows)


def test_texts_that_look_like_numbers_stay_texts(classifier: TextClassifier, tmp_path: Path) -> None:
    data = read(classifier, tmp_path / "a.csv", "text,label\n007,1\n1e5,0\nNA,1\nnull,0\n")
    assert data.texts.texts == ("007", "1e5", "NA", "null")


@pytest.mark.parametrize("delimiter", [";", "\t", ",", "|"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "txt"])
def test_a_first_line_may_name_the_delimiter(
    classifier: TextClassifier, tmp_path: Path, delimiter: str, kind: str
) -> None:
    content = f"sep={delimiter}\ntext{delimiter}label\nA fine film{delimiter}1\n"
    data = read(classifier, tmp_path / f"a.{kind}", content)
    assert data.texts.texts == ("A fine film",) and data.texts.labels == (1,)


def test_columns_and_labels_of_any_case(classifier: TextClassifier, tmp_path: Path) -> None:
    data = read(classifier, tmp_path / "a.csv", "Sentence,Label\nFine.,Positive\nDull.,NEGATIVE\n")
    assert data.texts.texts == ("Fine.", "Dull.") and data.texts.labels == (1, 0)
    again = read(classifier, tmp_path / "a.csv", text_columns=("SENTENCE",), label_column="label")
    assert again.texts == data.texts


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "json", "ndjson"])
def test_a_nested_column_is_left_out_and_named(classifier: TextClassifier, tmp_path: Path, kind: str) -> None:
    frame = pd.DataFrame({"text": ["Fine.", "Dull."], "label": [1, 0], "tags": [["a"], []]})
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_json(path, orient="records", lines=kind != "json")
    data = read(classifier, path)
    assert data.texts.texts == ("Fine.", "Dull.")
    assert "Left out, as they hold lists, objects or bytes: 'tags'." in data.messages


def test_names_in_the_metadata_of_parquet_decide(classifier: TextClassifier, tmp_path: Path) -> None:
    features = Features({"text": Value("string"), "label": ClassLabel(names=["positive", "negative"])})
    rows = {"text": ["Fine.", "Dull.", "?"], "label": [0, 1, -1]}
    Dataset.from_dict(rows, features=features).to_parquet(tmp_path / "a.parquet")
    data = read(classifier, tmp_path / "a.parquet")
    assert data.texts.texts == ("Fine.", "Dull.") and data.texts.labels == (1, 0)
    assert {(each.value, each.meant) for each in data.meanings} == {
        ("positive", "positive"),
        ("negative", "negative"),
    }
    # Names that the model does not know: their order decides, as it does for plain numbers.
    features["label"] = ClassLabel(names=["ham", "spam"])
    Dataset.from_dict(rows, features=features).to_parquet(tmp_path / "b.parquet")
    assert read(classifier, tmp_path / "b.parquet").texts.labels == (0, 1)


BANKING = tuple(f"intent_{number}" for number in range(77))


def test_seventy_seven_classes_by_name_are_all_meant(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(770)], "label": BANKING * 10})
    frame.to_csv(tmp_path / "a.csv", index=False)
    table = import_table(tmp_path / "a.csv", tmp_path / "in.parquet")
    roles = guess_roles(table, BANKING, reads_pairs=False)
    data = labelled_data(table, roles, BANKING)
    assert len(data.texts) == 770 and data.texts.labels == tuple(range(77)) * 10
    assert len(data.meanings) == 77 and not any("Scores cover" in message for message in data.messages)
    half = Roles("text", None, "label", roles.classes[:40])
    assert check(table, half).unknown_rows == 370
    messages = labelled_data(table, half, BANKING).messages
    assert "Scores cover 400 of 770 rows: others have no known label." in messages
    assert any(message.endswith("scores cover 40 of 77 classes.") for message in messages)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["-1", "1", "1", "-1"], (0, 1, 1, 0)),
        (["1.0", "0.0", "1.0", "1"], (1, 0, 1, 1)),
        (["True", "FALSE", "true", "false"], (1, 0, 1, 0)),
        (["1", "2", "2", "1"], (0, 1, 1, 0)),
        (["POS", "neg", "pos", "NEG"], (1, 0, 1, 0)),
    ],
)
def test_two_values_mean_two_classes(
    classifier: TextClassifier, tmp_path: Path, labels: list[str], classes: tuple[int, ...]
) -> None:
    frame = pd.DataFrame({"text": ["a film", "b film", "c film", "d film"], "label": labels})
    frame.to_csv(tmp_path / "a.csv", index=False)
    assert read(classifier, tmp_path / "a.csv").texts.labels == classes


def test_minus_one_everywhere_means_unlabelled_and_is_said(
    classifier: TextClassifier, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"sentence": ["a film", "b film"], "label": [-1, -1]})
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(
        InputError, match="Every label is -1, which marks rows without a label, as in the test"
    ):
        read(classifier, tmp_path / "a.parquet")


def test_a_score_over_a_part_says_so(classifier: TextClassifier, tmp_path: Path) -> None:
    content = "text,label\nA film,1\nB film,1\nC film,a=b\nD film,maybe\nE film,\n"
    data = read(classifier, tmp_path / "a.csv", content)
    assert data.texts.texts == ("A film", "B film") and data.rows == (1, 2)
    said = "\n".join(data.messages)
    assert "Scores cover 2 of 5 rows" in said and "'a=b' (1), 'maybe' (1)" in said
    assert "No scored row has the class 'negative': scores cover 1 of 2 classes." in said
    corrected = read(classifier, tmp_path / "a.csv", labels=("maybe=NEGATIVE", "a=b=0"))
    assert corrected.texts.labels == (1, 1, 0, 0)
    assert [(each.value, each.meant, each.rows) for each in corrected.meanings] == [
        ("1", "positive", 2),
        ("a=b", "negative", 1),
        ("maybe", "negative", 1),
    ]


@pytest.mark.parametrize(
    "content",
    [
        '1,"a warm film"\n0,"a cold film"\n1,"a funny film"\n',
        "a warm film,positive\na cold film,negative\n",
        "a warm film,positive\na cold film,negative\na funny film,positive\nso so,negative\nwarm,positive\n",
    ],
)
def test_a_file_without_a_header_is_noticed(classifier: TextClassifier, tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match=r"The first line of a\.csv looks like data.+--header no.+yes"):
        read(classifier, tmp_path / "a.csv", content)
    data = read(classifier, tmp_path / "a.csv", header="no")
    assert len(data.texts) == content.count("\n") and data.texts.texts[0] == "a warm film"
    assert data.texts.labels[:2] == (1, 0)
    assert "Read as: comma separated, UTF-8, no header." in data.messages


def test_plain_text_is_a_text_per_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text('A warm, "funny" film\n\nDull\n')
    table = import_table(tmp_path / "a.txt", tmp_path / "in.parquet")
    assert table.columns == ("text",) and table.read_as == "one text per line, UTF-8"
    assert pq.read_table(table.path)["text"].to_pylist() == ['A warm, "funny" film', "Dull"]
    (tmp_path / "b.txt").write_text("text\tlabel\nA warm, funny film\t1\nDull\t0\n")
    assert import_table(tmp_path / "b.txt", tmp_path / "in.parquet").columns == ("text", "label")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"text": "a"}, {"text": "b"]', "Line 1 of a.json is not JSON"),
        ('[{"text": "a"},\n{"text": "b"}\n', "is never closed"),
        ('[{"text": "a"},\n\n3]', "Line 3 of a.json holds a single value"),
        ('[{"text": "a"}] more', "holds more than one array"),
        ('{"data": [{"text": "a"}]}', "Line 1 of a.json holds a list in 'data'"),
        ("[]", "has no rows"),
        ('{\n "text": "a"\n}\n', "Line 1 of a.json is not JSON"),
    ],
)
def test_json_that_is_no_table(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError) as error:
        import_table(tmp_path / "a.json", tmp_path / "in.parquet")
    assert message in str(error.value) and "\n" not in str(error.value)


def test_a_long_array_is_read_piece_by_piece(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": [f"text {i} " * 40 for i in range(5000)], "label": 1})
    frame.to_json(tmp_path / "a.json", orient="records", indent=2)
    table = import_table(tmp_path / "a.json", tmp_path / "in.parquet")
    assert pq.read_table(table.path)["text"].to_pylist() == frame["text"].tolist()


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00" + bytes(40), b"text\na\n"])
def test_damaged_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.csv\.gz (is empty|cannot be unpacked)"):
        import_table(tmp_path / "a.csv.gz", tmp_path / "in.parquet")


def test_labels_that_mean_the_opposite_are_noticed() -> None:
    names = ("negative", "positive")
    swapped = confusion_counts([0] * 50 + [1] * 50, [1] * 46 + [0] * 4 + [0] * 46 + [1] * 4, 2)
    assert swapped_labels_warning(swapped, names) == (
        "Accuracy 8 % is far below chance; with the two labels swapped it would be 92 %. Check which value "
        "means which class."
    )
    right, guessing = swapped[::-1], np.full((2, 2), 25)
    few = confusion_counts([0, 1], [1, 0], 2)  # luck
    low = confusion_counts([0] * 60 + [1] * 40, [1] * 35 + [0] * 25 + [0] * 22 + [1] * 18, 2)
    for fine in (right, guessing, few, low, np.zeros((2, 2), np.int64), np.ones((1, 1), np.int64)):
        assert swapped_labels_warning(fine, names) is None
    turned = 30 * np.roll(np.eye(3, dtype=np.int64), 1, axis=1)
    assert "(a as b, b as c, c as a) it would be 100 %" in str(
        swapped_labels_warning(turned, ("a", "b", "c"))
    )


def test_numbers_without_a_name_stay_numbers(tmp_path: Path) -> None:
    features = '{"info": {"features": {"label": {"names": ["no", "yes"], "_type": "ClassLabel"}, "x": 1}}}'
    table = pa.table({"text": list("abcd"), "label": [0, 1, 7, None]})
    pq.write_table(table.replace_schema_metadata({"huggingface": features}), tmp_path / "a.parquet")
    read_in = import_table(tmp_path / "a.parquet", tmp_path / "in.parquet")
    assert pq.read_table(read_in.path)["label"].to_pylist() == ["no", "yes", "7", None]
    assert read_in.names_of("label") == ("no", "yes") and read_in.names_of("text") == ()


def test_a_person_says_whether_a_model_reads_single_texts(tmp_path: Path) -> None:
    """Two columns with usual names are a pair for a model that says nothing, unless a person does."""
    folder = save_bert(tmp_path / "model", id2label={0: "LABEL_0", 1: "LABEL_1"})
    path = tmp_path / "pairs.csv"
    path.write_text("sentence1,sentence2,label\na film,a warm film,1\na story,a cold story,0\n")
    guessed = read_labelled_data(ltp_viz.load_model(folder), str(path)).texts
    assert guessed.text_pairs == ("a warm film", "a cold story")
    assert read_labelled_data(ltp_viz.load_model(folder, reads_pairs=True), str(path)).texts == guessed
    single = ltp_viz.load_model(folder, reads_pairs=False)
    for classifier in (
        single,
        single.relabelled(("no", "yes")),
        ltp_viz.load_model(folder).reading_pairs(False),
    ):
        data = read_labelled_data(classifier, str(path))
        assert data.texts.texts == ("a film", "a story") and data.texts.text_pairs is None
        assert data.roles.extras == ("sentence2",)
    options = ReadingOptions(text_columns=("sentence1", "sentence2"))
    with pytest.raises(InputError, match="reads one text and the data have two, sentence1 and sentence2"):
        read_labelled_data(single, str(path), options=options)


def test_another_column_is_read_where_the_usual_one_is_nested(
    classifier: TextClassifier, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    content = (
        '{"text": ["a"], "body": "A warm film.", "label": 1}\n{"text": [], "body": "A mess.", "label": 0}\n'
    )
    with pytest.raises(InputError, match=r"Column 'text' of a\.jsonl holds lists.+--text-columns"):
        read(classifier, path, content)
    assert read(classifier, path, text_columns=("body",)).texts.texts == ("A warm film.", "A mess.")
