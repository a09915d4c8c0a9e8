"""What the library needs, what the extras bring, and the message where one is missing."""

import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ltp_viz
from ltp_viz.extras import EXTRAS
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Finds none of the modules named in its argument, as if they were not installed.
WITHOUT = """
import importlib.machinery, sys
missing = set(sys.argv[1].split(","))
find = importlib.machinery.PathFinder.find_spec
importlib.machinery.PathFinder.find_spec = classmethod(
    lambda cls, name, path=None, target=None:
        None if name.split(".")[0] in missing else find(name, path, target)
)
"""


def without(modules: set[str], code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code, ",".join(modules)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def brought(extra: str) -> set[str]:
    """Distributions that an extra brings, those of the extras that it names included."""
    found = set()
    for requirement in map(Requirement, PROJECT["optional-dependencies"][extra]):
        if requirement.name == "ltp-viz":
            found |= set().union(*map(brought, requirement.extras))
        else:
            found.add(requirement.name)
    return found


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_brings_what_the_code_needs(extra: str) -> None:
    distributions = packages_distributions()
    needed = {canonicalize_name(distributions[module][0]) for module in EXTRAS[extra]}
    assert needed <= set(map(canonicalize_name, brought(extra)))


def test_the_library_runs_on_its_own_requirements_alone() -> None:
    """`load_model`, `trace` and `predict` without a single module of any extra."""
    modules = set().union(*EXTRAS.values(), {"ray"}) - {"fsspec", "filelock"}  # which huggingface_hub needs
    done = without(
        modules,
        """
import ltp_viz
model = ltp_viz.load_model("sentiment-long")
trace = model.trace("A warm film.")
print(trace.label, model.predict(["A dull film."]).labels)
try:
    trace.to_frame()
except ImportError as error:
    print(error)
""",
    )
    assert done.returncode == 0, done.stderr
    answer, message = done.stdout.splitlines()
    assert answer.startswith("positive") and "Trace.to_frame needs pandas" in message
    assert message.endswith("pip install 'ltp-viz[data]'")


@pytest.mark.parametrize(
    ("module", "arguments", "extra"),
    [
        ("streamlit", ["app"], "app"),
        ("accelerate", ["train", "--help"], "train"),
        ("duckdb", ["evaluate", "--help"], "data"),
    ],
)
def test_a_command_without_its_extra_names_it(module: str, arguments: list[str], extra: str) -> None:
    done = without({module}, f"from ltp_viz.cli.main import main; sys.exit(main({arguments!r}))")
    assert done.returncode == 2
    [message] = done.stderr.splitlines()
    assert f"needs {module}" in message and "pip install 'ltp-viz[" in message


def test_ranges_hold_what_is_pinned_and_the_version_is_one() -> None:
    """`requirements.txt` is one choice within the ranges; a plain install has the app."""
    lines = (ROOT / "requirements.txt").read_text().split()
    pinned = {Requirement(line).name: line.partition("==")[2] for line in lines}
    ranges = [*map(Requirement, PROJECT["dependencies"])]
    for extra in ("data", "app", "train"):
        ranges += map(Requirement, PROJECT["optional-dependencies"][extra])
    versions = {each.name: each.specifier for each in ranges if each.name != "ltp-viz"}
    assert pinned.keys() <= versions.keys()
    for name, version in pinned.items():
        assert versions[name].contains(version), name
    assert any(each.extras == {"app"} for each in ranges if each.name == "ltp-viz")
    assert "version" in PROJECT["dynamic"] and ltp_viz.__version__.count(".") == 2
