"""Restrictions by rules become rows as soon as shards tell of them, whatever unload has to do.

With each row its webhooks are written: counters wait for nothing else that is stored.
"""

import time
from collections.abc import Callable

from django.db import transaction

from monitoring.actions.enqueue_webhook import listeners_to
from monitoring.actions.store_restrictions import store_restrictions
from monitoring.actions.store_results import Moved, Replaced, move
from monitoring.domain.restrictions import TOPIC
from monitoring.queries import stored_position
from riskgw.bus.connection import Client, connect
from riskgw.bus.streams import FIELD
from riskgw.queued_sqlite3.turns import ahead
from riskgw.shards.entries import RESTRICTED, Restricted, unpacked

BLOCK_MS = 1_000
READ_ENTRIES_MAX = 100


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
        with ahead(), transaction.atomic():
            move([Moved(RESTRICTED, before, after)])
            store_restrictions(born, listeners)
    except Replaced:
        # Another process has stored them.
        return 0
    client.xtrim(RESTRICTED, minid=after, approximate=False)
    return len(born)


class Restricting:
    """Stores them as they come."""

    def run(self, seconds: float, is_stopping: Callable[[], bool]) -> bool:
        """For so long."""
        client = connect()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not is_stopping():
            store_restricted(client)
        return True
