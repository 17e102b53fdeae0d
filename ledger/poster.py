"""A poster: works off what is due; any number of them may run, here or elsewhere."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from ledger.actions.post import BATCH_MAX, CannotPost, Settled, post_due
from ledger.domain.alarms import alarms
from ledger.telling import note_posted

STUCK_MAX = 1000
IDLE_SECONDS, IDLE_SECONDS_MAX = 0.01, 0.2

_log = logging.getLogger(__name__)


class Poster:
    """Keeps no more than what it could not post: a fault of ours, which must not stop the rest."""

    def __init__(self) -> None:
        self.stuck: set[str] = set()
        # How many are taken one by one, to find the one that breaks a batch.
        self._singly = 0

    def run(self, is_stopping: Callable[[], bool]) -> None:
        """Until it is told to stop; the table is the queue, so nothing that is due is missed."""
        pause = IDLE_SECONDS
        while not is_stopping():
            if self.drain(is_stopping):
                pause = IDLE_SECONDS
            time.sleep(pause)
            pause = min(pause * 2, IDLE_SECONDS_MAX)

    def drain(self, is_stopping: Callable[[], bool] = lambda: False) -> int:
        """Post all there is; how many transactions that were."""
        count = 0
        # Also when nothing is due: there is somebody who posts.
        note_posted({}, 0, timedelta())
        while not is_stopping() and (settled := self._turn()).count:
            count += settled.count
            note_posted(settled.moves, settled.posted, settled.lag)
            for alarm in alarms(settled.lag, None):
                _log.warning(alarm)
        return count

    def _turn(self) -> Settled:
        size = 1 if self._singly else BATCH_MAX
        self._singly = max(self._singly - 1, 0)
        try:
            return post_due(size, self.stuck)
        except CannotPost as fault:
            if len(fault.ids) > 1:
                self._singly = len(fault.ids)
            else:
                self._set_aside(fault)
            return self._turn()

    def _set_aside(self, fault: CannotPost) -> None:
        assert len(self.stuck) < STUCK_MAX
        self.stuck |= set(fault.ids)
        _log.error("%s cannot be posted: %s", fault.ids[0], fault.__cause__)
