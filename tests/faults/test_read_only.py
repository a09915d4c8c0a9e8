"""Read-only assets and home: what writes nothing works, and the rest gets one message."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ltp_viz import TextClassifier
from tests.conftest import ROOT

TEXT = "It is not without charm."
# With its own mounts, in which assets and home are read-only, as in many containers.
_MOUNTED = """
set -e
mount --bind "$ASSETS" "$ASSETS"
mount -o remount,ro,bind "$ASSETS"
mount -t tmpfs -o ro tmpfs "$HOME"
exec "$@"
"""
_LOOK = """
import json
import sys
from pathlib import Path

from streamlit.testing.v1 import AppTest

import ltp_viz
from ltp_viz.core.attention.native import load_kernel

for place in (Path("assets/models/sst2"), Path.home()):
    try:
        (place / "mark").touch()
    except OSError:
        continue
    sys.exit(f"{place} can be written to")
trace = ltp_viz.load_model("assets/models/sst2").trace(sys.argv[1])
wrong = {}
for page in ("app.py", "pages/Dataset.py"):
    app = AppTest.from_file("app.py", default_timeout=60)
    if page != "app.py":
        app.switch_page(page)
    app.run()
    wrong[page] = [element.value for kind in (app.exception, app.error) for element in kind]
depths, kernel = trace.survival_depth.tolist(), load_kernel() is not None
print(json.dumps({"depths": depths, "kernel": kernel, "wrong": wrong}))
"""


def test_app_and_library(classifier: TextClassifier, tmp_path: Path) -> None:
    unset = ("LTP_VIZ_RUNS", "XDG_CACHE_HOME", "LTP_VIZ_MODEL", "LTP_VIZ_MODEL_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"HOME": str(tmp_path), "ASSETS": str(ROOT / "assets"), "PYTHONPATH": str(ROOT)}
    command = ["unshare", "--mount", "sh", "-c", _MOUNTED, "sh", sys.executable, "-B", "-c", _LOOK, TEXT]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.stderr.startswith(("mount:", "unshare:")):
        pytest.skip("no disk can be mounted here")
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["depths"] == classifier.trace(TEXT).survival_depth.tolist()
    assert found["kernel"] == any(map(shutil.which, ("cc", "gcc", "clang"))), "not cached, but compiled"
    assert found["wrong"]["app.py"] == []
    [message] = found["wrong"]["pages/Dataset.py"]
    assert "Read" in message and "set LTP_VIZ_RUNS" in message
