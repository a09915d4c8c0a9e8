"""Known faults of the locked libraries: `python -m tests.supply.audit`, a part of `make check`.

Ends with 1 where one has a known fault; where no service that knows of faults can be reached, says so and
ends with 0, so that a machine without the network can check everything else.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parents[2]


def verdict(dependencies: list[dict[str, Any]], trouble: str) -> tuple[list[str], int]:
    """What to print of pip-audit's report, and the exit code. `trouble`: what it said without a report."""
    audited = [each for each in dependencies if "vulns" in each]
    if not audited:
        reason = dependencies[0]["skip_reason"] if dependencies else trouble
        return [f"Nothing was audited, as no service that knows of faults can be reached: {reason}"], 0
    faulty = [each for each in audited if each["vulns"]]
    lines = [
        f"{each['name']} {each['version']}: {fault['id']}, mended in "
        + (", ".join(fault["fix_versions"]) or "no version yet")
        for each in faulty
        for fault in each["vulns"]
    ]
    total = f"{len(audited)} of {len(dependencies)} libraries audited, {len(faulty)} with known faults."
    return [*lines, total], 1 if faulty else 0


def main() -> int:
    """Audit `requirements.lock`."""
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = ["pip_audit", "--requirement", "requirements.lock", "--disable-pip", "--no-deps"]
        command += ["--format", "json", "--output", str(report), "--progress-spinner", "off"]
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        dependencies = json.loads(report.read_text())["dependencies"] if report.exists() else []
    lines, code = verdict(dependencies, (done.stderr.strip().splitlines() or ["no reason is given"])[-1])
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
