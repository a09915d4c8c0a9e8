"""Licences of the app's dependencies: `python -m tests.supply.licences` writes the list."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK, LIST = ROOT / "requirements.lock", ROOT / "docs/licences.md"
_HEAD = """# Licences of dependencies

What `requirements.lock` installs, as each package states its licence; `python -m tests.supply.licences`
writes this list again. The bundled models started from all-MiniLM-L6-v2 (Apache-2.0), as their cards say.

"""


def locked(lock: Path = LOCK) -> dict[str, str]:
    """Package -> version, without local parts such as "+cpu"."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(), re.MULTILINE))


def main() -> None:
    """Write `docs/licences.md` from what is installed."""
    command = ["pip-licenses", "--format=markdown", "--with-urls", "--with-system", "--packages", *locked()]
    program = Path(sys.executable).with_name(command[0])
    table = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=True).stdout
    rows = [re.sub(r" *\| *", " | ", line).strip() for line in table.strip().splitlines()]
    LIST.write_text(_HEAD + "\n".join(re.sub(r"-{4,}", "---", row) for row in rows) + "\n")


if __name__ == "__main__":
    main()
