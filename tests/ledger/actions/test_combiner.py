"""Whoever waits is done together with the others, once, and hears of what became of it."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError

from ledger.actions.combiner import LATE_SECONDS, QUEUE_MAX, BatchLost, Combiner, TooBusy


class Work:
    """Takes its time, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.faults: list[Exception | None] = []
        self.is_running = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, items: Sequence[int]) -> dict[int, int]:
        self.batches.append(list(items))
        self.is_running.set()
        assert self.may_end.wait(10)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        return {item: item * 2 for item in items}


def waiting(combiner: Combiner[int, dict[int, int]], count: int) -> None:
    ends = time.monotonic() + 10
    while len(combiner._waiting) < count:  # nobody else sees who waits
        assert time.monotonic() < ends
        time.sleep(0.001)


def test_all_who_come_during_a_batch_are_the_next_in_their_order() -> None:
    work = Work()
    combiner = Combiner(work, 3)
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(combiner.ask, [0])]
        work.is_running.wait(10)
        for number in range(1, 6):
            answers.append(pool.submit(combiner.ask, [number]))
            waiting(combiner, number)
        work.may_end.set()
        assert [each.result()[number] for number, each in enumerate(answers)] == [0, 2, 4, 6, 8, 10]
    assert work.batches == [[0], [1, 2, 3], [4, 5]]
    # Nobody is left behind: the next is done at once.
    assert combiner.ask([7]) == {7: 14}


def test_more_than_a_batch_at_once_is_a_batch() -> None:
    work = Work()
    work.may_end.set()
    assert Combiner(work, 3).ask([1, 2, 3, 4]) == {1: 2, 2: 4, 3: 6, 4: 8}
    assert work.batches == [[1, 2, 3, 4]]


def test_a_batch_that_breaks_is_told_to_all_of_it_and_the_next_goes_on() -> None:
    work = Work()
    combiner = Combiner(work, 2)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(combiner.ask, [0])
        work.is_running.wait(10)
        others = []
        for number in (1, 2, 3):
            others.append(pool.submit(combiner.ask, [number]))
            waiting(combiner, number)
        work.faults = [None, AssertionError("ours"), DatabaseError("gone")]
        work.may_end.set()
        assert first.result() == {0: 0}
        # Ours is raised where the work was done; who only waited may try again.
        with pytest.raises(AssertionError):
            others[0].result()
        with pytest.raises(BatchLost):
            others[1].result()
        with pytest.raises(DatabaseError):
            others[2].result()
    assert work.batches == [[0], [1, 2], [3]]
    assert combiner.ask([4]) == {4: 8}


def test_a_batch_that_takes_long_is_seen_to_be_late() -> None:
    work = Work()
    combiner = Combiner(work, 3)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(combiner.ask, [0])
        work.is_running.wait(10)
        time.sleep(2 * LATE_SECONDS)
        was_late = combiner.is_late
        work.may_end.set()
        assert was_late
        assert answer.result() == {0: 0}


def test_a_queue_that_is_full_refuses() -> None:
    with pytest.raises(TooBusy):
        Combiner(Work(), 3).ask(list(range(QUEUE_MAX + 1)))
