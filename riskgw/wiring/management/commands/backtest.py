"""`manage.py backtest FILE…`: what rules would have raised, and otherwise than other rules."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from capture.io.pcap_files import NotACapture
from capture.queries import feed_settings, open_captures
from monitoring.archive import NothingKept, captures_of, days_of
from monitoring.domain.differences import counts_by_rule, difference_line, differences
from riskgw.messages.alert import Alert, alert_line
from riskgw.messages.base_data import BaseDataError
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.market.csv_replay import CsvReplay, NoMarketData, beside
from riskgw.wiring.offline import SHARDS_MAX, base_of, print_lines
from riskgw.wiring.rule_refs import LIVE, RulesUnavailable, rules_of

_REF = "live, at:<ISO time>, version:<rule>/<number>, draft:<rule>, or a rules file"


class Command(BaseCommand):
    help = "Judge recorded captures by rules; with --against, what differs from other rules."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="*", metavar="file")
        parser.add_argument("--days", type=_days, help="recorded days, D1..D2, in place of files")
        parser.add_argument("--rules", default=LIVE, help=_REF)
        parser.add_argument("--against", help=f"the rules to compare with: {_REF}")
        parser.add_argument("--base", type=Path, help="base data from a DAY.labels.json")
        parser.add_argument("--shards", type=int, default=1, help="how many risk cores")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["files"]) == bool(options["days"]):
            raise CommandError("name captures, or --days D1..D2", returncode=2)
        if not 1 <= options["shards"] <= SHARDS_MAX:
            raise CommandError(f"--shards takes 1 to {SHARDS_MAX}", returncode=2)
        started = time.perf_counter()
        try:
            files = options["files"] or captures_of(settings.RISKGW_ARCHIVE, *options["days"])
            alerts = _judged(files, options["rules"], options)
            before = _judged(files, options["against"], options) if options["against"] else None
        except (NotACapture, NothingKept, NoMarketData, RulesUnavailable, BaseDataError) as error:
            raise CommandError(str(error)) from None
        print_lines(_lines(alerts, before, time.perf_counter() - started))


def _judged(files: Sequence[Path], ref: str, options: dict[str, Any]) -> list[Alert]:
    rules, base = rules_of(ref), base_of(options["base"])
    replay = InlineReplay(base, rules, shards=options["shards"], settings=feed_settings())
    return replay.run(open_captures(files), CsvReplay(beside(files)))


def _lines(alerts: list[Alert], before: list[Alert] | None, seconds: float) -> list[dict[str, Any]]:
    summary: dict[str, Any] = {"kind": "summary", "alerts": counts_by_rule(alerts)}
    lines = [alert_line(alert) for alert in alerts]
    if before is not None:
        found = differences(alerts, before)
        lines += map(difference_line, found)
        summary["against"] = counts_by_rule(before)
        summary["differences"] = dict(Counter(str(each.change) for each in found))
    return [*lines, {**summary, "seconds": round(seconds, 3)}]


def _days(text: str) -> tuple[date, date]:
    try:
        return days_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
