"""The choice of data: bundled examples, an uploaded file, a file on the server, a data set on the hub."""

import tempfile
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import streamlit as st

from ltp_viz import resources, settings
from ltp_viz.analysis.dataset.runs.store import SOURCES
from ltp_viz.analysis.jobs.store import default_root
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.chosen_roles import sets_of
from ltp_viz.data.tables.meanings import reading_messages
from ltp_viz.data.tables.reading import (
    DELIMITERS,
    ENCODINGS,
    HEADERS,
    QUOTINGS,
    FileFormat,
    Header,
    Quoting,
)
from ltp_viz.data.tables.source import KIND_NAMES, SourceTable, import_hub_split, import_table
from ltp_viz.ui.shell.access import access, too_many_rows
from ltp_viz.ui.shell.cache import session_cache
from ltp_viz.ui.shell.markdown import escaped

EXAMPLES = resources.EXAMPLES / "labelled.csv"
_KINDS = ("Examples", "Upload", "File on this machine", "Hub data set")
_PUBLIC_KINDS = _KINDS[:2]  # in a public app
_CACHE = "lab_table"  # the table, or an error message


def choose_source(classifier: TextClassifier) -> SourceTable | None:
    """The chosen table, imported once; None, and a message on the page, if there is none to run."""
    table = _chosen_table(classifier)
    if table and (message := too_many_rows(table.rows)):
        st.error(message)
        return None
    if table and st.session_state.get("lab_kind") != _KINDS[0]:
        read = table.list_columns if sets_of(classifier) else ()
        st.caption(escaped(" ".join(reading_messages(table, read))))
    return table


def _chosen_table(classifier: TextClassifier) -> SourceTable | None:
    kinds = _PUBLIC_KINDS if access().is_public else _KINDS
    kind = st.segmented_control(
        "Data", kinds, default=kinds[0], required=True, key="lab_kind", persist_state="session"
    )
    with st.container(key="lab_source"):
        if kind == "Upload":
            return _uploaded()
        if kind == "File on this machine":
            return _on_this_machine()
        if kind == "Hub data set":
            return _from_hub()
    if classifier.reads_pairs:
        st.info("This model reads pairs of texts; the examples are single texts. Choose a file of pairs.")
        return None
    st.caption(
        "Some 200 short reviews written for this project, hard ones among them: negation, irony, late turns. "
        "The column “kind” says what makes each one hard."
    )
    return _imported(("examples",), lambda target: import_table(EXAMPLES, target, name="labelled.csv"))


def _uploaded() -> SourceTable | None:
    file = st.file_uploader(
        f"{KIND_NAMES}, with a row per text",
        key="lab_upload",
        max_upload_size=access().upload_mb,
    )
    wanted = _file_format()
    if file is None:
        return _earlier_upload()

    def read(target: Path) -> SourceTable:
        # Without the name's ending, which may be anything; the kind follows from `name`.
        with tempfile.NamedTemporaryFile() as copy:
            file.seek(0)
            while chunk := file.read(1 << 20):
                copy.write(chunk)
            copy.flush()
            return import_table(
                Path(copy.name), target, name=Path(file.name).name or "upload", file_format=wanted
            )

    return _imported(("upload", file.file_id, wanted), read)


def _earlier_upload() -> SourceTable | None:
    """The table uploaded earlier, as a visit to another page empties the upload box."""
    identity, table = session_cache(_CACHE).last_used()
    if isinstance(table, SourceTable) and identity[0] == "upload" and table.path.exists():
        st.caption(f"Uploaded: {escaped(table.name)}. Upload another file to replace it.")
        return table
    return None


def _on_this_machine() -> SourceTable | None:
    path = st.text_input(
        f"Path of a {KIND_NAMES} file",
        key="lab_path",
        placeholder="/data/reviews.parquet",
        persist_state="session",
    )
    wanted = _file_format()
    if not path or not path.strip():
        return None
    file = Path(path.strip()).expanduser()
    try:
        changed = file.stat().st_mtime_ns
    except (OSError, ValueError):  # ValueError: a null character
        changed = 0
    return _imported(
        ("path", str(file), changed, wanted), lambda to: import_table(file, to, file_format=wanted)
    )


def _from_hub() -> SourceTable | None:
    with st.form("lab_hub", border=False):
        name = st.text_input("Name", key="lab_hub_name", placeholder="owner/name or owner/name:configuration")
        split = st.text_input("Part", value="validation", key="lab_hub_split")
        is_requested = st.form_submit_button("Fetch")
    identity = ("hub", (name or "").strip(), (split or "").strip())
    if not is_requested and session_cache(_CACHE).find(identity) is None:
        return None
    return _imported(identity, lambda target: import_hub_split(identity[1], identity[2], target))


def _file_format() -> FileFormat:
    """How text files are read; each setting is detected unless a person chooses."""

    def choice(title: str, options: Mapping[str, str], key: str) -> str:
        return st.selectbox(
            title, list(options), key=key, format_func=options.__getitem__, persist_state="session"
        )

    with st.expander("How text files are read", key="lab_reading"):
        fields = st.columns(4)
        with fields[0]:
            delimiter = choice("Delimiter", {"": "detect", **DELIMITERS}, "lab_delimiter")
        with fields[1]:
            encoding = choice("Encoding", {"": "detect", **ENCODINGS}, "lab_encoding")
        with fields[2]:
            quoting = choice("Quotes", QUOTINGS, "lab_quoting")
        with fields[3]:
            header = choice("Header", HEADERS, "lab_header")
    return FileFormat(delimiter, encoding, cast(Quoting, quoting), cast(Header, header))


def _imported(identity: tuple[Hashable, ...], read: Callable[[Path], SourceTable]) -> SourceTable | None:
    """The table that `read` writes, cached for the session by identity."""
    cache = session_cache(_CACHE)
    found: SourceTable | str | None = cache.find(identity)
    if found is None or (isinstance(found, SourceTable) and not found.path.exists()):
        with st.spinner("Reading the file …"):
            found = _stored(read)
        cache.put(identity, found)
    if isinstance(found, str):
        st.error(escaped(found))
        return None
    return found


def _stored(read: Callable[[Path], SourceTable]) -> SourceTable | str:
    """The table, stored under its fingerprint; or an error message."""
    folder = default_root() / SOURCES
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            table = read(Path(temporary) / "source.parquet")
            path = folder / f"{table.fingerprint}.parquet"
            table.path.replace(path)
        return replace(table, path=path)
    except InputError as error:
        return str(error)
    except OSError as error:
        reason = error.strerror or error
        return (
            f"The file cannot be stored in {folder}: {reason}; free some space or set {settings.RUNS.name}."
        )
