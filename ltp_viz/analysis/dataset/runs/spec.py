"""The settings of a run over a data set, and the id that they determine."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ltp_viz.core.answers import AnswerKind
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.reading import FileFormat
from ltp_viz.data.tables.roles import Roles

MAX_SCALES = 61
BLOCK_ROWS = 1024
# Locations do not affect the results; how the file was read is in its fingerprint.
_NOT_IN_ID = ("source", "model", "file_format")


@dataclass(frozen=True)
class RunSpec:
    """All settings that determine the results of a run, and the locations of its inputs."""

    source: str  # path or fsspec URL of the source table's Parquet file
    source_name: str
    source_fingerprint: str
    roles: Roles
    model: str  # folder or hub name
    model_fingerprint: str
    label_names: tuple[str, ...]  # C
    scales: tuple[float, ...]  # K, ascending; 0 (dense) comes first, 1 is among them
    layer_scales: tuple[float, ...] | None = None
    rows: int = 0  # of the source
    block_rows: int = BLOCK_ROWS
    file_format: FileFormat = field(default_factory=FileFormat)  # what was set when the file was read
    answer_kind: AnswerKind = "class"  # or "labels": a row's answer is a set, stored as its number
    output: int | None = None  # the only one that the run is about, as `TextClassifier.for_label` reads it

    def __post_init__(self) -> None:
        check_scales(self.scales)
        if self.block_rows < 1:
            raise InputError(f"A block has {self.block_rows} rows; give a whole number of at least 1.")
        if self.answer_kind not in ("class", "labels"):
            raise InputError(f"A run compares classes or sets of labels, and this one {self.answer_kind!r}.")
        if len(self.label_names) < 2 and self.answer_kind == "class":
            raise InputError(
                f"The model {self.model!r} predicts a number; this run compares classes, so give a "
                "classifier."
            )
        of_sets = self.roles.form != "class" and not self.roles.is_one_of_set
        if self.roles.label_columns and of_sets != (self.answer_kind == "labels"):
            raise InputError(
                f"The labels are {'sets' if of_sets else 'single classes'} and the answers of "
                f"{self.model!r} are not; set the columns again."
            )
        classes = len(self.label_names)
        for value, index in self.roles.classes:
            if not 0 <= index < classes:
                raise InputError(
                    f"The label {value!r} means class {index}; give one from 0 to {classes - 1}."
                )

    @property
    def id(self) -> str:
        """16 hex digits: the same for the same content and settings, at any location."""
        record = {name: value for name, value in self.to_dict().items() if name not in _NOT_IN_ID}
        return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def num_blocks(self) -> int:
        """Blocks of the source; the last one may be shorter."""
        return -(-self.rows // self.block_rows)

    def rows_in(self, block: int) -> int:
        """Rows of the source in a block."""
        return min(self.block_rows, self.rows - block * self.block_rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {each.name: getattr(self, each.name) for each in fields(self)} | {
            "roles": self.roles.to_dict(),
            "file_format": asdict(self.file_format),
        }

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> "RunSpec":
        """Inverse of `to_dict`. Raises InputError for anything else."""
        try:
            values: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
            }
            parts = {
                "roles": Roles.from_dict(record["roles"]),
                "file_format": FileFormat(**record["file_format"]),
            }
            return cls(**(values | parts))
        except (AttributeError, KeyError, TypeError) as error:
            raise InputError(f"The settings of a run are damaged ({error}); remove its folder.") from error


def check_scales(scales: tuple[float, ...]) -> None:
    """Raises InputError unless the scales ascend from 0, include 1 and are at most `MAX_SCALES` in number."""
    if len(scales) > MAX_SCALES:
        raise InputError(f"There are {len(scales)} scales; give at most {MAX_SCALES}.")
    if wrong := next((scale for scale in scales if not 0 <= scale < float("inf")), None):
        raise InputError(f"A scale is {wrong}; give finite numbers of at least 0.")
    if list(scales) != sorted(set(scales)) or not {0.0, 1.0} <= set(scales):
        raise InputError(f"The scales are {scales}; give them ascending, 0 (dense) and 1 among them.")
