"""Every environment variable that this project defines, in one place."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One variable. An empty value counts as not set; `default` describes that case in words."""

    name: str
    meaning: str
    default: str

    def read(self) -> str:
        """The value, empty if it is not set."""
        return os.environ.get(self.name, "")


RUNS = Setting(
    "LTP_VIZ_RUNS", "folder of data-set runs and benchmarks", "ltp-viz/runs in the user's cache folder"
)
MODEL = Setting("LTP_VIZ_MODEL", "model that the app opens with: a folder or hub name", "the bundled one")
MODEL_DIR = Setting("LTP_VIZ_MODEL_DIR", "folder of further models that the app offers", "none")
PUBLIC = Setting(
    "LTP_VIZ_PUBLIC", "1 where visitors are not trusted: bundled models only, limits on size", "0"
)
SESSIONS = Setting("LTP_VIZ_SESSIONS", "sessions that may be open at once", "any number; 40 if public")
FRAME_ANCESTORS = Setting(
    "LTP_VIZ_FRAME_ANCESTORS",
    "origins whose pages may show the app in a frame, separated by blanks; none: no page",
    "pages of the app's own origin",
)
NATIVE = Setting("LTP_VIZ_NATIVE", "0 switches the compiled attention kernel off", "1")
SERVED = Setting(
    "LTP_VIZ_SERVED", "set by `ltp-viz app`: pages are sent with security headers", "not set; not for users"
)

# In the order of help and docs.
FOR_USERS = (RUNS, MODEL, MODEL_DIR, PUBLIC, SESSIONS, FRAME_ANCESTORS, NATIVE)
