"""Rows of JSON: an object per line, or an array of objects, decoded one by one.

Numbers stay as they are written. A column whose cells are lists or objects is left out and named; short
lists of single values, which may be sets of labels, are kept as JSON.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.limits import MOST_CELL_CHARACTERS, MOST_COLUMNS, MOST_LIST_ITEMS
from ltp_viz.data.tables.tasks import USUAL_LABEL_COLUMNS, USUAL_TEXT_COLUMNS
from ltp_viz.data.tables.text_file import MOST_LINE_CHARACTERS, TextFile
from ltp_viz.data.text.tokenization import clean_text

# NaN is how many programs write a missing number.
_NUMBERS = {"Infinity": "inf", "-Infinity": "-inf"}
_JSON = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_NUMBERS.get)
_CONSTANTS = {None: None, True: "true", False: "false"}
_BLANK = " \t\r\n"
_USUAL = {name for names in USUAL_TEXT_COLUMNS for name in names} | set(USUAL_LABEL_COLUMNS)


class JsonFile:
    """A file of objects, read as often as its rows are asked for."""

    def __init__(self, file: TextFile, kind: str):
        self.file, self.name = file, file.name
        # By its ending a file of lines; a .json file may be either.
        self.is_array = kind == ".json" and _first_character(file) == "["

    def keys(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Keys to read in the order in which they first occur, those of lists or objects, and those that are
        both, of short lists alone, which are read last.

        Raises InputError where a column of usual name holds both texts and lists or objects, and where none
        is left.
        """
        keys: dict[str, bool] = {}  # whether a cell of plain text, number or truth value has been seen
        nested: dict[str, tuple[int, str]] = {}
        no_list: set[str] = set()
        for line, value in self._objects():
            for key, cell in value.items():
                is_nested = isinstance(cell, list | dict)
                keys[key] = keys.get(key, False) or not (is_nested or cell is None)
                if not (cell is None or _is_short_list(cell)):
                    no_list.add(key)
                if is_nested:
                    nested.setdefault(key, (line, "a list" if isinstance(cell, list) else "an object"))
            if len(keys) > MOST_COLUMNS:
                break  # whoever checks the columns refuses them
        if not keys:
            raise InputError(f"{self.name} has no rows; write one object with at least one key per line.")
        lists = tuple(key for key in nested if key not in no_list)
        kept = tuple(key for key in keys if key not in nested)
        mixed = [key for key in nested if keys[key] and key.lower() in _USUAL]
        if mixed or not kept:
            key = (mixed or list(nested))[0]
            line, what = nested[key]
            raise InputError(
                f"Line {line:,} of {self.name} holds {what} in {key!r}; only text, numbers and true or false "
                "are read."
            )
        return (*kept, *lists), tuple(nested), lists

    def rows(self, keys: Sequence[str]) -> Iterator[list[str | None]]:
        """The cells under `keys` of every object."""
        for line, value in self._objects():
            yield [self._cell(value.get(key), key, line) for key in keys]

    def _cell(self, cell: Any, key: str, line: int) -> str | None:
        if isinstance(cell, list):
            items = [item if isinstance(item, str) else str(_CONSTANTS[item]) for item in cell]
            cell = json.dumps(items, ensure_ascii=False)
        if not isinstance(cell, str):
            return _CONSTANTS[cell]
        if len(cell) > MOST_CELL_CHARACTERS:
            raise InputError(
                f"Line {line:,} of {self.name} has {len(cell):,} characters in {key!r}; at most "
                f"{MOST_CELL_CHARACTERS:,} are read."
            )
        if "\0" in cell:
            raise InputError(f"Line {line:,} of {self.name} holds a NUL character in {key!r}; remove it.")
        return clean_text(cell)

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Every object with the number of the line it begins in."""
        return _array(self.file) if self.is_array else _lines(self.file)


def _is_short_list(cell: Any) -> bool:
    """Whether a cell is a list of few single values."""
    if not isinstance(cell, list) or len(cell) > MOST_LIST_ITEMS:
        return False
    return not any(isinstance(item, list | dict) for item in cell)


def _first_character(file: TextFile) -> str:
    return next((line.lstrip()[0] for line in file.lines() if line.strip()), "")


def _lines(file: TextFile) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(file.lines(), start=1):
        if not line.strip():
            continue
        try:
            value = _JSON.decode(line)
        except (ValueError, RecursionError) as error:
            value = error
        if not isinstance(value, dict):
            raise InputError(f"Line {number:,} of {file.name} {_no_object(line, value)}")
        yield number, value


def _no_object(text: str, found: Any) -> str:
    if isinstance(found, Exception) and not text.lstrip().startswith("["):
        what = f"is not JSON ({getattr(found, 'msg', 'too deeply nested')})"
    elif text.lstrip().startswith("["):
        what = "begins a list instead of an object"
    else:
        what = "holds a single value instead of an object"
    return f"{what}; write one object, {{...}}, per line, or an array of objects in a .json file."


def _array(file: TextFile) -> Iterator[tuple[int, dict[str, Any]]]:
    """The elements of an array. Only as much of the text is held as one element needs."""
    with file.open() as stream:
        text, place, line = stream.read(1 << 16), 0, 1
        is_open = False
        while True:
            while place < len(text) and text[place] in (_BLANK + ",[" if not is_open else _BLANK + ","):
                line += text[place] == "\n"
                is_open = is_open or text[place] == "["
                place += 1
            if place == len(text):
                text, place = stream.read(1 << 16), 0
                if not text:
                    raise InputError(f"The array that {file.name} holds is never closed; it is cut short.")
                continue
            if text[place] == "]":
                if (text[place + 1 :] + stream.read(1 << 16)).strip():
                    raise InputError(f"{file.name} holds more than one array; write all objects in one.")
                return
            while True:
                try:
                    value, end = _JSON.raw_decode(text, place)
                    break
                except (ValueError, RecursionError) as error:
                    more = "" if len(text) - place >= MOST_LINE_CHARACTERS else stream.read(1 << 20)
                    if not more:
                        raise InputError(f"Line {line:,} of {file.name} {_no_object('', error)}") from error
                    text, place = text[place:] + more, 0
            if not isinstance(value, dict):
                raise InputError(f"Line {line:,} of {file.name} {_no_object(text[place : place + 1], value)}")
            yield line, value
            line += text.count("\n", place, end)
            place = end
