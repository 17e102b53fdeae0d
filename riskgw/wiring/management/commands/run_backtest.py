"""`manage.py run_backtest NUMBER`: the process of one back-test; the default worker begins it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from riskgw.wiring.backtesting import run_backtest


class Command(BaseCommand):
    help = "Run a back-test that was begun by the default worker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        run_backtest(options["number"])
