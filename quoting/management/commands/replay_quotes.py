"""`manage.py replay_quotes LOG`: the decisions of a log, made again, are the same bit for bit.

LOG is the folder of a quote engine. Exit status 1 if a decision comes out otherwise.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quoting.domain.replay import Replay
from quoting.io.decision_log import read_from

DIFFERENCES_SHOWN_MAX = 20


class Command(BaseCommand):
    """Each run of the engine begins anew, with the settings that stand first in it."""

    help = "Prove that a decision log explains itself."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("log", type=Path, help="folder with decisions-*.jsonl")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["log"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder")
        replay, found = Replay(), 0
        for difference in replay.differences(each for _, each in read_from(folder)):
            found += 1
            if found <= DIFFERENCES_SHOWN_MAX:
                print(f"{difference.number}: logged   {difference.logged.decode()}")
                print(f"{difference.number}: replayed {difference.replayed.decode()}")
        print(
            f"{replay.runs} runs, {replay.decisions} decisions replayed, {found} differ, "
            f"{replay.skipped} without their beginning"
        )
        if found:
            sys.exit(1)
