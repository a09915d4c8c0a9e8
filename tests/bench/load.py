"""Many sessions of Explore at once: `python -m tests.bench.load [--sessions 40] [--seconds 300] [--pause 5]`.

Starts the real app and opens that many WebSocket sessions, two a second, as browsers would. Each types a new
text, moves the global scale and moves a layer's scale, in turn. Between an answer and the next move it pauses
for 0.5 to 1.5 times PAUSE, as a reader does. Times run from sending a move to the exact answer under its
settings; `settled` to the last part of the answer, where no newer move came first. After the warm-up one more
session opens.

Every part of every answer must be of the session's own text and scales. A random sample of the answers must
equal those of a new run of the model here. Prints a table to standard error and JSON to standard output. The
exit status is 1 after an error, cross-talk or a wrong answer, or if the newcomer got neither app nor message.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import psutil

import ltp_viz
from ltp_viz.ui.explore.live_data import exact_data
from tests.bench.explore_session import KINDS, OPENING, Answer, ExploreSession, Findings
from tests.bench.served_app import resident_mb
from tests.bench.streamlit_client import opened
from tests.browser.serving import free_port
from tests.conftest import ROOT, SST2_MODEL

SERVER = (sys.executable, "-m", "ltp_viz", "app", "--port")  # as `make run`
OPEN_EVERY_S = 0.5
WARM_UP_S = 60.0
SAMPLE_EVERY_S = 5.0
CHECKED_ANSWERS = 100
TOLERANCE = 1e-5


@contextmanager
def server(log: Any) -> Iterator[tuple[int, psutil.Process]]:
    """The app on a free port; it is always stopped at the end. Yields port and process."""
    port = free_port()
    process = subprocess.Popen([*SERVER, str(port)], cwd=ROOT, stdout=log, stderr=log, env=os.environ)
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the app did not start") from None
                time.sleep(0.2)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


async def visit(
    port: int, number: int, wait_s: float, until: float, pause_s: float, findings: Findings
) -> None:
    """One session from start to end; whatever ends it early is an error."""
    await asyncio.sleep(wait_s)
    try:
        async with opened(port) as client:
            await ExploreSession(client, number, findings).use(until, pause_s)
    except* Exception as group:
        findings.errors += [f"session {number}: {error!r}" for error in group.exceptions]


async def one_more(port: int, number: int, pause_s: float) -> dict[str, Any]:
    """Open a session while all others are active, type and move scales; what happened, and the times."""
    findings = Findings()
    message = None
    try:
        async with opened(port) as client, asyncio.TaskGroup() as tasks:
            session = ExploreSession(client, number, findings)
            listening = tasks.create_task(session.listen())
            message = await session.open()
            for kind in () if message else KINDS:
                await asyncio.sleep(pause_s)
                await session.act(kind)
            listening.cancel()
    except* Exception as group:
        findings.errors += [repr(error) for error in group.exceptions]
    return {
        "served": not message and not findings.errors and not findings.cross_talk,
        "message": message,
        "seconds": {kind: round(times[0], 3) for kind, times in findings.answered.items()},
        "errors": findings.errors + findings.cross_talk,
    }


async def watch_memory(process_id: int, readings: list[tuple[float, float]]) -> None:
    """Add (seconds since the start, MB) repeatedly until cancelled."""
    begun = time.perf_counter()
    while True:
        readings.append((time.perf_counter() - begun, resident_mb(process_id)))
        await asyncio.sleep(SAMPLE_EVERY_S)


async def run(port: int, process: psutil.Process, asked: argparse.Namespace) -> dict[str, Any]:
    """All sessions, the newcomer and the memory; the answers are checked when nothing else runs."""
    findings, readings = Findings(), list[tuple[float, float]]()
    warm_up = min(WARM_UP_S, asked.seconds / 3)
    begun = time.perf_counter()
    watching = asyncio.create_task(watch_memory(process.pid, readings))
    visits = [
        asyncio.create_task(
            visit(port, number, OPEN_EVERY_S * number, begun + asked.seconds, asked.pause, findings)
        )
        for number in range(asked.sessions)
    ]
    await asyncio.sleep(max(warm_up, OPEN_EVERY_S * asked.sessions))
    before = worked(process, findings)
    newcomer = await one_more(port, asked.sessions, asked.pause)
    await asyncio.gather(*visits)
    after = worked(process, findings)
    took, server_cpu, client_cpu, moves = (late - early for late, early in zip(after, before, strict=True))
    watching.cancel()
    result = {
        "sessions": asked.sessions,
        "seconds": round(time.perf_counter() - begun, 1),
        "pause_s": asked.pause,
        "moves": sum(map(len, findings.answered.values())),
        "times_s": {
            kind: {
                "answered": summary(findings.answered[kind]),
                "settled": summary(findings.settled[kind]),
            }
            for kind in (OPENING, *KINDS)
        },
        "newcomer": newcomer,
        "errors": findings.errors,
        "cross_talk": findings.cross_talk,
        "parts_checked": findings.parts_checked,
        "memory_mb": memory(readings, warm_up) | {"after_all_left": round(resident_mb(process.pid))},
        "after_warm_up": {
            "server_cores": round(server_cpu / took, 2),
            "client_cores": round(client_cpu / took, 2),
            "moves_per_second": round(moves / took, 2),
            "server_cpu_s_per_move": round(server_cpu / max(1, moves), 3),
        },
    }
    sample = random.Random(0).sample(findings.answers, min(CHECKED_ANSWERS, len(findings.answers)))
    return result | {"answers_checked": len(sample), "wrong_answers": wrong(sample)}


def worked(process: psutil.Process, findings: Findings) -> tuple[float, float, float, int]:
    """So far: wall seconds, processor seconds of the server and of this process, and answered moves."""
    server, client = (sum(each.cpu_times()[:2]) for each in (process, psutil.Process()))
    return time.perf_counter(), server, client, sum(map(len, findings.answered.values()))


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Count, median, 95th percentile and maximum."""
    if not seconds:
        return {"count": 0}
    p50, p95 = np.percentile(seconds, (50, 95))
    return {
        "count": len(seconds),
        "p50": round(float(p50), 3),
        "p95": round(float(p95), 3),
        "max": round(max(seconds), 3),
    }


def memory(readings: Sequence[tuple[float, float]], warm_up: float) -> dict[str, float]:
    """At the end of the warm-up, halfway and at the end, and the growth per minute in between."""
    warm = [reading for reading in readings if reading[0] >= warm_up]
    slope = statistics.linear_regression(*zip(*warm, strict=True)).slope if len(warm) > 1 else 0.0
    at = {"after_warm_up": warm[0][1], "middle": warm[len(warm) // 2][1], "end": warm[-1][1]}
    return {name: round(value) for name, value in at.items()} | {"per_minute": round(60 * slope, 2)}


def wrong(answers: Sequence[Answer]) -> list[str]:
    """Answers that differ from those of a separate run of the model here."""
    classifier = ltp_viz.load_model(SST2_MODEL)
    sentences = []
    for answer in answers:
        dense = classifier.trace(answer.text, global_scale=0.0)
        trace = classifier.trace(answer.text, None, *answer.scales)
        if not same(answer.exact, json.loads(json.dumps(exact_data(trace, dense)))):
            sentences.append(f"{answer.text!r} under {answer.scales}")
    return sentences


def same(one: Any, other: Any) -> bool:
    """Equal in all names, words and whole numbers, and in other numbers up to rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= TOLERANCE
    return bool(one == other)


def table(result: dict[str, Any]) -> str:
    """The most important figures, as text."""
    lines = [f"{'':14}{'count':>7}{'p50 s':>8}{'p95 s':>8}{'max s':>8}{'settled p95 s':>15}"]
    for kind, times in result["times_s"].items():
        answered = times["answered"]
        cells = [f"{answered.get(name, '-'):>8}" for name in ("p50", "p95", "max")]
        lines.append(f"{kind:14}{answered['count']:>7}{''.join(cells)}{times['settled'].get('p95', '-'):>15}")
    counted = ("errors", "cross_talk", "wrong_answers")
    lines += [f"{name.replace('_', ' ')}: {len(result[name])}" for name in counted]
    shown = ("newcomer", "memory_mb", "after_warm_up")
    lines += [f"{name.replace('_', ' ')}: {result[name]}" for name in shown]
    return "\n".join(lines)


def main() -> int:
    """Measure and print; returns 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load", description=__doc__)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--pause", type=float, default=5, help="mean rest before a move, in seconds")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is stopped in that case too
    with tempfile.TemporaryFile("w+") as log:
        with server(log) as (port, process):
            result = asyncio.run(run(port, process, asked))
        log.seek(0)
        logged = log.read()
    result["server_log"] = logged[-4000:] if "Traceback" in logged else ""
    print(table(result), file=sys.stderr)
    print(json.dumps(result, indent=2))
    faults = [result[name] for name in ("errors", "cross_talk", "wrong_answers", "server_log")]
    left_alone = not result["newcomer"]["served"] and not result["newcomer"]["message"]
    return int(any(faults) or left_alone)


if __name__ == "__main__":
    sys.exit(main())
