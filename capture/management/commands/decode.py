"""`manage.py decode FILE`: a capture as JSON lines of messages, events and problems."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from capture.domain.summary import Summary
from capture.io.pcap_files import CaptureFile, NotACapture
from capture.queries import batches, feed_settings, open_captures
from capture.wire import kernel
from capture.wire.binary_layout import UnknownMessage
from capture.wire.layers import is_read
from capture.wire.order_feed import OrderFeed
from capture.wire.protocols import PROTOCOL_NAMES
from capture.wire.tap import Batch, Numbering, Tap
from riskgw.messages.base_data import BaseDataError, base_from_labels
from riskgw.messages.codec import json_line
from riskgw.messages.event import Event, event_line
from riskgw.messages.problem import Problem, problem_line


class Command(BaseCommand):
    help = "Decode a capture file; one JSON line a message, on stdout."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--events", action="store_true", help="business events too")
        parser.add_argument("--protocol", choices=PROTOCOL_NAMES, help="only this protocol")
        parser.add_argument("--port", type=int, help="only this TCP port")
        parser.add_argument(
            "--base", type=Path, help="counters and access systems, from a DAY.labels.json"
        )
        parser.add_argument(
            "--overlap",
            choices=("first", "last"),
            default="first",
            help="which bytes count where waiting segments differ",
        )
        parser.add_argument("--strict", action="store_true", help="exit 1 if there was a problem")

    def handle(self, *args: Any, **options: Any) -> None:
        started, cpu_started = time.perf_counter(), time.process_time()
        try:
            files = open_captures([options["file"]])
            feed = _feed(options["base"]) if options["events"] else None
        except (NotACapture, BaseDataError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{options['base']}: {error.strerror}") from None
        keeps_last = options["overlap"] == "last"
        tap = Tap(options["protocol"], options["port"], keeps_last=keeps_last)
        printer = Printer(feed)
        try:
            for batch in batches(files, tap):
                printer.batch(batch)
            for file in files:
                printer.file(file)
            printer.write(
                printer.summary.line(
                    packets=tap.packets,
                    bytes=sum(file.bytes_read for file in files),
                    seconds=round(time.perf_counter() - started, 3),
                    cpu_seconds=round(time.process_time() - cpu_started, 3),
                    kernel=kernel.NAME,
                )
            )
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read our output has seen enough; keep the interpreter from complaining too.
            sys.stdout = None
            return
        if options["strict"] and printer.summary.problems:
            sys.exit(1)


def _feed(base: Path | None) -> OrderFeed:
    named = feed_settings()
    feed = OrderFeed(named.procedures, named.tables)
    if base is not None:
        feed.counters.load(base_from_labels(base.read_bytes()))
    return feed


class Printer:
    """Writes batches as JSON lines and counts what it writes."""

    def __init__(self, feed: OrderFeed | None) -> None:
        self.summary = Summary()
        self._feed = feed
        self._numbering = Numbering()
        self._events = 0
        self._out = sys.stdout.buffer

    def write(self, line: dict[str, Any]) -> None:
        self._out.write(json_line(line))

    def batch(self, batch: Batch) -> None:
        first = number = self._numbering.first_of(batch)
        for item in batch.items:
            if isinstance(item, Problem):
                self._problem_of(batch, item)
                continue
            is_decoded = not isinstance(item, UnknownMessage)
            self.summary.message(batch.protocol, item.type, is_decoded=is_decoded)
            self.write(
                {
                    "kind": "message",
                    "n": number,
                    "at_ns": batch.at_ns,
                    "conn": batch.conn,
                    "dir": batch.direction,
                    "protocol": batch.protocol,
                    "type": item.type,
                    "name": item.name,
                    "fields": item.fields(),
                }
            )
            number += 1
        if self._feed is not None:
            self._business(self._feed, batch, first)

    def problem(self, problem: Problem, conn: str | None, at_ns: int | None) -> None:
        self.write(problem_line(problem, conn, at_ns))

    def file(self, file: CaptureFile) -> None:
        """What is wrong with a file that was read."""
        for link in sorted(file.links):
            if not is_read(link):
                self.problem(self.summary.not_read(link), None, None)
        if file.damage:
            self.problem(self.summary.damaged(file.damage), None, None)

    def _problem_of(self, batch: Batch, problem: Problem) -> None:
        self.summary.problem(problem)
        self.problem(problem, batch.conn, batch.at_ns)

    def _business(self, feed: OrderFeed, batch: Batch, first: int) -> None:
        for outcome in feed.hear(batch, first):
            if isinstance(outcome, Event):
                self._events += 1
                self.summary.event(outcome.event)
                self.write(event_line(outcome, self._events))
            else:
                self._problem_of(batch, outcome)
