"""`manage.py replay FILE…`: captures through decoding and rules."""

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.utils import DatabaseError

from capture.io.pcap_files import NotACapture
from capture.queries import open_captures
from riskgw.bus.connection import Unreachable, connect, connect_once
from riskgw.messages.alert import Alert, alert_line
from riskgw.messages.base_data import BaseData, BaseDataError, base_from_labels
from riskgw.messages.codec import json_line
from riskgw.reference.queries import base_data
from riskgw.shards.replay_order import MAX_SPEED
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.live_replay import LiveReplay, Unfinished
from riskgw.wiring.replays import ReplayRunning
from riskgw.wiring.rule_refs import LIVE, RulesUnavailable, rules_of

SHARDS_MAX = 64
SPEED_LIMIT = 10_000


class Command(BaseCommand):
    help = "Run captures through decoding and rules; alerts as JSON lines, then a summary."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="file")
        parser.add_argument(
            "--inline",
            action="store_true",
            help="in this process, without broker or database writes",
        )
        parser.add_argument(
            "--speed", type=_speed, help="1, N or max; only into the running system"
        )
        parser.add_argument("--base", type=Path, help="base data from a DAY.labels.json")
        parser.add_argument("--rules", default=LIVE, help="live, at:<ISO time>, or a rules file")
        parser.add_argument("--shards", type=int, default=1, help="how many risk cores")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["inline"]:
            self._into_the_running_system(options)
            return
        if options["speed"] is not None:
            raise CommandError("--speed has no meaning with --inline", returncode=2)
        if not 1 <= options["shards"] <= SHARDS_MAX:
            raise CommandError(f"--shards takes 1 to {SHARDS_MAX}", returncode=2)
        started, cpu_started = time.perf_counter(), time.process_time()
        try:
            replay = InlineReplay(
                _base(options["base"]),
                rules_of(options["rules"]),
                shards=options["shards"],
                procedures=settings.RISKGW_ORDER_PROCS,
                tables=settings.RISKGW_ORDER_TABLES,
            )
            alerts = replay.run(open_captures(options["files"]))
        except (NotACapture, RulesUnavailable, BaseDataError) as error:
            raise CommandError(str(error)) from None
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
        _print(alerts, replay.summary(seconds, cpu_seconds))

    def _into_the_running_system(self, options: dict[str, Any]) -> None:
        """With the capture's own timing, or as fast as it goes; progress on stderr."""
        if options["base"] or options["rules"] != LIVE or options["shards"] != 1:
            text = "--base, --rules and --shards go with --inline: the running system has its own"
            raise CommandError(text, returncode=2)
        speed = 1.0 if options["speed"] is None else options["speed"]
        try:
            connect_once()
            replay = LiveReplay(connect())
            replay.run(options["files"], speed, self._tell)
        except Unreachable as error:
            text = f"no running system ({error}): start it with `make run`, or use --inline"
            raise CommandError(text) from None
        except KeyboardInterrupt:
            raise CommandError("cancelled; what was sent stays judged") from None
        except (NotACapture, ReplayRunning, Unfinished) as error:
            raise CommandError(str(error)) from None
        _print_lines([*replay.lines(), replay.summary()])

    def _tell(self, text: str) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{text}", ending="")
            self.stderr.flush()


def _speed(text: str) -> float:
    if text == "max":
        return MAX_SPEED
    try:
        speed = float(text)
    except ValueError:
        speed = -1.0
    if not 0 < speed <= SPEED_LIMIT:
        raise ArgumentTypeError(f"{text!r} is neither max nor a number up to {SPEED_LIMIT:,}")
    return speed


def _base(path: Path | None) -> BaseData:
    if path is not None:
        try:
            return base_from_labels(path.read_bytes())
        except OSError as error:
            raise BaseDataError(f"{path}: {error.strerror}") from None
        except BaseDataError as error:
            raise BaseDataError(f"{path}: no base data: {error}") from None
    try:
        return base_data()
    except DatabaseError as error:
        raise BaseDataError(f"no base data ({error}): run `manage.py migrate`") from None


def _print(alerts: Sequence[Alert], summary: dict[str, Any]) -> None:
    _print_lines([*map(alert_line, alerts), summary])


def _print_lines(lines: Sequence[dict[str, Any]]) -> None:
    try:
        for line in lines:
            sys.stdout.buffer.write(json_line(line))
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None
