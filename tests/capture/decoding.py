"""Decodes the captures that stand beside the tests, and reads what their makers wrote down."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from capture.io.pcap_files import CaptureFile
from capture.wire.order_feed import OrderFeed
from capture.wire.session import Message
from capture.wire.tap import Batch, Numbering, Tap
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from tests.fakes import Packet

CAPTURES = Path(__file__).parent.parent / "captures"
ORDER_EVENTS = ("order", "cancel")


@dataclass
class Decoded:
    """Everything a capture gave: (direction, message), events, problems."""

    messages: list[tuple[str, Message]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def problem_kinds(self) -> list[str]:
        return [problem.kind.value for problem in self.problems]

    def orders(self) -> list[Event]:
        """Orders and cancels in the order they were sent."""
        return [event for event in self.events if event.event in ORDER_EVENTS]


def packets(name: str) -> list[Packet]:
    """The packets of a capture below tests/captures."""
    return list(CaptureFile(CAPTURES / name))


def truth(name: str) -> dict[str, Any]:
    """What client and server wrote down when a capture was made."""
    path = (CAPTURES / name).with_suffix(".truth.json")
    known: dict[str, Any] = json.loads(path.read_text())
    return known


def decoded(
    heard: Iterable[Packet], procedures: Mapping[str, Sequence[str]] | None = None
) -> Decoded:
    """What packets give up to their end."""
    tap, feed, numbering = Tap(), OrderFeed(procedures), Numbering()
    found = Decoded()
    for packet in heard:
        for batch in tap.packet(*packet):
            _keep(found, feed, batch, numbering.first_of(batch))
    for batch in tap.close():
        _keep(found, feed, batch, numbering.first_of(batch))
    return found


def _keep(found: Decoded, feed: OrderFeed, batch: Batch, first: int) -> None:
    for item in batch.items:
        if isinstance(item, Problem):
            found.problems.append(item)
        else:
            found.messages.append((batch.direction, item))
    for outcome in feed.hear(batch, first):
        if isinstance(outcome, Event):
            found.events.append(outcome)
        else:
            found.problems.append(outcome)
