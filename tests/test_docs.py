"""What the docs name exists: links, files, folders, functions, commands with their options, variables."""

import importlib
import importlib.util
import json
import re
import shlex
from pathlib import Path

import pytest

import ltp_viz
from ltp_viz import TextClassifier, settings
from ltp_viz.analysis.attention_received import attention_received
from ltp_viz.analysis.sweeps import SCALES, sweep_text
from ltp_viz.cli.main import COMMANDS
from ltp_viz.cli.options import Parser
from ltp_viz.ui.explore.live_data import attention_data, exact_data, sweep_data
from ltp_viz.ui.explore.session import NotMeasured
from ltp_viz.ui.explore.settings import Settings
from ltp_viz.ui.explore.speed import timing_data
from ltp_viz.ui.explore.stage import stage_data
from tests.conftest import ROOT

PAGES = sorted(
    page.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/*.md", "pages/*.md", "assets/models/*/*.md", ".github/**/*.md")
    for page in ROOT.glob(pattern)
)
WORKFLOWS = sorted(file.relative_to(ROOT).as_posix() for file in ROOT.glob(".github/workflows/*.yml"))
LINK = re.compile(r"\]\(([^)\s]+)\)")
# A path, perhaps with a function or class after two colons.
PATH = re.compile(r"`((?:\.\./)?[\w.-]+(?:/[\w.-]+)+)(?:::(\w+))?`")
# Not paths: a reader's own folders, and names on the hub.
NOT_PATHS = (".", "FOLDER", "MODEL", "RUN", "RUNS", "owner", "sentence-transformers")
COMMAND = re.compile(r"(?:ltp-viz|-m ltp_viz) ([a-z]+)\b(?!-)([^`\n]*)")
# What ends a command on a line of a shell.
SHELL_END = re.compile(r" (?:&&?|\||>)(?: |$)|;|\)")
FENCED = re.MULTILINE | re.DOTALL


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named(page: str) -> list[tuple[Path, str]]:
    """Every file or folder that a page names, relative to package, checkout or docs, and what in it."""
    found = []
    for path, member in PATH.findall(read(page)):
        if path.split("/")[0] not in NOT_PATHS:
            places = [folder / path for folder in (ROOT / "ltp_viz", ROOT, ROOT / "docs")]
            found.append((next((place for place in places if place.exists()), places[0]), member))
    return found


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Every `ltp-viz` command of a text and its arguments; lines that a backslash joins are one."""
    joined = re.sub(r"\\\n\s*", "", text)
    return [
        (name, shlex.split(SHELL_END.split(rest)[0], comments=True)) for name, rest in COMMAND.findall(joined)
    ]


def parser_of(command: str) -> Parser:
    parser = Parser(prog=f"ltp-viz {command}")
    importlib.import_module(f"ltp_viz.cli.{command}").add_options(parser)
    return parser


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page: str) -> None:
    for link in LINK.findall(read(page)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page} links to {link}"


@pytest.mark.parametrize("page", PAGES)
def test_named_files_and_functions_exist(page: str) -> None:
    for path, member in named(page):
        assert path.exists(), f"{page} names {path}"
        if member:
            module = ".".join(path.resolve().relative_to(ROOT.resolve()).with_suffix("").parts)
            assert hasattr(importlib.import_module(module), member), f"{page} names {module}.{member}"


def test_pages_name_much() -> None:
    """So that the other tests compare something."""
    for page in ("docs/architecture.md", "docs/protocol.md"):
        assert len(named(page)) >= 5
    assert len(LINK.findall(read("README.md"))) >= 20
    assert len(commands(read("README.md"))) >= 5 and len(commands(read(WORKFLOWS[-1]))) >= 3


@pytest.mark.parametrize("page", [*PAGES, *WORKFLOWS])
def test_named_options_exist(page: str) -> None:
    for name, arguments in commands(read(page)):
        assert name in COMMANDS, f"{page} names ltp-viz {name}"
        known = set(re.findall(r"--[\w-]+", parser_of(name).format_help()))
        used = {word.partition("=")[0] for word in arguments if word.startswith("--")}
        assert used <= known, f"{page}: ltp-viz {name} has no {', '.join(sorted(used - known))}"


@pytest.mark.parametrize("page", [*PAGES, *WORKFLOWS])
def test_whole_commands_are_accepted(page: str) -> None:
    """Those of code blocks and workflows, with every argument that they need."""
    text = (
        read(page) if page in WORKFLOWS else "\n".join(re.findall(r"^```\w*\n(.*?)^```", read(page), FENCED))
    )
    for name, arguments in commands(text):
        # The variable of a shell's loop is a number in the docs; `...` is left to the reader.
        if "..." not in arguments:
            parser_of(name).parse_args([re.sub(r"\$\w+", "0.5", argument) for argument in arguments])


def test_the_version_is_the_same_everywhere() -> None:
    assert f"\nversion: {ltp_viz.__version__}\n" in read("CITATION.cff")
    assert f"\n## {ltp_viz.__version__}" in read("CHANGELOG.md")


def test_named_modules_and_variables_exist() -> None:
    variables = {each.name for each in settings.FOR_USERS}
    for page in PAGES:
        for module in re.findall(r"python -m ((?:tests|ltp_viz)(?:\.\w+)*)", read(page)):
            assert importlib.util.find_spec(module), f"{page} names {module}"
        assert set(re.findall(r"LTP_VIZ_[A-Z_]+", read(page))) <= variables, page


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"(?:`|^)(?:[A-Z_]+=\S+ )*make (\w+)", read(page), re.MULTILINE)) <= targets, (
            page
        )


def test_equations_are_mapped_to_functions() -> None:
    table = (
        (ROOT / "docs/architecture.md")
        .read_text()
        .split("## From the paper to the code")[1]
        .split("\n## ")[0]
    )
    for equation in ("equation 3", "equation 4", "equation 6", "equation 7"):
        row = next(line for line in table.splitlines() if line.startswith(f"| {equation} "))
        assert "::" in row


def test_the_protocol_names_every_field(classifier: TextClassifier) -> None:
    """Of each message that the server makes."""
    page = (ROOT / "docs/protocol.md").read_text()
    analysed = classifier.start("A warm film.")
    dense, settings = analysed.trace(0.0), Settings.default(6)
    trace = analysed.trace()
    messages = {
        "stage": stage_data(classifier, dense),
        "settings": settings.to_data(),
        "exact": exact_data(trace, dense),
        "sweep": sweep_data("", settings, sweep_text(classifier, analysed.source, SCALES), dense),
        "attention": attention_data("", 0, trace, attention_received(analysed, trace)),
        "timing": timing_data("", 0, 5, NotMeasured()),
    }
    for name, message in messages.items():
        section = page.split(f"\n`{name}`: ")[1].split("\n`")[0].split("\n## ")[0]
        for field in message:
            assert f"`{field}`" in section, f"the {name} has a field {field}"


def test_the_reference_of_speed_is_the_one_of_the_docs() -> None:
    """`assets/speed.json` holds tokens, unpruned and pruned milliseconds of batch 1 in float32."""
    rows = re.findall(
        r"^\| (\d+) tokens \| float32 \| 1 \| \d+ \| [\d.]+ \| ([\d.]+) \| ([\d.]+) \|",
        read("docs/performance.md"),
        re.MULTILINE,
    )
    record = json.loads(read("assets/speed.json"))
    assert len(rows) == 6
    assert [[int(tokens), float(packed), float(pruned)] for tokens, packed, pruned in rows] == record[
        "milliseconds"
    ]
