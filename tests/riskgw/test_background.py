"""A thread of its own gives way; whoever waits for it does not."""

import os
import threading

from riskgw.background import NICE, background


def priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_the_thread_gives_way_and_its_caller_stays_as_it_is() -> None:
    before = priority()
    with background() as maker:
        assert maker.submit(priority).result() == NICE
    assert priority() == before < NICE
