"""A thread that gives way to all others where cores are few: to be waited for, holding nothing.

A process that gives way as a whole keeps others waiting where it holds what they need, as the
turn of SQLite's writers: 15 ms of work were seen to take 350.
"""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

NICE = 10


def background() -> ThreadPoolExecutor:
    """One thread, ended by the caller."""
    return ThreadPoolExecutor(1, thread_name_prefix="background", initializer=_give_way)


def _give_way() -> None:
    # Elsewhere than on Linux a thread has no priority of its own.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
