"""The writer of samples: what agents reported is read from the stream, stored and judged."""

import logging
import time
from typing import Any

import msgspec
from django.db import transaction

from monitoring.actions.judge_hosts import judge_hosts
from monitoring.actions.store_results import Moved, Replaced, move
from monitoring.actions.store_samples import store_samples
from monitoring.actions.take_samples import FIELD, STREAM, Received
from monitoring.host_queries import hosts_told
from monitoring.queries import stored_position
from riskgw.bus.connection import Client

READ_MAX = 5_000
_log = logging.getLogger(__name__)


def take_in(client: Client) -> dict[str, Any] | None:
    """One turn; what is to be told of all hosts, None where another has been there first."""
    before = stored_position(STREAM)
    received, after = _read(client, before)
    now_ns = time.time_ns()
    try:
        with transaction.atomic():
            if after != before:
                move([Moved(STREAM, before, after)])
            standings = judge_hosts(store_samples(received), now_ns)
    except Replaced:
        _log.warning("samples: another process stores them")
        return None
    if after != before:
        client.xtrim(STREAM, minid=after, approximate=True)
    return hosts_told(standings, now_ns)


def _read(client: Client, before: str) -> tuple[list[Received], str]:
    found = client.xread({STREAM: before}, READ_MAX)
    entries = found[0][1] if found else []
    received = [msgspec.msgpack.decode(fields[FIELD], type=Received) for _, fields in entries]
    return received, entries[-1][0].decode() if entries else before
