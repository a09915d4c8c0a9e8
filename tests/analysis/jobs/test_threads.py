"""Jobs are queued, report progress, end when cancelled, and never leave the queue blocked."""

import threading
import time
from collections.abc import Callable

import pytest

from ltp_viz.analysis.jobs.threads import Job, ThreadQueue
from ltp_viz.data.errors import InputError


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_one_at_a_time_in_order() -> None:
    queue, gate, done, at_work = ThreadQueue(), threading.Event(), [], []  # type: ignore[var-annotated]

    def work(name: int) -> Callable[[Job[int]], int]:
        def run(job: Job[int]) -> int:
            with job.turn():
                at_work.append(name)
                assert len(at_work) == 1
                gate.wait(20)
                at_work.remove(name)
                done.append(name)
            return name * 10

        return run

    jobs = []
    for name in range(4):
        jobs.append(Job(work(name), queue))
        until(lambda: len(queue._waiting) == len(jobs))
    assert [job.ahead for job in jobs] == [0, 1, 2, 3]
    assert all(job.poll() == "running" for job in jobs)
    jobs[2].cancel()  # while it waits
    jobs[2].wait(20)
    assert jobs[2].state == "cancelled" and [job.ahead for job in jobs] == [0, 1, 0, 2]
    gate.set()
    for job in jobs:
        job.wait(20)
    assert done == [0, 1, 3] and [job.result for job in jobs] == [0, 10, None, 30]
    assert jobs[0].share == 1 and queue._waiting == []


def test_a_long_job_lets_others_in_between() -> None:
    queue, order, first = ThreadQueue(), [], threading.Event()  # type: ignore[var-annotated]

    def long(job: Job[None]) -> None:
        for piece in range(3):
            with job.turn():
                order.append(f"long {piece}")
                first.set()
                until(lambda: len(queue._waiting) == 2 or len(order) > 1)

    def short(job: Job[None]) -> None:
        with job.turn():
            order.append("short")

    slow = Job(long, queue)
    first.wait(20)
    quick = Job(short, queue)
    slow.wait(20)
    quick.wait(20)
    assert order == ["long 0", "short", "long 1", "long 2"]


def test_cancel_ends_at_the_next_report() -> None:
    reported, go_on = threading.Event(), threading.Event()

    def work(job: Job[str]) -> str:
        with job.turn():
            job.advance(0.25)
            reported.set()
            go_on.wait(20)
            job.advance(0.5)
            return "never"

    queue = ThreadQueue()
    job = Job(work, queue)
    reported.wait(20)
    assert job.share == 0.25
    job.cancel()
    go_on.set()
    job.wait(20)
    assert (job.state, job.result, job.share, queue._waiting) == ("cancelled", None, 0.25, [])


def test_a_job_that_no_page_polls_ends() -> None:
    def work(job: Job[None]) -> None:
        while True:
            job.advance(0.1)
            time.sleep(0.005)

    job = Job(work, ThreadQueue(), patience_s=0.3)
    for _ in range(10):
        assert job.poll() == "running"
        time.sleep(0.05)
    job.wait(20)
    assert job.state == "cancelled"


@pytest.mark.parametrize(
    ("error", "message"),
    [(InputError("This text has no word."), "This text has no word."), (MemoryError("full"), "full")],
)
def test_what_went_wrong_is_a_message(error: Exception, message: str) -> None:
    def work(job: Job[None]) -> None:
        with job.turn():
            raise error

    queue = ThreadQueue()
    job = Job(work, queue)
    job.wait(20)
    assert job.state == "failed" and job.message.endswith(message) and queue._waiting == []
