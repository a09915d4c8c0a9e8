"""Options of every command that reads labelled data: how the file is written, which column is what."""

import argparse
from typing import Any

from ltp_viz.data.tables.labelled_data import LabelledData
from ltp_viz.data.tables.meanings import LabelMeaning
from ltp_viz.data.tables.reading import DELIMITERS, ENCODINGS, HEADERS, QUOTINGS, FileFormat, ReadingOptions

_SHOWN_VALUES = 12


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the options; what is not given is detected or guessed, and printed."""
    group = parser.add_argument_group("reading the data")
    group.add_argument("--text-columns", nargs="+", help="one column of texts, or two for pairs")
    group.add_argument("--label-column", help="column of the labels")
    group.add_argument(
        "--labels",
        nargs="+",
        action="extend",
        metavar="VALUE=CLASS",
        help="which class a label value means; --labels=VALUE=CLASS for one that begins with a minus",
    )
    group.add_argument(
        "--delimiter", default="", help=f"between cells: {', '.join(DELIMITERS.values())}; default: detected"
    )
    group.add_argument(
        "--encoding", default="", help=f"of a text file: {', '.join(ENCODINGS)}; default: detected"
    )
    group.add_argument(
        "--quoting",
        choices=tuple(QUOTINGS),
        default="auto",
        help="text: quotes are part of the texts, as in GLUE files; standard: cells may stand in quotes",
    )
    group.add_argument(
        "--header", choices=tuple(HEADERS), default="auto", help="whether the first line names the columns"
    )


def reading_options(namespace: Any) -> ReadingOptions:
    """What the options say. Raises InputError where one cannot be."""
    return ReadingOptions(
        FileFormat(namespace.delimiter, namespace.encoding, namespace.quoting, namespace.header),
        tuple(namespace.text_columns or ()),
        namespace.label_column or "",
        tuple(namespace.labels or ()),
    )


def reading_words(data: LabelledData) -> str:
    """How the data were read, what a score does not cover, and what each label means."""
    return "\n".join((*data.messages, *meaning_lines(data.meanings)))


def meaning_lines(meanings: tuple[LabelMeaning, ...]) -> list[str]:
    """The table "in the file -> class of the model, rows", cut if long, values without a class first."""
    if not meanings:
        return []
    shown = sorted(meanings, key=lambda meaning: meaning.meant is not None)[:_SHOWN_VALUES]
    lines = ["in the file -> class of the model, rows"]
    lines += [f"  {each.value!r} -> {each.meant or '(no class)'}, {each.rows:,}" for each in shown]
    if len(meanings) > len(shown):
        lines.append(f"  and {len(meanings) - len(shown):,} more values")
    return lines
