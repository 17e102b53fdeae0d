"""`manage.py trading_days`: the demo's days, one after the other."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from riskgw.bus.connection import connect
from riskgw.wiring.trading_days import ORDERS, SPEED, TradingDays, demo_folder

ORDERS_MAX = 100_000


class Command(BaseCommand):
    help = "Simulate trading days and replay them into the running system, until it is stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--speed", type=float, default=SPEED, help="seconds a second")
        parser.add_argument(
            "--orders", type=int, default=ORDERS, help="a day, beside those of the scenarios"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError("made-up trading days have no place in production")
        if not 0 < options["speed"] <= 10_000:
            raise CommandError("--speed takes more than 0 and at most 10,000", returncode=2)
        if not 0 <= options["orders"] <= ORDERS_MAX:
            raise CommandError(f"--orders takes 0 to {ORDERS_MAX:,}", returncode=2)
        stopping: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _: stopping.append(received))

        def say(text: str) -> None:
            self.stdout.write(text)
            self.stdout.flush()

        speed, orders = options["speed"], options["orders"]
        days = TradingDays(connect(), demo_folder(), speed, say, orders)
        days.run(lambda: bool(stopping))
