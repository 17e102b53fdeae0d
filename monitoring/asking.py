"""Questions to shards: put into their streams, in their place among the events, and answered.

A shard's own engine answers: nothing is counted twice and no server process has to follow the
live rules. It costs a stream entry each way, a few milliseconds.
"""

import secrets
import time
from typing import Any

import msgspec
from django.conf import settings

from riskgw.bus.connection import Client, Unreachable, connect_once
from riskgw.bus.streams import FIELD
from riskgw.kernel.words import EventKind, OrderType, Side
from riskgw.messages.event import Event
from riskgw.shards.entries import ANSWERS, Asked, Told, packed, unpacked
from riskgw.shards.partition import shard_of

ANSWER_SECONDS_MAX = 1.0
ANSWERS_KEPT_MAX = 1_000
_READ_ENTRIES_MAX = 64


class Unanswered(Exception):
    """No shard, or no queue server, has answered in time."""


class Place(msgspec.Struct, frozen=True):
    """Whom and what a question is about."""

    exchange: str
    account: str
    group: str
    symbol: str


def ask(place: Place, at_ns: int) -> tuple[int, list[dict[str, Any]]]:
    """How new the shard's state is, and what is left under the keys of such an order."""
    number = secrets.token_hex(8)
    question = packed(Asked(number, _order(place, at_ns)))
    try:
        with connect_once() as client:
            newest = client.xrevrange(ANSWERS, count=1)
            after = newest[0][0] if newest else b"0-0"
            client.xadd(
                f"orders.{shard_of(place.group, settings.RISKGW_SHARDS)}", {FIELD: question}
            )
            client.xtrim(ANSWERS, maxlen=ANSWERS_KEPT_MAX, approximate=True)
            return _answer(client, number, after)
    except Unreachable:
        raise Unanswered from None


def _answer(client: Client, number: str, after: bytes) -> tuple[int, list[dict[str, Any]]]:
    ends = time.monotonic() + ANSWER_SECONDS_MAX
    while (left := ends - time.monotonic()) > 0:
        wait_ms = max(1, int(left * 1000))
        for _, entries in client.xread({ANSWERS: after}, _READ_ENTRIES_MAX, wait_ms):
            for _, fields in entries:
                told = unpacked(fields[FIELD])
                if isinstance(told, Told) and told.number == number:
                    return told.as_of_ns, msgspec.json.decode(told.answer)
            after = entries[-1][0]
    raise Unanswered(number)


def _order(place: Place, at_ns: int) -> Event:
    """An order that is never sent; it only has the keys."""
    return Event(
        event=EventKind.ORDER, exchange=place.exchange or None, origin="asked",
        account=place.account or None, symbol=place.symbol or None, side=Side.BUY,
        order_ref="asked", order_type=OrderType.LIMIT, at_ns=at_ns, time_ns=at_ns,
        time_source="message", conn="asked", dir="up", message=0, source_seq=0, fields={},
    )  # fmt: skip
