"""Known vulnerabilities of the locked libraries: `python -m tests.supply.audit`, a part of `make check`.

Exits with 1 where a library has one. Where no vulnerability service can be reached, nothing is audited: that
is reported, with exit code 0, so that a machine without a network can check everything else.
`--fail-closed`, for the scheduled run, exits with 1 then too.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]


def verdict(
    dependencies: list[dict[str, Any]], error: str, fail_closed: bool = False
) -> tuple[list[str], int]:
    """Lines to print of pip-audit's report, and the exit code. `error`: its last message otherwise."""
    audited = [each for each in dependencies if "vulns" in each]
    if not audited:
        reason = dependencies[0]["skip_reason"] if dependencies else error
        message = f"Nothing was audited, as no vulnerability service can be reached: {reason}"
        return [message], int(fail_closed)
    faulty = [each for each in audited if each["vulns"]]
    lines = [
        f"{each['name']} {each['version']}: {fault['id']}, fixed in "
        + (", ".join(fault["fix_versions"]) or "no version yet")
        for each in faulty
        for fault in each["vulns"]
    ]
    counts = f"{len(audited)} of {len(dependencies)} libraries audited"
    total = f"{counts}, {len(faulty)} with known vulnerabilities."
    return [*lines, total], 1 if faulty else 0


def main() -> int:
    """Audit `requirements.lock`."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply.audit", description="Audit the lock.")
    parser.add_argument("--fail-closed", action="store_true", help="exit with 1 where nothing can be audited")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["pip_audit", "--requirement", "requirements.lock", "--disable-pip", "--no-deps"]
        command += ["--format", "json", "--output", str(report), "--progress-spinner", "off"]
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        dependencies = json.loads(report.read_text())["dependencies"] if report.exists() else []
    error = (done.stderr.strip().splitlines() or ["no reason is given"])[-1]
    lines, code = verdict(dependencies, error, options.fail_closed)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
