"""`manage.py replay FILE…`: captures through decoding and rules."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.utils import DatabaseError

from capture.io.pcap_files import NotACapture
from capture.queries import open_captures
from riskgw.messages.alert import Alert, alert_line
from riskgw.messages.base_data import BaseData, BaseDataError, base_from_labels
from riskgw.messages.codec import json_line
from riskgw.reference.queries import base_data
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.rule_refs import LIVE, RulesUnavailable, rules_of

SHARDS_MAX = 64


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
        parser.add_argument("--base", type=Path, help="base data from a DAY.labels.json")
        parser.add_argument("--rules", default=LIVE, help="live, at:<ISO time>, or a rules file")
        parser.add_argument("--shards", type=int, default=1, help="how many risk cores")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["inline"]:
            raise CommandError("there is no running system to replay into: use --inline")
        if not 1 <= options["shards"] <= SHARDS_MAX:
            raise CommandError(f"--shards takes 1 to {SHARDS_MAX}", returncode=2)
        started, cpu_started = time.perf_counter(), time.process_time()
        try:
            replay = InlineReplay(
                _base(options["base"]),
                rules_of(options["rules"]),
                shards=options["shards"],
                procedures=settings.RISKGW_ORDER_PROCS,
            )
            alerts = replay.run(open_captures(options["files"]))
        except (NotACapture, RulesUnavailable, BaseDataError) as error:
            raise CommandError(str(error)) from None
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
        _print(alerts, replay.summary(seconds, cpu_seconds))


def _base(path: Path | None) -> BaseData:
    if path is not None:
        try:
            return base_from_labels(path.read_bytes())
        except OSError as error:
            raise BaseDataError(f"{path}: {error.strerror}") from None
        except BaseDataError as error:
            raise BaseDataError(f"{path}: no base data: {error}") from None
    try:
        return base_data()
    except DatabaseError as error:
        raise BaseDataError(f"no base data ({error}): run `manage.py migrate`") from None


def _print(alerts: Sequence[Alert], summary: dict[str, Any]) -> None:
    try:
        for alert in alerts:
            sys.stdout.buffer.write(json_line(alert_line(alert)))
        sys.stdout.buffer.write(json_line(summary))
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None
