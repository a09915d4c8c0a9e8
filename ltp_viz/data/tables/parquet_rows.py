"""Parquet of any make as columns of text, measured before it is unpacked.

DuckDB measures every cell under a memory limit, and unpacks nothing that a page repeats: a file whose pages
grow far beyond what they say is refused, not swallowed. Then the rows are read in batches that the widest of
them allows. Numbers, dates and truth values become their usual spelling; classes that the Hugging Face
metadata name become those names. Columns of lists,
objects or bytes that are no text are left out; short lists of single values, which may be sets of labels,
are kept as JSON.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.limits import (
    BATCH_CHARACTERS,
    BATCH_ROWS,
    MOST_CELL_CHARACTERS,
    MOST_LIST_ITEMS,
    MOST_UNPACKED_BYTES,
    ColumnsOfText,
    check_column_names,
)
from ltp_viz.data.tables.queries import connect, quoted

_FILE = "read_parquet(?, binary_as_string = true, hive_partitioning = false)"


def open_parquet(source: Path, name: str) -> ColumnsOfText:
    """Open a Parquet file whose every cell has been measured. Raises InputError if it is no table of text."""
    columns, nested, binary, class_names = _columns(source, name)
    lists = _label_lists(source, nested)
    widest = _measure(source, name, (*columns, *lists))
    rows = max(1, min(BATCH_ROWS, BATCH_CHARACTERS // max(widest, 1)))
    # Not every writer says that its bytes are text.
    left_out = (*nested, *_other_bytes(source, name, binary, rows))
    columns = tuple(column for column in columns if column not in left_out)
    if not columns:
        raise _no_text(name)
    columns += lists

    def fingerprint(version: str) -> str:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return hashlib.sha256(f"{digest} parquet {version}".encode()).hexdigest()

    batches = _batches(source, name, rows, columns, class_names)
    return ColumnsOfText(columns, batches, fingerprint, "Parquet", left_out, lists, class_names)


def _columns(
    source: Path, name: str
) -> tuple[tuple[str, ...], tuple[str, ...], list[str], dict[str, tuple[str, ...]]]:
    """Columns of single values, nested ones, those of bytes among the first, and class names by column."""
    try:
        metadata = pq.read_metadata(source)
        schema = metadata.schema.to_arrow_schema()
        unpacked = sum(metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(name) from error
    check_column_names(schema.names, name)
    _check_size(name, unpacked)
    nested = tuple(column.name for column in schema if pa.types.is_nested(column.type))
    columns = tuple(column for column in schema.names if column not in nested)
    if not columns:
        raise InputError(
            f"Column {nested[0]!r} of {name} holds lists or objects; only text, numbers, dates and true or "
            "false are read, so give a file with such columns."
        )
    named = _class_names((metadata.metadata or {}).get(b"huggingface", b"{}"))
    binary = [column.name for column in schema if _is_binary(column.type)]
    return columns, nested, binary, named


def _label_lists(source: Path, nested: Sequence[str]) -> tuple[str, ...]:
    """Those nested columns that may be sets of labels: short lists of texts, whole numbers, truth values, or
    of numbers from 0 to 1."""
    schema = pq.read_schema(source)
    found = []
    for column in nested:
        kind = schema.field(column).type
        if not (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
            continue
        item = kind.value_type
        is_number = pa.types.is_floating(item)
        is_single = pa.types.is_string(item) or pa.types.is_large_string(item) or pa.types.is_dictionary(item)
        if not (is_number or is_single or pa.types.is_integer(item) or pa.types.is_boolean(item)):
            continue
        ends = "min(list_min({0})), max(list_max({0}))" if is_number else "0, 0"
        try:
            with connect() as connection:
                wanted = f"max(len({{0}})), {ends}".format(quoted(column))
                answer = connection.execute(f"SELECT {wanted} FROM {_FILE}", [str(source)]).fetchall()
        except duckdb.Error:
            continue
        longest, least, most = answer[0]
        if (longest or 0) <= MOST_LIST_ITEMS and 0 <= (least or 0) <= (most or 0) <= 1:
            found.append(column)
    return tuple(found)


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )


def _other_bytes(source: Path, name: str, columns: Sequence[str], rows: int) -> list[str]:
    """Those of some measured columns of bytes that hold anything but UTF-8."""
    found = []
    try:
        with pq.ParquetFile(source, buffer_size=1 << 20) as file:
            for column in columns:
                try:
                    for batch in file.iter_batches(rows, columns=[column], use_threads=False):
                        _as_text(batch[column], ())
                except pa.ArrowInvalid:
                    found.append(column)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(name) from error
    return found


def _class_names(told: bytes) -> dict[str, tuple[str, ...]]:
    """The names of classes by column, as `datasets` writes them beside a table (ClassLabel)."""
    try:
        features = dict(json.loads(told)["info"]["features"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}  # of another make: the numbers stand
    found = {}
    for column, feature in features.items():
        if isinstance(feature, dict) and "feature" in feature:  # a list of them
            feature = feature["feature"]
        feature = feature[0] if isinstance(feature, list) and len(feature) == 1 else feature
        names = feature.get("names") if isinstance(feature, dict) else None
        if isinstance(names, list) and feature.get("_type") == "ClassLabel":
            found[column] = tuple(map(str, names))
    return found


def _unreadable(name: str) -> InputError:
    return InputError(f"{name} cannot be read as Parquet: it is cut short, damaged or of another kind.")


def _check_size(name: str, unpacked: int) -> None:
    if unpacked > MOST_UNPACKED_BYTES:
        raise InputError(
            f"{name} unpacks into {unpacked / 1e9:,.1f} GB; at most {MOST_UNPACKED_BYTES / 1e9:g} GB are "
            "read, so split it or leave out columns."
        )


def _measure(source: Path, name: str, columns: Sequence[str]) -> int:
    """Bytes of the widest row. Raises InputError if a cell or the whole is too large."""
    texts = [f"{quoted(column)}::VARCHAR" for column in columns]
    sizes = [f"coalesce(strlen({text}), 0)" for text in texts]
    row, longest = " + ".join(sizes), ", ".join(f"max({size})" for size in sizes)
    try:
        with connect() as connection:

            def ask(wanted: str) -> list[int]:
                found = connection.execute(f"SELECT {wanted} FROM {_FILE}", [str(source)]).fetchall()
                return [int(value or 0) for value in found[0]]

            widest, total, *most_bytes = ask(f"max({row}), sum(8 + {row}), {longest}")
            _check_size(name, total)
            for column, text, most in zip(columns, texts, most_bytes, strict=True):
                # No cell has more characters than bytes: few files need a count.
                characters = ask(f"max(length({text}))")[0] if most > MOST_CELL_CHARACTERS else 0
                if characters > MOST_CELL_CHARACTERS:
                    raise InputError(
                        f"A cell of column {column!r} of {name} has {characters:,} characters; at most "
                        f"{MOST_CELL_CHARACTERS:,} are read."
                    )
    except duckdb.OutOfMemoryException as error:
        raise InputError(
            f"{name} unpacks into more at once than is allowed; write it again with shorter cells or smaller "
            "row groups."
        ) from error
    except (duckdb.Error, UnicodeError) as error:
        raise _no_text(name) if "UTF8" in str(error) else _unreadable(name) from error
    return widest


def _no_text(name: str) -> InputError:
    return InputError(f"{name} holds bytes that are no text in UTF-8; leave out columns of bytes.")


def _batches(
    source: Path,
    name: str,
    rows: int,
    columns: Sequence[str],
    class_names: Mapping[str, tuple[str, ...]],
) -> Iterator[list[pa.StringArray]]:
    first = 1
    try:
        # A buffer, so that a large row group comes in piece by piece.
        with pq.ParquetFile(source, buffer_size=1 << 20) as file:
            for batch in file.iter_batches(rows, columns=list(columns), use_threads=False):
                cells = [_as_text(batch[column], class_names.get(column, ())) for column in columns]
                _check_no_nul(cells, columns, name, first)
                first += batch.num_rows
                if batch.num_rows:
                    yield cells
    except pa.ArrowInvalid as error:
        raise _no_text(name) if "UTF8" in str(error) else _unreadable(name) from error
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(name) from error


def _as_text(column: pa.Array, names: Sequence[str]) -> pa.StringArray:
    if pa.types.is_nested(column.type):
        return pa.array([_as_json(cell, names) for cell in column.to_pylist()], pa.string())
    if names and pa.types.is_floating(column.type):  # as pandas writes whole numbers where some are missing
        with suppress(pa.ArrowInvalid):
            column = pc.if_else(pc.is_nan(column), None, column).cast(pa.int64())
    if names and pa.types.is_integer(column.type):
        # -1 is how GLUE and others write a row without a label; a number without a name stays one.
        known = pc.and_(pc.greater_equal(column, 0), pc.less(column, len(names)))
        named = pc.take(pa.array(names), pc.if_else(known, column, None))
        numbers = pc.if_else(pc.less(column, 0), None, column).cast(pa.string())
        return pc.if_else(pc.fill_null(known, False), named, numbers)
    if pa.types.is_floating(column.type):  # "not a number" is how many programs write a missing one
        column = pc.if_else(pc.is_nan(column), None, column)
    # Not every writer says that its bytes are text: here they must be.
    text = column.cast(pa.string())
    text.validate(full=True)
    return text


def _as_json(items: Sequence[object] | None, names: Sequence[str]) -> str | None:
    """A list as JSON of texts, classes by their names; None is a missing one."""
    if items is None:
        return None
    numbered = dict(enumerate(names))
    written = [
        numbered.get(item, item) if isinstance(item, int) and not isinstance(item, bool) else item
        for item in items
    ]
    constants = {None: "null", True: "true", False: "false"}
    texts = [constants[item] if item is None or isinstance(item, bool) else str(item) for item in written]
    return json.dumps(texts, ensure_ascii=False)


def _check_no_nul(cells: Sequence[pa.StringArray], columns: Sequence[str], name: str, first: int) -> None:
    for column, array in zip(columns, cells, strict=True):
        place = pc.index(pc.match_substring(array, "\0"), True).as_py()
        if place >= 0:
            raise InputError(
                f"Row {first + place:,} of {name} holds a NUL character in {column!r}; remove it."
            )
