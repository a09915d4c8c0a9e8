"""Rows of delimited text: comma, semicolon, tab or pipe, with or without quotes and header.

Python's own CSV reader is used: it keeps every cell as it is written and knows the line it is in, which
quicker ones do not. What may be misread is refused and not guessed: a row with a cell too many, quotes that
swallow whole rows, a first line that looks like data.
"""

import csv
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.limits import MOST_CELL_CHARACTERS
from ltp_viz.data.tables.reading import DELIMITERS, FileFormat
from ltp_viz.data.tables.tasks import USUAL_LABEL_COLUMNS, USUAL_TEXT_COLUMNS
from ltp_viz.data.tables.text_file import TextFile

Record = tuple[int, list[str]]  # the number of the line it begins in, its cells
_SAMPLE = 200  # lines or rows that detection looks at
_SHORT = 30  # characters of a cell that may be a label
# Labels that many data sets share: above a column of them, one more is no column's name.
_USUAL_LABELS = {
    *("positive", "negative", "neutral", "pos", "neg", "true", "false", "yes", "no", "spam", "ham"),
    *("entailment", "contradiction", "not_entailment"),
}
_QUOTES_ARE_TEXT = "if the quotes are part of the texts, read them as text (--quoting text)"


@dataclass(frozen=True)
class DelimitedFile:
    """How one file's lines become records."""

    file: TextFile
    delimiter: str
    quoting: str  # as in FileFormat
    skipped: int  # lines before the first record: one that says `sep=;`

    def records(self) -> Iterator[Record]:
        """Each record with its first line's number; blank lines are none. Raises InputError."""
        # The limit is one for the whole process; nothing else in it needs a lower one.
        csv.field_size_limit(MOST_CELL_CHARACTERS)
        raw: list[str] = []  # the lines of the current record

        def lines() -> Iterator[str]:
            for line in itertools.islice(self.file.lines(), self.skipped, None):
                raw.append(line)
                yield line

        reader = csv.reader(
            lines(),
            delimiter=self.delimiter,
            quoting=csv.QUOTE_NONE if self.quoting == "text" else csv.QUOTE_MINIMAL,
            strict=True,
        )
        first_line = self.skipped + 1
        try:
            for record in reader:
                last_line = self.skipped + reader.line_num
                if record:
                    if self.quoting == "auto" and len(raw) > 1 and self._swallows_rows(raw, record):
                        raise InputError(
                            f"Lines {first_line:,} to {last_line:,} of {self.file.name} are one row in "
                            f"quotes, but each looks like a row of its own; {_QUOTES_ARE_TEXT}, else "
                            "confirm the quotes (--quoting standard)."
                        )
                    yield first_line, record
                first_line = last_line + 1
                raw.clear()
        except csv.Error as error:
            raise InputError(self._broken(first_line, self.skipped + reader.line_num, str(error))) from error

    def _swallows_rows(self, lines: Sequence[str], record: list[str]) -> bool:
        """Whether the lines of a quoted cell would each be a row, with cells such as the record's others."""
        single = [place for place, cell in enumerate(record) if "\n" not in cell and "\r" not in cell]
        rows = [line.rstrip("\r\n").split(self.delimiter) for line in lines if line.strip()]
        if not single or any(len(row) != len(record) for row in rows):
            return False
        return all(_alike(row[place], record[place]) for row in rows for place in single)

    def _broken(self, first_line: int, last_line: int, reason: str) -> str:
        name = self.file.name
        if "field larger" in reason:
            return (
                f"A cell in line {first_line:,} of {name} has more than {MOST_CELL_CHARACTERS:,} characters; "
                f"shorten it, or close its quotes if they were left open; {_QUOTES_ARE_TEXT}."
            )
        if "unexpected end" in reason:
            return (
                f"The quotes opened in line {first_line:,} of {name} are never closed; close them; "
                f"{_QUOTES_ARE_TEXT}."
            )
        where = (
            f"line {first_line:,}" if first_line == last_line else f"lines {first_line:,} to {last_line:,}"
        )
        return (
            f"The quotes in {where} of {name} are broken; put a cell that holds quotes in quotes, and write "
            f"those inside it twice; {_QUOTES_ARE_TEXT}."
        )

    def rows(self, width: int, has_header: bool) -> Iterator[list[str]]:
        """The records below the header, all of `width` cells. Raises InputError at the first other one."""
        for line, record in itertools.islice(self.records(), int(has_header), None):
            if width > 1 and len(record) == 1 and not record[0].strip():
                continue  # a line of blanks is none
            if len(record) != width:
                others = "the header" if has_header else "the first row"
                raise InputError(
                    f"Line {line:,} of {self.file.name} has {_cells(len(record))} and {others} {width:,}; "
                    "put cells that hold the delimiter in quotes."
                )
            yield record


@dataclass(frozen=True)
class Delimited:
    """A delimited file opened: its columns ("" where there is no header), rows, and how it is read."""

    columns: tuple[str, ...]
    rows: Iterator[list[str]]
    how: str  # part of the fingerprint
    read_as: str  # in words


def open_delimited(file: TextFile, kind: str, wanted: FileFormat) -> Delimited:
    """Open a .csv, .tsv or .txt file; a .txt file that is no table has one text per line. Raises
    InputError.
    """
    named = _named_delimiter(file)
    delimiter = wanted.delimiter or named or (_of_text_file(file) if kind == ".txt" else "")
    if kind == ".txt" and not delimiter:
        return _one_text_per_line(file, wanted)
    usual = "\t" if kind == ".tsv" else _most_fitting(file, wanted.quoting, int(bool(named)))
    table = DelimitedFile(file, delimiter or usual, wanted.quoting, int(bool(named)))
    first = next(table.records(), (0, []))[1]
    if not first:
        raise InputError(f"{file.name} is empty; give a file with a header and at least one row.")
    if wanted.header == "auto":
        _check_header(first, table)
    has_header = wanted.header != "no"
    header = "header" if has_header else "no header"
    quotes = ", quotes are text" if wanted.quoting == "text" else ""
    return Delimited(
        tuple(first) if has_header else ("",) * len(first),
        table.rows(len(first), has_header),
        f"csv {table.delimiter} {'text' if quotes else 'quoted'} {header}",
        f"{DELIMITERS[table.delimiter]} separated, {{encoding}}, {header}{quotes}",
    )


def _one_text_per_line(file: TextFile, wanted: FileFormat) -> Delimited:
    texts = ([line.rstrip("\r\n")] for line in file.lines() if line.strip())
    name = "text"
    if wanted.header == "yes":
        name = next(texts, [""])[0]
    return Delimited((name,), texts, f"lines {wanted.header == 'yes'}", "one text per line, {encoding}")


def _named_delimiter(file: TextFile) -> str:
    """What a first line such as `sep=;` says, as spreadsheets write and read it."""
    match = re.fullmatch(r'"?sep=(.)"?\s*', next(file.lines(), ""), re.IGNORECASE)
    if match is None:
        return ""
    if match[1] not in DELIMITERS:
        raise InputError(
            f"The first line of {file.name} names the delimiter {match[1]!r}; use one of "
            f"{', '.join(DELIMITERS.values())}."
        )
    return match[1]


def _of_text_file(file: TextFile) -> str:
    """The delimiter of a .txt file that is a table after all: tabs in every line, or a usual header."""
    lines = [line.rstrip("\r\n") for line in itertools.islice(file.lines(), _SAMPLE) if line.strip()]
    if lines and {line.count("\t") for line in lines} not in ({0}, set()):
        counts = {line.count("\t") for line in lines}
        if len(counts) == 1:
            return "\t"
    texts = {name for names in USUAL_TEXT_COLUMNS for name in names}
    for delimiter in DELIMITERS:
        names = {name.strip().strip('"').lower() for name in lines[0].split(delimiter)} if lines else set()
        if names & texts and names & set(USUAL_LABEL_COLUMNS):
            return delimiter
    return ""


def _most_fitting(file: TextFile, quoting: str, skipped: int) -> str:
    """What cuts the header into most cells, first of all if it cuts the first row into as many."""

    def cells(delimiter: str) -> tuple[bool, int]:
        try:
            records = DelimitedFile(file, delimiter, quoting, skipped).records()
            header = next(records, (0, []))[1]
            cuts_alike = len(next(records, (0, header))[1]) == len(header) > 1
            return cuts_alike, len(header)
        except InputError:  # another delimiter may cut the same lines well
            return False, 0

    return max(DELIMITERS, key=cells)


def _check_header(header: list[str], table: DelimitedFile) -> None:
    """Raises InputError where the first line looks like data: a number above numbers, a label above
    labels, a statement.

    Numbers that count the columns from 0 are the header that pandas writes of unnamed columns.
    """
    if [name for name in header if name] == [str(number) for number in range(len([n for n in header if n]))]:
        return
    rows: list[list[str]] = []
    try:
        for _, row in itertools.islice(table.records(), 1, _SAMPLE):
            if row != header:  # a header that comes again, as in joined files, says nothing
                rows.append(row)
    except InputError:  # raised again where the rows are read
        pass
    usual = {name for names in USUAL_TEXT_COLUMNS for name in names} | set(USUAL_LABEL_COLUMNS)
    for place, name in enumerate(header):
        below = [row[place] for row in rows if place < len(row) and row[place].strip()]
        if not name.strip() or not below or name.strip().lower() in usual:
            continue
        is_number = _is_number(name) and all(map(_is_number, below))
        labels = {cell.strip().lower() for cell in (name, *below)}
        # A title that recurs once may be chance; a label recurs.
        recurs = len(name) <= _SHORT and below.count(name) >= (2 if len(below) > 3 else 1)
        is_statement = len(name.split()) >= 3 and (len(header) == 1 or name.rstrip().endswith((".", "!")))
        if is_number or recurs or is_statement or labels <= _USUAL_LABELS:
            raise InputError(
                f"The first line of {table.file.name} looks like data: it holds {name!r}, as the rows below "
                "do. If the file has no header, read it without one (--header no), else confirm the header "
                "(--header yes)."
            )


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", cell) is not None


def _alike(cell: str, other: str) -> bool:
    """Whether both could be labels of one column: numbers, or short words. What follows ", " is no label."""
    if _is_number(cell) or _is_number(other):
        return _is_number(cell) and _is_number(other)
    return all(0 < len(each) <= _SHORT and each == each.strip() for each in (cell, other))


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"
