"""Parts of the package that need more than the library: what they import, and the message without it.

`pyproject.toml` has the same extras with their versions. A plain install has `app` and `data`.
"""

from importlib.util import find_spec

_DATA = ("pandas", "pyarrow", "duckdb", "fsspec", "sklearn", "scipy", "datasets")
# Extra -> the modules that it must bring.
EXTRAS = {
    "data": _DATA,
    "app": (*_DATA, "streamlit", "starlette", "plotly", "captum", "psutil", "filelock", "jinja2"),
    "train": (*_DATA, "accelerate", "tensorboard"),
}


class MissingExtraError(ImportError):
    """A part of the package is imported without the libraries that it needs; the message names the extra."""


def require(extra: str, part: str) -> None:
    """Raises MissingExtraError where a module of the extra is not installed. `part` is what needs it."""
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{part} needs {', '.join(missing)}, not installed here; get it with: "
            f"pip install 'ltp-viz[{extra}]'"
        )
