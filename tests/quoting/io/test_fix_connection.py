"""Our acceptor and our initiator over loopback."""

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from quoting.io.fix_acceptor import Listening
from quoting.io.fix_connection import Limits, Stalled
from quoting.io.fix_initiator import Target
from quoting.io.fix_tls import client_context, server_context
from quoting.wire.fix.codec import Codec
from quoting.wire.fix.framer import Framer
from quoting.wire.fix.session import NotLoggedOn, Session, Settings
from quoting.wire.fix.steps import Send
from quoting.wire.fix.store import MemoryStore
from tests.clients.certificate import make_certificate
from tests.quoting.io.fix_sides import THEM, US, Noted, accepting, initiating, until
from tests.quoting.wire.fix.words import cancel_all, mass_quote, raw

pytestmark = pytest.mark.asyncio
THEIRS = Settings(THEM, US, is_initiator=True)
HOST, CODEC = "127.0.0.1", Codec()


def to(port: int, tls: ssl.SSLContext | None = None) -> Target:
    return Target(HOST, port, tls, pause_seconds=0.05)


async def test_messages_go_both_ways_in_their_order() -> None:
    ours, theirs = Noted(), Noted()
    async with accepting(ours) as (_, port), initiating(theirs, to(port), THEIRS):
        await until(lambda: ours.logons and theirs.logons)
        quotes = [mass_quote(f"Q{number}") for number in range(500)]
        ours.send(*quotes)
        theirs.send(cancel_all("C1"))
        await until(lambda: len(theirs.received) == 500 and ours.received)
        assert theirs.received == quotes
        assert ours.received == [cancel_all("C1")]


async def test_tls_is_the_contexts_of_both_sides(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "certificate.pem")
    server = server_context(certificate, clients=certificate)
    client = client_context(certificate, certificate)
    ours, theirs = Noted(), Noted()
    async with (
        accepting(ours, Listening(tls=server)) as (_, port),
        initiating(theirs, to(port, client), THEIRS),
    ):
        await until(lambda: ours.logons and theirs.logons)
        ours.send(mass_quote())
        await until(lambda: theirs.received == [mass_quote()])
        strangers = Noted()
        unsure = client_context(None, certificate)
        async with initiating(strangers, to(port, unsure), THEIRS) as initiator:
            await until(lambda: "CERTIFICATE_VERIFY_FAILED" in initiator.failure)
        assert strangers.steps == []


async def test_who_was_cut_off_comes_back_with_the_numbers_going_on() -> None:
    ours, theirs = Noted(), Noted()
    async with accepting(ours) as (_, port), initiating(theirs, to(port), THEIRS):
        await until(lambda: ours.logons and theirs.logons)
        assert ours.connection
        ours.connection.cut("for the test")
        await until(lambda: ours.logons == 2 and theirs.logons == 2)
        assert ours.closed == ["for the test"]
        ours.send(mass_quote())
        await until(lambda: theirs.received == [mass_quote()])


async def test_strangers_and_doubles_are_closed_and_counted() -> None:
    ours, theirs = Noted(), Noted()
    async with accepting(ours) as (acceptor, port), initiating(theirs, to(port), THEIRS):
        await until(lambda: ours.logons)
        for first in (raw("A", "98=0|108=30|"), raw("A", "98=0|108=30|", sender="X"), raw("0")):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(first)
            with suppress(ConnectionError):  # closed, or reset for what was not read
                assert await reader.read() == b""
            writer.transport.abort()
        assert acceptor.refused == 3
        assert ours.logons == 1
        assert ours.connection
        assert ours.connection.is_logged_on


async def logged_on_by_hand(noted: Noted, port: int) -> socket.socket:
    """A counterparty that reads nothing until it is asked to."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    peer.connect((HOST, port))
    session = Session(replace(THEIRS, heartbeat_seconds=0), CODEC, MemoryStore())
    (logon,) = session.connected(time.time_ns())
    assert isinstance(logon, Send)
    peer.sendall(logon.data)
    peer.settimeout(0)
    await until(lambda: noted.logons)
    return peer


def fill(noted: Noted) -> int:
    """Prices until they wait in their lane; how many went."""
    assert noted.connection
    count = 0
    while not noted.connection.waiting:
        noted.send(mass_quote(f"Q{count}", levels=40))
        count += 1
    return count


async def test_a_withdrawal_overtakes_the_prices_that_wait() -> None:
    noted = Noted()
    listening = Listening(limits=Limits(stall_seconds=60))
    async with accepting(noted, listening) as (_, port):
        peer = await logged_on_by_hand(noted, port)
        gone = fill(noted)
        noted.send(*(mass_quote(f"waiting {number}") for number in range(3)))
        noted.send(cancel_all("urgent"), urgent=True)
        assert noted.connection
        assert noted.connection.waiting == 5
        framer, types = Framer(), ""
        ids: list[object] = []
        while len(ids) < gone + 4:
            data = await asyncio.get_running_loop().sock_recv(peer, 65536)
            assert data
            for item in framer.receive(data):
                assert isinstance(item, bytes)
                envelope = CODEC.open(item)
                assert envelope.number == len(ids) + len(types) + 1
                if envelope.type == "A":
                    types += "A"
                    continue
                ids.append(CODEC.read(envelope)[0])
        assert ids[gone - 1 :] == ["urgent", f"Q{gone - 1}", "waiting 0", "waiting 1", "waiting 2"]
        noted.connection.cut("enough")
        peer.close()


async def test_a_peer_that_stalls_is_cut_by_time() -> None:
    noted = Noted()
    async with accepting(noted, Listening(limits=Limits(stall_seconds=0.05))) as (_, port):
        peer = await logged_on_by_hand(noted, port)
        fill(noted)
        await until(lambda: noted.closed)
        assert noted.closed == ["stalled: reads nothing for 0.05 s"]
        peer.close()
        with pytest.raises(NotLoggedOn):
            noted.send(mass_quote())


async def test_a_peer_that_stalls_is_cut_by_what_waits() -> None:
    noted = Noted()
    limits = Limits(stall_seconds=60, waiting_max=10)
    async with accepting(noted, Listening(limits=limits)) as (_, port):
        peer = await logged_on_by_hand(noted, port)
        fill(noted)
        noted.send(*(mass_quote() for _ in range(9)))
        with pytest.raises(Stalled):
            noted.send(mass_quote())
        await until(lambda: noted.closed)
        assert noted.closed == ["stalled: 10 messages wait"]
        peer.close()


async def test_stopping_logs_everyone_out() -> None:
    ours, theirs = Noted(), Noted()
    async with accepting(ours) as (acceptor, port), initiating(theirs, to(port), THEIRS):
        await until(lambda: ours.logons and theirs.logons)
        await acceptor.stop("good night")
        assert ours.closed == ["logout"]
        await until(lambda: theirs.closed)
        assert theirs.closed[0] == "logout: good night"
