"""The C kernel is compiled by whatever compiler works, and loaded only from a whole file of this user."""

import ctypes
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from ltp_viz import settings
from ltp_viz.core.attention import library, native
from ltp_viz.core.attention.reference import reference_attention

GCC = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
pytestmark = [
    pytest.mark.skipif(GCC is None, reason="no C compiler here"),
    pytest.mark.skipif(sys.platform == "win32", reason="rights are told otherwise there"),
]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The cache folder, empty, and the usual compilers."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(settings.NATIVE.name, "1")
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(library, "_FLAGS", ("-O0", *library._FLAGS[1:]))  # compiles ten times faster
    native.load_kernel.cache_clear()
    yield tmp_path / "cache/ltp_viz/native"
    native.load_kernel.cache_clear()


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every command that is run to compile."""
    commands: list[list[str]] = []
    run = subprocess.run

    def noted(command: list[str], **options: object) -> object:
        commands.append(command)
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", noted)
    return commands


def loads() -> bool:
    """Whether the kernel loads from the start, and then whether it is right."""
    native.load_kernel.cache_clear()
    if native.load_kernel() is None:
        return False
    rows = torch.randn(12, 3, 2, 8)
    with torch.inference_mode():
        output, sums = native.native_attention(rows, (5, 7), True)
    expected, expected_sums = reference_attention(rows, (5, 7))
    torch.testing.assert_close(output, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(sums, expected_sums, atol=1e-5, rtol=1e-5)
    return True


def kept(cache: Path) -> list[Path]:
    return sorted(cache.glob("*.so"))


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_compiled_once_and_for_this_user_alone(cache: Path, compilations: list[list[str]]) -> None:
    old = os.umask(0o002)  # as on systems where every user has a group of its own
    try:
        assert loads() and loads()
    finally:
        os.umask(old)
    assert len(compilations) == 1 and len(kept(cache)) == 1
    for path in (cache, *kept(cache)):
        assert path.stat().st_uid == os.getuid()
        assert not path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    assert native.status() == "native C kernel"


def replace_content(file: Path, content: bytes) -> None:
    """By a new file: this process has mapped the old one, and would crash if that changed."""
    file.unlink()
    file.write_bytes(content)
    file.chmod(0o700)


def zeros(file: Path) -> None:
    replace_content(file, bytes(100))


def cut_short(file: Path) -> None:
    replace_content(file, file.read_bytes()[:-1000])


def without_symbol(file: Path) -> None:
    """A sound library of the right name for its content that holds something else."""
    source = file.with_name("other.c")
    source.write_text("int other(void) { return 1; }")
    file.unlink()
    subprocess.run([str(GCC), "-shared", "-fPIC", "-o", str(file), str(source)], check=True)
    source.unlink()
    file.chmod(0o700)
    name = f"{file.stem.rsplit('-', 1)[0]}-{library._content_hash(file)}.so"
    file.rename(file.with_name(name))


@pytest.mark.parametrize("damage", [zeros, cut_short, without_symbol])
def test_a_damaged_library_is_compiled_again_once(
    damage: Callable[[Path], None], cache: Path, compilations: list[list[str]]
) -> None:
    assert loads()
    whole = kept(cache)
    damage(whole[0])
    compilations.clear()
    assert loads() and loads()
    assert len(compilations) == 1
    assert kept(cache) == whole, "the damaged one is gone, a whole one is kept"


@pytest.mark.parametrize("which", ["file", "folder"])
@pytest.mark.parametrize("mode", [0o770, 0o707])
def test_what_others_may_write_is_not_loaded(
    which: str, mode: int, cache: Path, compilations: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loads()
    (kept(cache)[0] if which == "file" else cache).chmod(mode)
    opened: list[str] = []
    load = ctypes.CDLL
    monkeypatch.setattr(ctypes, "CDLL", lambda path: opened.append(path) or load(path))
    compilations.clear()
    assert loads(), "compiled for this process"
    assert len(compilations) == 1
    if which == "folder":
        assert not any(path.startswith(str(cache)) for path in opened)


def test_what_another_user_owns_is_not_loaded(
    cache: Path, compilations: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert loads()
    user = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: user + 1)
    opened: list[str] = []
    load = ctypes.CDLL
    monkeypatch.setattr(ctypes, "CDLL", lambda path: opened.append(path) or load(path))
    assert loads()
    assert len(compilations) == 2
    assert opened and not any(path.startswith(str(cache)) for path in opened)


def test_a_link_is_not_loaded(cache: Path, tmp_path: Path, compilations: list[list[str]]) -> None:
    assert loads()
    file = kept(cache)[0]
    file.rename(tmp_path / "elsewhere.so")
    file.symlink_to(tmp_path / "elsewhere.so")
    assert loads()
    assert len(compilations) == 2 and not kept(cache)[0].is_symlink()


def test_a_compiler_that_fails_gives_way_to_one_that_works(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs / "cc", "echo 'cc: no licence' >&2; exit 1")
    program(programs / "gcc", f'exec {GCC} "$@"')
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    assert loads() and len(kept(cache)) == 1


def test_a_compiler_that_does_not_know_this_processor(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compilations: list[list[str]]
) -> None:
    script = 'case "$*" in *=native*) echo "unknown value native" >&2; exit 1;; esac\n'
    program(tmp_path / "old", f'{script}exec {GCC} "$@"')
    monkeypatch.setenv("CC", str(tmp_path / "old"))
    assert loads() and len(kept(cache)) == 1
    assert [any("=native" in word for word in command) for command in compilations] == [True, False]


def test_cc_may_have_arguments(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "my cache", 'echo "$1" >> "$0.log"; exec "$@"')
    monkeypatch.setenv("CC", f"'{tmp_path}/my cache' {GCC} -DOTHER")
    assert loads()
    assert (tmp_path / "my cache.log").read_text() == f"{GCC}\n"


def test_cc_that_is_no_command_line(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "gcc 'open")
    assert loads()


def test_why_torch_runs_instead(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not loads()
    assert native.status() == (
        "torch; the C kernel is not used: no C compiler found: neither CC nor cc, gcc, clang"
    )
    program(tmp_path / "cc", "echo 'cc: no licence' >&2; exit 1")
    assert not loads()
    assert f"{tmp_path}/cc failed: cc: no licence" in native.status()
    monkeypatch.setenv(settings.NATIVE.name, "0")
    assert not loads()
    assert native.status() == "torch; the C kernel is not used: LTP_VIZ_NATIVE=0 switches it off"


def test_a_folder_that_cannot_be_written(cache: Path, compilations: list[list[str]]) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_text("a file in the folder's place")
    assert loads() and loads()
    assert len(compilations) == 2, "nothing is kept"
