"""Locks hold every pin, the licence list is complete, and known vulnerabilities fail the check."""

import re
from importlib.metadata import version

from tests.supply.audit import verdict
from tests.supply.licences import LIST, LOCK, ROOT, locked


def pinned(file: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==([\w.]+)", (ROOT / file).read_text(), re.MULTILINE))


def test_the_locks_hold_every_pin_with_hashes() -> None:
    for lock in (LOCK, LOCK.with_name("requirements-dev.lock")):
        entries = re.findall(
            r"^[\w.-]+==.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)*", lock.read_text(), re.MULTILINE
        )
        assert len(entries) == len(locked(lock)) > 60
        assert [entry for entry in entries if "--hash" not in entry] == []
    assert pinned("requirements.txt").items() <= locked().items() <= locked(lock).items()
    assert pinned("requirements-dev.txt").items() <= locked(lock).items()


def test_this_environment_is_the_locked_one() -> None:
    installed = {name: version(name).partition("+")[0] for name in pinned("requirements.txt")}
    assert installed == {name: locked()[name] for name in installed}


def test_every_locked_library_has_a_licence_in_the_list() -> None:
    rows = [row.split(" | ") for row in LIST.read_text().splitlines() if row.startswith("| ")][2:]
    listed = {re.sub(r"[-_.]+", "-", row[0].strip("| ")).lower(): row[2] for row in rows}
    assert set(listed) == {re.sub(r"[-_.]+", "-", name).lower() for name in locked()}
    assert "UNKNOWN" not in listed.values()


def test_a_known_vulnerability_fails_the_check_and_an_unreachable_service_does_not() -> None:
    safe = {"name": "good", "version": "1", "vulns": []}
    faulty = {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1", "3"]}]}
    skipped = {"name": "new", "skip_reason": "not found"}
    assert verdict([safe, skipped], "") == (["1 of 2 libraries audited, 0 with known vulnerabilities."], 0)
    lines, code = verdict([safe, faulty], "")
    assert code == 1 and lines[0] == "bad 2: PYSEC-1, fixed in 2.1, 3"
    for nothing in ([], [skipped]):
        lines, code = verdict(nothing, "no network")
        assert code == 0 and lines[0].startswith("Nothing was audited")
        assert verdict(nothing, "no network", fail_closed=True) == (lines, 1)
