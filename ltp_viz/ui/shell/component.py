"""A browser component whose files are served by path, so that browsers cache them.

Streamlit finds such files by a manifest in an installed package. Here the manifest is made in memory, so that
the same code works in a checkout. The component's name, a part of every file's address, contains a hash of
all files: a changed file has another address, and no browser shows an old one.
"""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

PACKAGE = "ltp-viz"
# In the addresses of all components' files. The file at an address never changes, so it is cached for good.
COMPONENT_FILES = f"/_stcore/bidi-components/{PACKAGE}."


class ServedComponent:
    """The component in `folder`; `entry` is the module that exports the function that draws it."""

    def __init__(self, name: str, folder: Path, entry: str, html: str):
        self._folder, self._entry, self._html = folder, entry, html
        self._short_name = name

    @cached_property
    def name(self) -> str:
        """Of the component in Streamlit's registry."""
        return f"{PACKAGE}.{self._short_name}-{_files_hash(self._folder)}"

    def mount(self, **arguments: Any) -> Any:
        """Draw the component, in a script run; arguments as of Streamlit's components."""
        # Each Streamlit runtime has a registry of its own, and tests start many.
        manager = get_bidi_component_manager()
        if manager.get_component_asset_root(self.name) is None:
            own = ComponentConfig(self.name.removeprefix(f"{PACKAGE}."), asset_dir=self._folder.name)
            manager.register_from_manifest(ComponentManifest(PACKAGE, "", [own]), self._folder.parent)
        draw = st.components.v2.component(self.name, html=self._html, js=self._entry, isolate_styles=False)
        return draw(**arguments)


def _files_hash(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
