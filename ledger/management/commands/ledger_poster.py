"""A poster of its own, beside those that Celery runs."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ledger.poster import Poster


class Command(BaseCommand):
    """Posts until it is told to stop; several may run."""

    help = "Post confirmed transactions; several may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="post what is due, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        poster = Poster()
        if options["once"]:
            print(f"posted {poster.drain()}", file=self.stdout)
            return
        stops: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, frame: stops.append(received))
        poster.run(lambda: bool(stops))
