"""Locations of files that are not modules: app, pages, assets, bundled models.

In a checkout they are beside the package, in an installed package inside it (`pyproject.toml` maps them to
`ltp_viz/_app`). No other module computes such a path.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_app"

# The path entry from which a Python process can import this package.
IMPORT_ROOT = _PACKAGE.parent
ROOT = _INSTALLED if _INSTALLED.is_dir() else IMPORT_ROOT
APP = ROOT / "app.py"
ASSETS = ROOT / "assets"
EXAMPLES = ASSETS / "examples"
MODELS = ASSETS / "models"
DEFAULT_MODEL = "sst2"  # the bundled model of every installation


def bundled_models() -> dict[str, Path]:
    """Folder of every available bundled model, by name; an installed package has only `DEFAULT_MODEL`."""
    return {config.parent.name: config.parent for config in sorted(MODELS.glob("*/config.json"))}
