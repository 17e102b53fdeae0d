"""Questions to shards: put into their streams, in their place among the events, and answered.

A shard's own engine answers: nothing is counted twice and no server process has to follow the
live rules. It costs a stream entry each way, a few milliseconds.
"""

import secrets
import time
from collections.abc import Sequence
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


# How new a shard's state is, and what is left under the keys of an order.
Left = tuple[int, list[dict[str, Any]]]


def ask(place: Place, at_ns: int) -> Left:
    """Of one place."""
    return ask_all([place], at_ns)[0]


def ask_all(places: Sequence[Place], at_ns: int) -> list[Left]:
    """Of each place, in one wait; Unanswered if one shard says nothing."""
    numbers = [secrets.token_hex(8) for _ in places]
    try:
        with connect_once() as client:
            newest = client.xrevrange(ANSWERS, count=1)
            after = newest[0][0] if newest else b"0-0"
            for number, place in zip(numbers, places, strict=True):
                question = packed(Asked(number, _order(place, at_ns)))
                shard = shard_of(place.group, settings.RISKGW_SHARDS)
                client.xadd(f"orders.{shard}", {FIELD: question})
            client.xtrim(ANSWERS, maxlen=ANSWERS_KEPT_MAX, approximate=True)
            answers = _answers(client, set(numbers), after)
    except Unreachable:
        raise Unanswered from None
    return [answers[number] for number in numbers]


def _answers(client: Client, numbers: set[str], after: bytes) -> dict[str, Left]:
    found: dict[str, Left] = {}
    ends = time.monotonic() + ANSWER_SECONDS_MAX
    while len(found) < len(numbers):
        left = ends - time.monotonic()
        if left <= 0:
            raise Unanswered
        wait_ms = max(1, int(left * 1000))
        for _, entries in client.xread({ANSWERS: after}, _READ_ENTRIES_MAX, wait_ms):
            for _, fields in entries:
                told = unpacked(fields[FIELD])
                if isinstance(told, Told) and told.number in numbers:
                    found[told.number] = told.as_of_ns, msgspec.json.decode(told.answer)
            after = entries[-1][0]
    return found


def _order(place: Place, at_ns: int) -> Event:
    """An order that is never sent; it only has the keys."""
    return Event(
        event=EventKind.ORDER, exchange=place.exchange or None, origin="asked",
        account=place.account or None, symbol=place.symbol or None, side=Side.BUY,
        order_ref="asked", order_type=OrderType.LIMIT, at_ns=at_ns, time_ns=at_ns,
        time_source="message", conn="asked", dir="up", message=0, source_seq=0, fields={},
    )  # fmt: skip
