"""Keeps Python's search for cycles away from a state that grows all day and has none.

To look through all of a day's orders takes up to a second, in which nothing else runs.
"""

import gc
import time

# So long nothing has to come before anybody may be made to wait.
REST_SECONDS = 60.0
_YOUNG = 1


class Rest:
    """For a process whose other work does leave cycles: those go when the market is quiet."""

    def __init__(self, rest_seconds: float = REST_SECONDS) -> None:
        self._rest_seconds = rest_seconds
        self._newest = 0
        self._since = time.monotonic()
        self._is_clean = False

    def look(self, newest: int) -> None:
        """Every second or so, with a number that changes as long as there is something to do."""
        now = time.monotonic()
        if newest != self._newest:
            self._newest, self._since, self._is_clean = newest, now, False
            set_aside()
        elif not self._is_clean and now - self._since >= self._rest_seconds:
            look_through_all()
            self._is_clean = True


def set_aside() -> None:
    """All there is now is no longer looked through; young cycles go first."""
    gc.collect(_YOUNG)
    gc.freeze()


def look_through_all() -> None:
    """Cycles that were set aside go, too."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
