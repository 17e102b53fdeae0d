"""Topics from a process beside us: asked for while somebody listens, changes made one."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from riskgw.bus.live import TOPICS
from riskgw.web.client import Client
from riskgw.web.hub import Hub
from riskgw.web.origins import Shown

pytestmark = pytest.mark.asyncio


@dataclass(frozen=True)
class Sheet:
    """Fields; later ones replace those of the same name."""

    fields: dict[str, int]

    def after(self, earlier: "Sheet") -> "Sheet":
        return Sheet({**earlier.fields, **self.fields})

    def json(self) -> str:
        return json.dumps(self.fields)


class Printer:
    """Where sheets come from."""

    def __init__(self) -> None:
        self.shows: dict[str, Callable[[Shown], None]] = {}

    def begin(self, name: str, show: Callable[[Shown], None]) -> None:
        assert name not in self.shows
        self.shows[name] = show

    def end(self, name: str) -> None:
        del self.shows[name]

    async def close(self) -> None:
        self.shows.clear()


class Reader:
    """A client; while `reads` is shut nothing more is taken."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.reads.set()
        self.heard: list[dict[str, Any]] = []
        self.client = Client(self._take)

    async def _take(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.heard.append(json.loads(message["text"])["data"])


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_changes_that_wait_become_one() -> None:
    printer = Printer()
    hub = Hub(TOPICS, origins={"sheets": printer})
    reader = Reader()
    await hub.open("sheets.a")
    hub.subscribe(reader.client, "sheets.a")
    printer.shows["sheets.a"](Sheet({"x": 1, "y": 1}))
    await settle()
    reader.reads.clear()
    for number in range(2, 100):
        printer.shows["sheets.a"](Sheet({"x": number}))
        await settle()
    printer.shows["sheets.a"](Sheet({"y": 7}))
    reader.reads.set()
    await settle()
    # One was on its way; all the others came as one.
    assert reader.heard == [{"x": 1, "y": 1}, {"x": 2}, {"x": 99, "y": 7}]
    reader.client.end()
    await hub.close()


async def test_who_comes_later_gets_all_of_it() -> None:
    printer = Printer()
    hub = Hub(TOPICS, origins={"sheets": printer})
    first, later = Reader(), Reader()
    await hub.open("sheets.a")
    hub.subscribe(first.client, "sheets.a")
    printer.shows["sheets.a"](Sheet({"x": 1, "y": 1}))
    printer.shows["sheets.a"](Sheet({"x": 2}))
    await hub.open("sheets.a")
    hub.subscribe(later.client, "sheets.a")
    await settle()
    assert later.heard == [{"x": 2, "y": 1}]
    for reader in (first, later):
        reader.client.end()
    await hub.close()


async def test_it_is_asked_for_while_somebody_listens() -> None:
    printer = Printer()
    hub = Hub(TOPICS, origins={"sheets": printer})
    readers = [Reader(), Reader()]
    for reader in readers:
        await hub.open("sheets.a")
        hub.subscribe(reader.client, "sheets.a")
    hub.unsubscribe(readers[0].client, "sheets.a")
    assert list(printer.shows) == ["sheets.a"]
    hub.leave(readers[1].client)
    assert not printer.shows
    # And again from the beginning.
    await hub.open("sheets.a")
    hub.subscribe(readers[0].client, "sheets.a")
    assert list(printer.shows) == ["sheets.a"]
    for reader in readers:
        reader.client.end()
    await hub.close()
