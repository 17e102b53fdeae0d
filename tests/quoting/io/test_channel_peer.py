"""The counterparty of the demo, on a channel of ours."""

import asyncio
import json
from contextlib import suppress

import pytest

from quoting.io.channel_peer import HOST, ChannelPeer
from quoting.io.fix_initiator import Target
from quoting.wire.fix import messages as fix
from quoting.wire.peer_dealer import Pace, PeerDealer
from tests.quoting.io.fix_sides import THEM, Noted, accepting, until
from tests.quoting.wire.fix.words import cancel_all
from tests.quoting.wire.test_peer_book import entry, quote

pytestmark = pytest.mark.asyncio


async def test_it_confirms_quotes_deals_on_them_and_shows_what_it_has() -> None:
    noted = Noted()
    async with accepting(noted) as (_, port):
        # Ten things a second, so that nobody waits for them.
        dealer = PeerDealer(1, "P", Pace(600))
        peer = ChannelPeer(Target(HOST, port, pause_seconds=0.05), THEM, dealer)
        server = await peer.serve_book(0)
        running = asyncio.create_task(peer.run())
        try:
            await until(lambda: noted.logons)
            noted.send(quote(entry("0"), entry("1")))
            await until(lambda: fix.MassQuoteAck(0, "Q1") in noted.received)
            await until(
                lambda: (
                    {type(each) for each in noted.received}
                    >= {fix.NewOrderSingle, fix.QuoteRequest}
                )
            )
            rows = await shown(server.sockets[0].getsockname()[1])
            assert rows == peer.book.rows()
            assert {row["quote_id"] for row in rows} == {"Q1"}
            noted.send(cancel_all("C1"), urgent=True)
            await until(lambda: fix.MassQuoteAck(0, "C1") in noted.received)
            assert await shown(server.sockets[0].getsockname()[1]) == []
        finally:
            running.cancel()
            server.close()
            with suppress(asyncio.CancelledError):
                await running


async def shown(port: int) -> list[dict[str, object]]:
    reader, writer = await asyncio.open_connection(HOST, port)
    lines = (await reader.read()).splitlines()
    writer.close()
    return [json.loads(line) for line in lines]
