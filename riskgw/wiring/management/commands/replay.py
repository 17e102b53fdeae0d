"""`manage.py replay FILE…`: captures through decoding and rules."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from capture.io.pcap_files import NotACapture
from capture.queries import feed_settings, open_captures
from riskgw.bus.connection import Unreachable, connect, connect_once
from riskgw.messages.alert import Alert, alert_line
from riskgw.messages.base_data import BaseDataError
from riskgw.shards.replay_order import MAX_SPEED
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.live_replay import LiveReplay, Unfinished
from riskgw.wiring.market.csv_replay import CsvReplay, NoMarketData, beside
from riskgw.wiring.offline import SHARDS_MAX, base_of, print_lines
from riskgw.wiring.replays import ReplayRunning
from riskgw.wiring.rule_refs import LIVE, RulesUnavailable, rules_of

SPEED_LIMIT = 10_000
# What the running system brings along: base data, market, rules, shards.
_OWN = (None, None, LIVE, 1)


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
        parser.add_argument(
            "--market", type=Path, help="market data CSV; else DAY.market.csv beside DAY.pcap"
        )
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
                base_of(options["base"]),
                rules_of(options["rules"]),
                shards=options["shards"],
                settings=feed_settings(),
            )
            market = [options["market"]] if options["market"] else beside(options["files"])
            alerts = replay.run(open_captures(options["files"]), CsvReplay(market))
        except (NotACapture, NoMarketData, RulesUnavailable, BaseDataError) as error:
            raise CommandError(str(error)) from None
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
        _print(alerts, replay.summary(seconds, cpu_seconds))

    def _into_the_running_system(self, options: dict[str, Any]) -> None:
        """With the capture's own timing, or as fast as it goes; progress on stderr."""
        if (options["base"], options["market"], options["rules"], options["shards"]) != _OWN:
            text = "go with --inline: the running system has its own"
            raise CommandError(f"--base, --market, --rules and --shards {text}", returncode=2)
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
        print_lines([*replay.lines(), replay.summary()])

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


def _print(alerts: Sequence[Alert], summary: dict[str, Any]) -> None:
    print_lines([*map(alert_line, alerts), summary])
