"""Day cut: the books go on to another day."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ledger.actions.cut_day import DayDiffers, cut_day
from ledger.actions.durable import Busy


class Command(BaseCommand):
    """From its commit on, everything is posted to the next day."""

    help = "Close a day of the books and open the next."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("closing", type=date.fromisoformat, help="the day the books are on")
        parser.add_argument("next", type=date.fromisoformat, help="the day they go on to")
        parser.add_argument("--by", default="", help="who asked for it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cut = cut_day(options["closing"], options["next"], options["by"])
        except (DayDiffers, Busy) as refusal:
            raise CommandError(str(refusal)) from None
        print(
            f"{cut.closed} is closed, {cut.in_flight} in flight, {cut.unposted} to be posted",
            file=self.stdout,
        )
