"""What a file may hold to be imported, and the form in which its readers hand it on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from ltp_viz.data.errors import InputError

MOST_COLUMNS = 1000
MOST_NAME_CHARACTERS = 500
MOST_CELL_CHARACTERS = 1_000_000
MOST_LIST_ITEMS = 1000  # of a list that may be a set of labels
MOST_UNPACKED_BYTES = 8_000_000_000
# A batch, which becomes a row group: small, for a run reads its blocks one by one.
BATCH_ROWS = 4096
BATCH_CHARACTERS = 16_000_000


@dataclass(frozen=True)
class ColumnsOfText:
    """A file opened for one pass. Errors of later rows come up as InputError while `batches` is read."""

    columns: tuple[str, ...]
    batches: Iterator[Sequence[pa.StringArray]]  # of at most BATCH_ROWS rows, one array per column
    fingerprint: Callable[[str], str]  # sha256 hex over the bytes, how they are read, and the given word
    read_as: str  # how the bytes are read, in words
    left_out: tuple[str, ...] = ()  # columns of lists, objects or bytes
    # Those of them that may be sets of labels: among `columns`, their cells JSON lists of texts.
    list_columns: tuple[str, ...] = ()
    class_names: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # by column, as the file names them


def check_column_names(columns: Sequence[str], name: str) -> tuple[str, ...]:
    """The names without blanks around them, "column N" where there is none, as above the index of pandas.

    Raises InputError if one is too long, or two differ in case at most.
    """
    if not columns:
        raise InputError(f"{name} has no columns; give a file with at least one.")
    if len(columns) > MOST_COLUMNS:
        raise InputError(f"{name} has more than {MOST_COLUMNS:,} columns; leave out some.")
    seen: dict[str, str] = {}
    stripped = (column.strip("\ufeff \t\r\n") for column in columns)
    named = [column or f"column {number}" for number, column in enumerate(stripped, 1)]
    for number, column in enumerate(named, start=1):
        if "\0" in column:
            raise InputError(f"The name of column {number:,} of {name} holds a null character; change it.")
        if len(column) > MOST_NAME_CHARACTERS:
            raise InputError(
                f"The name of column {number:,} of {name} has {len(column):,} characters; begin the file "
                f"with a header of names, of {MOST_NAME_CHARACTERS} characters at most."
            )
        if (earlier := seen.get(column.lower())) is not None:
            both = f"both {column!r}" if earlier == column else f"{earlier!r} and {column!r}"
            raise InputError(f"Two columns of {name} are called {both}; give each its own name, case aside.")
        seen[column.lower()] = column
    return tuple(named)
