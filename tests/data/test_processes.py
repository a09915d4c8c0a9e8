"""A model that has answered in a process still answers in the processes that it starts, as the guide says."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_the_guides_ways_to_use_several_processes(tmp_path: Path) -> None:
    """All of its programs, run as they stand. With two threads: one would hide what a fork loses."""
    section = (ROOT / "docs/guide.md").read_text().partition("## Several processes")[2].partition("\n## ")[0]
    programs = re.findall(r"```python\n(.+?)```", section, re.DOTALL)
    assert len(programs) == 2
    for number, program in enumerate(programs):
        file = tmp_path / f"program_{number}.py"
        file.write_text(program)
        done = subprocess.run(
            [sys.executable, str(file)],
            env=os.environ | {"OMP_NUM_THREADS": "2", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["positive", "positive", "negative"]


def test_a_saved_model_says_what_to_import(tmp_path: Path, plain_checkpoint: Path) -> None:
    """transformers alone takes the folder for one of a newer version; the line in config.json helps."""
    code = f"""
import json, sys
from pathlib import Path
import ltp_viz
source = ltp_viz.load_model({str(plain_checkpoint)!r})
folder = Path({str(tmp_path)!r})
source.model.save_pretrained(folder)
source.tokenizer.save_pretrained(folder)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    code = f"""
import json
from transformers import AutoModelForSequenceClassification
FOLDER = {str(tmp_path)!r}
try:
    AutoModelForSequenceClassification.from_pretrained(FOLDER)
except ValueError:
    print("unknown")
exec(json.load(open(FOLDER + "/config.json"))["load_with"])
print(model.predict(["A text."]).labels[0] in model.labels)
print(type(AutoModelForSequenceClassification.from_pretrained(FOLDER, trust_remote_code=False)).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["unknown", "True", "LTPForSequenceClassification"]
