"""Serves a made-up FX market as three data sources at once, or writes it to a tape."""

import asyncio
import signal
import time
from argparse import ArgumentParser
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from quoting.domain.generated_market import INSTRUMENTS, STREAMS, GeneratedMarket
from quoting.domain.generated_market_faults import Fault, FaultKind, planned
from quoting.io.rates import HOST, Ports, Rates
from quoting.wire.sources.tape_writing import labels, tape
from riskgw.kernel.times import NS_PER_SECOND

# Of each kind; about three hours of them.
FAULTS = 200
_NO_END = 1 << 62


class Command(BaseCommand):
    help = "Serve a seeded FX market by FIX (CMDS-like), WebSocket and a bank's stream on loopback."

    def add_arguments(self, parser: ArgumentParser) -> None:
        ports = Ports()
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--port", type=int, default=ports.cmds, help="CMDS-like FIX")
        parser.add_argument("--reuters-port", type=int, default=ports.reuters)
        parser.add_argument("--bank-port", type=int, default=ports.bank)
        parser.add_argument("--rate", type=int, default=1, help="quotes come so many times as fast")
        parser.add_argument("--faults", action="store_true", help="with faults, one at a time")
        parser.add_argument("--labels", type=Path, help="file for the labels of the faults")
        parser.add_argument("--out", type=Path, help="write a tape and its labels, and end")
        parser.add_argument("--seconds", type=int, default=3600, help="length of the tape")

    def handle(self, *args: Any, **options: Any) -> None:
        faults: tuple[Fault, ...] = ()
        if options["faults"]:
            pairs = [each.pair for each in INSTRUMENTS]
            providers = [each.key for each in STREAMS]
            counts = dict.fromkeys(FaultKind, FAULTS)
            faults = planned(options["seed"], pairs, providers, counts)
        market = GeneratedMarket(options["seed"], faults=faults, rate=max(options["rate"], 1))
        if options["out"]:
            self._write(market, faults, options)
            return
        start_ns = time.time_ns()
        if options["labels"]:
            options["labels"].write_text(labels(faults, start_ns, _NO_END))
        ports = Ports(options["port"], options["reuters_port"], options["bank_port"])
        with suppress(asyncio.CancelledError):
            asyncio.run(self._serve(Rates(faults=faults), market, ports, start_ns))

    def _write(
        self, market: GeneratedMarket, faults: tuple[Fault, ...], options: dict[str, Any]
    ) -> None:
        """The same seed gives the same tape, whenever it is written."""
        end_ns = options["seconds"] * NS_PER_SECOND
        quotes = takewhile(lambda quoted: quoted.at_ns < end_ns, market.quotes(0))
        out: Path = options["out"]
        with out.open("w") as file:
            file.writelines(tape(quotes, {each.pair: each.decimals for each in INSTRUMENTS}))
        out.with_suffix(".labels.json").write_text(labels(faults, 0, end_ns))

    async def _serve(
        self, rates: Rates, market: GeneratedMarket, ports: Ports, start_ns: int
    ) -> None:
        ports = await rates.start(ports)
        self.stdout.write(f"CMDS {HOST}:{ports.cmds}, Reuters {ports.reuters}, bank {ports.bank}")
        self.stdout.flush()
        playing = asyncio.create_task(rates.play(market, start_ns))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
        try:
            await playing
        finally:
            await rates.stop()
