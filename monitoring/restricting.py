"""Restrictions by rules become rows as soon as shards tell of them, whatever unload has to do.

With each row its webhooks are written: counters wait for nothing else that is stored.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, connections, transaction

from monitoring.actions.enqueue_webhook import listeners_to
from monitoring.actions.store_restrictions import store_restrictions
from monitoring.actions.store_results import Moved, Replaced, move
from monitoring.domain.restrictions import TOPIC
from monitoring.queries import stored_position
from riskgw.bus.connection import Client, Unreachable, connect
from riskgw.bus.streams import FIELD
from riskgw.shards.entries import RESTRICTED, Restricted, unpacked

BLOCK_MS = 1_000
READ_ENTRIES_MAX = 100
_log = logging.getLogger(__name__)


def store_restricted(client: Client, block_ms: int = BLOCK_MS) -> int:
    """What has come, with the position it is read to; how many restrictions."""
    before = stored_position(RESTRICTED)
    found = client.xread({RESTRICTED: before}, READ_ENTRIES_MAX, block_ms)
    if not found:
        return 0
    ((_, entries),) = found
    after = entries[-1][0].decode()
    told = [unpacked(fields[FIELD]) for _, fields in entries]
    born = [one for each in told if isinstance(each, Restricted) for one in each.restrictions]
    listeners = listeners_to(TOPIC)
    try:
        with transaction.atomic():
            move(Moved(RESTRICTED, before, after))
            store_restrictions(born, listeners)
    except Replaced:
        # Another process has stored them.
        return 0
    client.xtrim(RESTRICTED, minid=after, approximate=False)
    return len(born)


class Restricting:
    """Stores them, and has webhooks looked for at once."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """A thread, unless it is there: called again, it begins anew what a fault has ended."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._forever, name="restricting", daemon=True)
            self._thread.start()

    def run(self, seconds: float, is_stopping: Callable[[], bool]) -> bool:
        """For so long."""
        client = connect()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not is_stopping():
            if store_restricted(client):
                self._look()
        return True

    def _forever(self) -> None:
        try:
            self.run(float("inf"), lambda: False)
        except (*Unreachable, DatabaseError) as error:
            _log.warning("restrictions are stored again in a moment: %s", error)
        finally:
            connections.close_all()
