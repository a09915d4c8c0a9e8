"""Which data: the bundled examples, a file that is uploaded or lies on the server, a data set of the hub."""

import tempfile
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from ltp_viz.analysis.dataset.runs.store import SOURCES, default_root
from ltp_viz.data.classifier import TextClassifier
from ltp_viz.data.errors import InputError
from ltp_viz.data.tables.source import SourceTable, take_in, take_in_hub
from ltp_viz.ui.shell.access import access, too_many_rows
from ltp_viz.ui.shell.cache import session_cache
from ltp_viz.ui.shell.markdown import escaped
from ltp_viz.ui.shell.page import ROOT

EXAMPLES = ROOT / "assets/examples/labelled.csv"
_KINDS = ("Examples", "Upload", "File on this machine", "Hub data set")
_PUBLIC_KINDS = _KINDS[:2]  # what a stranger may choose
_ENCODINGS = ("utf-8", "utf-16", "windows-1252")
_CACHE = "lab_table"  # the table, or the message that says why there is none


def choose_source(classifier: TextClassifier) -> SourceTable | None:
    """The table that was chosen, taken in once; None, and a sentence, while there is none that may be run."""
    table = _chosen_table(classifier)
    if table and (sentence := too_many_rows(table.rows)):
        st.error(sentence)
        return None
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
    if classifier.config.reads_pairs:
        st.info("This model compares two texts; the bundled examples are single ones. Take data of pairs.")
        return None
    st.caption(
        "Some 200 short reviews written for this project, hard ones among them: negation, irony, late turns. "
        "The column “kind” says what makes each one hard."
    )
    return _taken_in(("examples",), lambda target: take_in(EXAMPLES, target, name="labelled.csv"))


def _uploaded() -> SourceTable | None:
    file = st.file_uploader(
        "CSV, TSV, JSON lines or Parquet, with a row per text",
        key="lab_upload",
        max_upload_size=access().upload_mb,
    )
    encoding = _encoding()
    if file is None:
        return _earlier_upload()

    def read(target: Path) -> SourceTable:
        with tempfile.NamedTemporaryFile(suffix=Path(file.name).suffix) as copy:
            file.seek(0)
            while chunk := file.read(1 << 20):
                copy.write(chunk)
            copy.flush()
            return take_in(Path(copy.name), target, name=Path(file.name).name, encoding=encoding)

    return _taken_in(("upload", file.file_id, encoding), read)


def _earlier_upload() -> SourceTable | None:
    """The uploaded table when one comes back to the page, whose upload box is then empty."""
    identity, table = session_cache(_CACHE).last_used()
    if isinstance(table, SourceTable) and identity[0] == "upload" and table.path.exists():
        st.caption(f"Still here: {escaped(table.name)}. Upload another file to replace it.")
        return table
    return None


def _on_this_machine() -> SourceTable | None:
    path = st.text_input(
        "Path of a CSV, TSV, JSON lines or Parquet file",
        key="lab_path",
        placeholder="/data/reviews.parquet",
        persist_state="session",
    )
    encoding = _encoding()
    if not path or not path.strip():
        return None
    file = Path(path.strip()).expanduser()
    try:
        changed = file.stat().st_mtime_ns
    except (OSError, ValueError):  # ValueError: a null character
        changed = 0
    return _taken_in(("path", str(file), changed, encoding), lambda to: take_in(file, to, encoding=encoding))


def _from_hub() -> SourceTable | None:
    with st.form("lab_hub", border=False):
        name = st.text_input("Name", key="lab_hub_name", placeholder="owner/name or owner/name:configuration")
        split = st.text_input("Part", value="validation", key="lab_hub_split")
        asked = st.form_submit_button("Fetch")
    identity = ("hub", (name or "").strip(), (split or "").strip())
    if not asked and session_cache(_CACHE).find(identity) is None:
        return None
    return _taken_in(identity, lambda target: take_in_hub(identity[1], identity[2], target))


def _encoding() -> str:
    return st.selectbox(
        "Encoding of text files",
        _ENCODINGS,
        key="lab_encoding",
        persist_state="session",
        width=220,
        help="Choose another one if the file is said not to be UTF-8.",
    )


def _taken_in(identity: tuple[Hashable, ...], read: Callable[[Path], SourceTable]) -> SourceTable | None:
    """The table that `read` writes, kept for the session under what was asked for."""
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
    """The table, in the folder of sources under its fingerprint; or what is wrong with the file."""
    folder = default_root() / SOURCES
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as aside:
            table = read(Path(aside) / "source.parquet")
            place = folder / f"{table.fingerprint}.parquet"
            table.path.replace(place)
        return replace(table, path=place)
    except InputError as error:
        return str(error)
    except OSError as error:
        reason = error.strerror or error
        return f"The file cannot be stored in {folder}: {reason}; make room or set LTP_VIZ_RUNS."
