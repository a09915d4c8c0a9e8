"""Where the files that are no modules of this package lie: app, pages, assets, bundled models.

In a checkout they are beside the package, in an installed package inside it (`pyproject.toml` maps them to
`ltp_viz/_app`). Nothing else computes such a path.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "_app"

# What a Python process needs on its path to import this package.
IMPORT_ROOT = _PACKAGE.parent
ROOT = _INSTALLED if _INSTALLED.is_dir() else IMPORT_ROOT
APP = ROOT / "app.py"
ASSETS = ROOT / "assets"
EXAMPLES = ASSETS / "examples"
MODELS = ASSETS / "models"
DEFAULT_MODEL = "sst2"  # the one bundled model that every installation has


def bundled_models() -> dict[str, Path]:
    """Folder of every bundled model that is here, by name; an installed package has `DEFAULT_MODEL` alone."""
    return {config.parent.name: config.parent for config in sorted(MODELS.glob("*/config.json"))}
