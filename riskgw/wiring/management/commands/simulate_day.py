"""`manage.py simulate_day`: a made-up trading day as a mirror port would show it."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.rule_queries import shipped_rules
from riskgw.wiring.rule_refs import RulesUnavailable, rules_of
from riskgw.wiring.simulation.day import (
    DEFAULT_DAY,
    DEFAULT_ORDERS,
    DayFiles,
    DayPlan,
    SimulatedDay,
)

ORDERS_MAX = 5_000_000


class Command(BaseCommand):
    help = "Write DAY.pcap, DAY.labels.json and DAY.market.csv of a simulated trading day."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, required=True)
        parser.add_argument("--out", type=Path, required=True, metavar="DAY.pcap")
        parser.add_argument(
            "--orders",
            type=_orders,
            default=DEFAULT_ORDERS,
            help="ordinary orders, beside scenarios",
        )
        parser.add_argument(
            "--date", type=_day, default=DEFAULT_DAY, help="trading day, YYYY-MM-DD"
        )
        parser.add_argument("--rules", default="", help="rules whose thresholds the scenarios meet")
        parser.add_argument(
            "--quick",
            action="store_true",
            help="leave out the scenarios that need a whole day's volume",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        files = DayFiles.beside(options["out"])
        plan = DayPlan(options["seed"], options["date"], options["orders"], not options["quick"])
        try:
            rules = rules_of(options["rules"]) if options["rules"] else shipped_rules()
            labels = SimulatedDay(plan, rules).write(files)
        except (OSError, RulesUnavailable) as error:
            raise CommandError(str(error)) from None
        totals = ", ".join(f"{count:,} {name}" for name, count in labels["totals"].items())
        expected = sum(label["expect"] for label in labels["labels"])
        self.stdout.write(f"{files.capture}: {totals}; {expected} alerts expected")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date YYYY-MM-DD") from None
    if day.weekday() >= 5:
        raise ArgumentTypeError(f"{text} is no weekday")
    return day


def _orders(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > ORDERS_MAX:
        raise ArgumentTypeError(f"{text!r} is no number from 0 to {ORDERS_MAX}")
    return int(text)
