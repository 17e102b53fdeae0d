"""Data sources against servers of their three shapes, by loopback."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from quoting.domain.events import Heard, SourceDown, Tick
from quoting.domain.generated_market import BANK, CMDS, REUTERS, STREAMS, GeneratedMarket
from quoting.domain.generated_market_faults import Fault, FaultKind
from quoting.domain.source_settings import SourcePair
from quoting.io.rates import Ports, Rates
from quoting.io.rates_cmds import CmdsServer
from quoting.io.rates_streams import StreamServer
from quoting.wire.fix import messages as fix
from quoting.wire.sources.problems import Trouble
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.io.fix_sides import until
from tests.quoting.io.source_sides import (
    CNY,
    EUR,
    PAIRS,
    other_port,
    quoted,
    running,
    serving,
    settings_of,
)
from tests.running_system import free_port

pytestmark = pytest.mark.asyncio
ALL = pytest.mark.parametrize("name", [CMDS, REUTERS, BANK])
STREAMED = pytest.mark.parametrize("name", [REUTERS, BANK])


def cut(server: CmdsServer | StreamServer) -> None:
    """As if the wire were pulled."""
    if isinstance(server, StreamServer):
        server.cut()
        return
    server.silence(is_silent=True)
    server.silence(is_silent=False)


@ALL
async def test_what_is_quoted_before_and_after_the_subscription_is_heard(name: str) -> None:
    async with serving() as (rates, ports):
        first, second = quoted(name, CNY, 64_688), quoted(name, EUR, 112_146)
        rates.say(first)
        async with running(settings_of(name, ports)) as (source, heard):
            await until(lambda: heard.has(first))
            rates.say(second)
            rates.say(quoted(name, CNY, 64_690))
            await until(lambda: heard.has(second) and heard.has(quoted(name, CNY, 64_690)))
            assert source.is_up
            assert (source.connections, source.bad_messages, source.failure) == (1, 0, "")
            assert source.messages >= 3


@ALL
async def test_a_quiet_source_is_heard_of_and_keeps_its_link(name: str) -> None:
    async with (
        serving() as (rates, ports),
        running(settings_of(name, ports)) as (source, heard),
    ):
        await until(lambda: source.is_up)
        beats = len(heard.of(Heard))
        while len(heard.of(Heard)) < beats + 2:
            rates.server(name).beat()
            await asyncio.sleep(0.05)
        assert heard.of(Heard)[0] == Heard(name)
        assert heard.of(SourceDown) == []
        assert source.connections == 1


@ALL
async def test_a_link_that_breaks_is_told_once_and_made_anew(name: str) -> None:
    async with (
        serving() as (rates, ports),
        running(settings_of(name, ports)) as (source, heard),
    ):
        rates.say(quoted(name, CNY, 64_688))
        await until(lambda: heard.of(Tick))
        cut(rates.server(name))
        await until(lambda: source.connections == 2 and len(heard.of(Tick)) > 1)
        assert heard.of(SourceDown) == [SourceDown(name)]
        # What is told of a new link comes behind the end of the old.
        assert heard.events.index(SourceDown(name)) < len(heard.events) - 1


@ALL
async def test_a_source_that_is_not_there_is_tried_until_it_is(name: str) -> None:
    port = free_port()
    settings = settings_of(name, other_port(Ports(), name, port))
    async with running(settings) as (source, heard):
        await until(lambda: source.failure)
        assert not source.is_up
        assert heard.events == []
        ports = other_port(Ports(0, 0, 0), name, port)
        async with serving(ports) as (rates, _):
            rates.say(quoted(name, CNY, 64_688))
            await until(lambda: heard.has(quoted(name, CNY, 64_688)))
            assert source.failure == ""
        await until(lambda: heard.of(SourceDown))
        assert source.failure


@STREAMED
async def test_a_link_without_a_word_is_given_up(name: str) -> None:
    async with serving() as (rates, ports):
        rates.server(name).silence(is_silent=True)
        settings = settings_of(name, ports, silent_seconds=2)
        async with running(settings) as (source, heard):
            await until(lambda: source.connections == 2)
            assert heard.of(SourceDown) == [SourceDown(name)]


@ALL
async def test_a_source_that_is_stopped_takes_its_prices_along(name: str) -> None:
    async with serving() as (rates, ports):
        rates.say(quoted(name, CNY, 64_688))
        async with running(settings_of(name, ports)) as (source, heard):
            await until(lambda: heard.of(Tick))
        assert heard.events[-1] == SourceDown(name)
        assert not source.is_up


@ALL
async def test_bytes_that_are_no_protocol_close_the_link_and_nothing_else(name: str) -> None:
    """A server that answers garbage to everybody, then one that is right."""
    closed: list[int] = []

    async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"\x00\xff{garbage\r\n\r\n" * 8_000)
        with suppress(ConnectionError):
            await reader.read()
        closed.append(1)
        writer.close()

    server = await asyncio.start_server(garbage, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with running(settings_of(name, other_port(Ports(), name, port))) as (source, heard):
        await until(lambda: len(closed) > 1)
        server.close()
        assert heard.of(Tick) == []
        assert source.failure
        async with serving(other_port(Ports(0, 0, 0), name, port)) as (rates, _):
            rates.say(quoted(name, CNY, 64_688))
            await until(lambda: heard.has(quoted(name, CNY, 64_688)))


async def test_increments_that_cannot_be_read_lead_to_a_new_subscription() -> None:
    async with (
        serving() as (rates, ports),
        running(settings_of(CMDS, ports)) as (source, heard),
    ):
        rates.say(quoted(CMDS, CNY, 64_688))
        await until(lambda: heard.of(Tick))
        server = rates.server(CMDS)
        assert isinstance(server, CmdsServer)
        (connection,) = server.wanted
        # 269 belongs to a new entry; 279 is none of the codes.
        bad: Any = fix.Refresh("X", (fix.RefreshEntry("9", "0", None, CNY, "6.4688"),))
        connection.send(bad)
        await until(lambda: len(heard.of(Tick)) > 1)
        assert source.problems[Trouble.UNREADABLE] == 1
        down = heard.events.index(SourceDown(CMDS))
        assert isinstance(heard.events[down + 1], Tick | Heard)
        assert (source.connections, source.is_up) == (1, True)


async def test_pairs_that_a_source_does_not_have_are_told() -> None:
    async with serving() as (_, ports):
        settings = settings_of(CMDS, ports)
        more = replace(settings, pairs=(*settings.pairs, SourcePair("AUD.NZD", 5)))
        async with running(more) as (source, _):
            await until(lambda: source.problems[Trouble.REFUSED])
            assert "AUD.NZD" in source.failure


async def test_three_shapes_of_one_market_are_heard_at_once_and_gaps_are_gaps() -> None:
    """A market at a hundred times its pace; Reuters falls silent after a second."""
    gap = Fault(FaultKind.GAP, "", REUTERS, NS_PER_SECOND, 3_600 * NS_PER_SECOND)
    rates = Rates(PAIRS, (gap,))
    ports = await rates.start(Ports(0, 0, 0))
    market = GeneratedMarket(1, PAIRS, STREAMS, (gap,), rate=100)
    playing = asyncio.create_task(rates.play(market, time.time_ns()))
    try:
        async with (
            running(settings_of(CMDS, ports)) as (cmds, from_cmds),
            running(settings_of(REUTERS, ports, silent_seconds=2)) as (_, from_reuters),
            running(settings_of(BANK, ports)) as (bank, from_bank),
        ):
            await until(lambda: from_reuters.of(SourceDown))
            assert {each.provider for each in from_cmds.of(Tick)} == {"BCHO", "ICBC", "CCBH"}
            assert {each.pair for each in from_bank.of(Tick)} == {CNY, EUR}
            assert {len(each.bids) for each in from_bank.of(Tick)} == {3}
            assert cmds.bad_messages == bank.bad_messages == 0
            assert (cmds.connections, bank.connections) == (1, 1)
    finally:
        playing.cancel()
        await rates.stop()
