"""A counterparty of the demo: takes our quotes, confirms them, asks and deals now and then."""

import asyncio
import signal
import socket
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand

from quoting.io.channel_peer import HOST, ChannelPeer
from quoting.io.fix_initiator import Target
from quoting.wire.peer_dealer import Pace, PeerDealer

PAUSE_SECONDS_MAX = 5.0


class Command(BaseCommand):
    help = "Log on to the quote engine as a counterparty; --show prints what it has been quoted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", default="CHANNEL1", help="CompID")
        parser.add_argument("--host", default=HOST)
        parser.add_argument("--port", type=int, default=5201, help="of the quote engine's channel")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--per-minute", type=int, default=6, help="requests and deals; 0: none")
        parser.add_argument("--deals-max", type=int, default=Pace().deals_max)
        parser.add_argument("--book-port", type=int, default=5205, help="shows what it has; 0: no")
        parser.add_argument("--show", action="store_true", help="print what a running one has")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["show"]:
            self._show(options["book_port"])
            return
        pace = Pace(options["per_minute"], options["deals_max"])
        # Another run has other identifiers.
        prefix = f"{options['name']}-{time.time_ns() // 1_000_000}-"
        target = Target(options["host"], options["port"], pause_seconds_max=PAUSE_SECONDS_MAX)
        dealer = PeerDealer(options["seed"], prefix, pace)
        peer = ChannelPeer(target, options["name"], dealer)
        with suppress(asyncio.CancelledError):
            asyncio.run(self._run(peer, options["book_port"]))

    async def _run(self, peer: ChannelPeer, book_port: int) -> None:
        running = asyncio.create_task(peer.run())
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, running.cancel)
        server = await peer.serve_book(book_port) if book_port else None
        try:
            await running
        finally:
            if server is not None:
                server.close()

    def _show(self, port: int) -> None:
        with socket.create_connection((HOST, port)) as connection, connection.makefile() as lines:
            for line in lines:
                self.stdout.write(line, ending="")
