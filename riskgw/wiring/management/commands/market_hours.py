"""`manage.py market_hours`: trading calendars and session tables that come with the product."""

from typing import Any

from django.core.management.base import BaseCommand

from riskgw.reference.models import ExchangeCalendar, SessionTable
from riskgw.wiring.market_hours import load_hours


class Command(BaseCommand):
    help = "Add the trading calendars and session tables that are missing; others stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        load_hours()
        calendars, tables = ExchangeCalendar.objects.count(), SessionTable.objects.count()
        self.stdout.write(f"{calendars} trading calendars, {tables} session tables")
