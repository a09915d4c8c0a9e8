"""Labelled files: read whole, or refused in one sentence."""

from pathlib import Path

import pandas as pd
import pytest

from ltp_viz import InputError
from ltp_viz.data.datasets import TASKS, read_labelled_texts

SST2 = TASKS["sst2"]
GOOD = {"sentence": ["a fine film", "dull"], "label": [1, 0]}


@pytest.mark.parametrize("name", ["texts.parquet", "texts.csv"])
def test_reads(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame(GOOD)
    path = tmp_path / name
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    data = read_labelled_texts(path, SST2)
    assert data.texts == ("a fine film", "dull") and data.labels == (1, 0) and len(data) == 2


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["a"], "label": [0]}, "has no column 'sentence', only text, label"),
        ({"sentence": ["a"]}, "has no column 'label'"),
        ({"sentence": [], "label": []}, "has no rows"),
        ({"sentence": ["a"], "label": [2]}, "whole numbers from 0 to 1"),
        ({"sentence": ["a"], "label": ["x"]}, "whole numbers from 0 to 1"),
    ],
)
def test_refuses(tmp_path: Path, columns: dict[str, list[object]], message: str) -> None:
    path = tmp_path / "texts.parquet"
    pd.DataFrame(columns).to_parquet(path)
    with pytest.raises(InputError, match=message):
        read_labelled_texts(path, SST2)


def test_missing_and_broken_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file"):
        read_labelled_texts(tmp_path / "none.parquet", SST2)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"not parquet at all")
    with pytest.raises(InputError, match="cannot be read"):
        read_labelled_texts(broken, SST2)
