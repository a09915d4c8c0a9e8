"""Optional dependencies of parts of the package, and the message if they are missing.

`pyproject.toml` has the same extras with their versions. A plain install has `app` and `data`.
"""

from importlib.util import find_spec

_DATA = ("pandas", "pyarrow", "duckdb", "fsspec", "sklearn", "scipy", "datasets")
# Extra -> modules that it provides.
EXTRAS = {
    "data": _DATA,
    "app": (*_DATA, "streamlit", "starlette", "plotly", "captum", "psutil", "filelock", "jinja2", "PIL"),
    "train": (*_DATA, "accelerate", "tensorboard"),
}


class MissingExtraError(ImportError):
    """Raised when a part of the package is used without its libraries; the message names the extra."""


def require(extra: str, part: str) -> None:
    """Raises MissingExtraError if a module of the extra is not installed. `part` names what needs it."""
    missing = [name for name in EXTRAS[extra] if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"{part} needs {', '.join(missing)}, not installed here; get it with: "
            f"pip install 'ltp-viz[{extra}]'"
        )
