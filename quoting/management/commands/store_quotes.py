"""Follows the engine's decision log and stores what of it is worth a row."""

import logging
import signal
import time
from argparse import ArgumentParser
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from quoting.actions.forget_facts import forget_facts
from quoting.actions.store_decisions import Replaced, store_decisions, stored_position
from quoting.io.decision_log import START, Position, PositionGone, read_from

BATCH_MAX = 5_000
IDLE_SECONDS, FORGET_SECONDS = 0.2, 60

_log = logging.getLogger(__name__)


class Command(BaseCommand):
    """One of them is enough; a second one stores nothing twice."""

    help = "Store published quotes, withdrawals, requests, deals and gestures of the quote engine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="store what is there, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        follower = Follower(settings.RISKGW_HOME / "quoting")
        if options["once"]:
            print(f"read {follower.drain(lambda: False)}", file=self.stdout)
            return
        stops: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, frame: stops.append(received))
        follower.run(lambda: bool(stops))


class Follower:
    """Knows how far it has come; the database knows it, too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._position: Position | None = None
        self._forget_at = 0.0

    def run(self, is_stopping: Callable[[], bool]) -> None:
        while not is_stopping():
            if not self.drain(is_stopping):
                time.sleep(IDLE_SECONDS)
            if time.monotonic() >= self._forget_at:
                forget_facts(time.time_ns())
                self._forget_at = time.monotonic() + FORGET_SECONDS

    def drain(self, is_stopping: Callable[[], bool]) -> int:
        """Store all there is now; how many decisions that were."""
        count = 0
        while not is_stopping() and (read := self._turn()):
            count += read
        return count

    def _turn(self) -> int:
        if self._position is None:
            self._position = stored_position()
        try:
            read = list(islice(read_from(self._folder, self._position), BATCH_MAX))
        except PositionGone as gone:
            # Said aloud: decisions were removed before they were stored.
            _log.error("store_quotes: %s is gone, and what followed it", gone)
            read = list(islice(read_from(self._folder, START), BATCH_MAX))
        if not read:
            return 0
        try:
            self._position = store_decisions(read, self._position)
        except Replaced as moved:
            _log.warning("store_quotes: another process stores %s", moved)
            self._position = None
            time.sleep(IDLE_SECONDS)
        return len(read)
