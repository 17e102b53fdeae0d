"""A back-test at work: it reads captures and the frozen rules, and writes its own row.

It touches nothing that is live: no stream, no alert, no restriction.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from capture.io.pcap_files import CaptureFile, NotACapture
from capture.queries import feed_settings
from capture.wire.pcap_run import Packet
from monitoring.actions.advance_backtest import (
    Found,
    fail_backtest,
    go_on,
    store_backtest,
)
from monitoring.archive import NothingKept, captures_of
from monitoring.domain.differences import Change, Difference, compared, counts_by_rule
from monitoring.models import Backtest
from riskgw.cep.engine import RuleError
from riskgw.cep.spec import RuleSpec, rule_from_builtins
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseDataError
from riskgw.wiring.inline import InlineReplay
from riskgw.wiring.market.csv_replay import CsvReplay, NoMarketData, beside
from riskgw.wiring.offline import base_of

ALERTS_MAX = 200_000
LOOK_SECONDS = 0.5
_PERMILLE = 1000

_log = logging.getLogger(__name__)


class Unwanted(Exception):
    """It was cancelled, or given up for lost, meanwhile."""


class TooManyAlerts(ValueError):
    """More than one back-test keeps in mind."""


class Look(NamedTuple):
    """How often it is said how far a back-test is, to whom, and what it may keep in mind."""

    seconds: float = LOOK_SECONDS
    alerts_max: int = ALERTS_MAX
    # Back-test, progress in permille, events; answers whether it is still wanted.
    say: Callable[[int, int, int], bool] = go_on


def run_backtest(number: int, look: Look | None = None) -> None:
    """Judge, and store what was found; what is wrong with days or rules is its error."""
    row = Backtest.objects.get(pk=number)
    try:
        store_backtest(number, _found(row, Watch(row, look or Look())))
    except Unwanted:
        _log.warning("back-test %d is no longer wanted", number)
    except (
        NotACapture, NothingKept, NoMarketData, BaseDataError, RuleError, TooManyAlerts,
    ) as error:  # fmt: skip
        fail_backtest(number, str(error))


class Watch:
    """Says now and then how far a back-test is; raises Unwanted when it need not go on."""

    def __init__(self, row: Backtest, look: Look) -> None:
        self._number = row.pk
        self._runs = 1 if row.against_specs is None else 2
        self._look = look
        self._look_at = 0.0
        self._run = -1
        self._sizes: list[int] = []
        self._read: list[int] = []
        self._events = 0
        self._replay: InlineReplay | None = None

    def begin(self, replay: InlineReplay, sizes: list[int]) -> None:
        """The captures are read once for each set of rules."""
        if self._replay is not None:
            self._events += self._replay.event_counts.total()
        self._replay, self._sizes, self._read = replay, sizes, [0] * len(sizes)
        self._run += 1

    def read(self, place: int, size: int) -> None:
        """So many bytes of a capture were read."""
        assert self._replay is not None
        if len(self._replay.alerts) > (most := self._look.alerts_max):
            raise TooManyAlerts(f"more than {most:,} alerts: raise a threshold, or take less")
        self._read[place] = min(size, self._sizes[place])
        if time.monotonic() < self._look_at:
            return
        done = sum(self._read) / max(1, sum(self._sizes))
        permille = int(_PERMILLE * (self._run + done) / self._runs)
        events = self._events + self._replay.event_counts.total()
        if not self._look.say(self._number, permille, events):
            raise Unwanted(self._number)
        self._look_at = time.monotonic() + self._look.seconds


class _WatchedFile(CaptureFile):
    """A capture that tells how much of it was read."""

    def __init__(self, path: Path, read: Callable[[int], None]) -> None:
        super().__init__(path)
        self._tell = read

    def runs(self) -> Iterator[Iterable[Packet]]:
        for run in super().runs():
            self._tell(self.bytes_read)
            yield run


def _found(row: Backtest, watch: Watch) -> Found:
    started = time.perf_counter()
    paths = captures_of(settings.RISKGW_ARCHIVE, row.first_day, row.last_day)
    alerts, replay = _judged(paths, row.specs, watch)
    before = None
    if row.against_specs is not None:
        before, _ = _judged(paths, row.against_specs, watch)
    listed = [Difference(Change.ADDED, alert) for alert in alerts]
    if before is not None:
        listed = compared(alerts, before)
    summary = {
        "rules": _by_rule(alerts, before, listed),
        "files": [path.name for path in paths],
        "events": replay.event_counts.total(),
        "problems": dict(replay.problems),
        "seconds": round(time.perf_counter() - started, 3),
    }
    return Found(summary, listed, before is not None)


def _judged(
    paths: Sequence[Path], specs: list[dict[str, Any]], watch: Watch
) -> tuple[list[Alert], InlineReplay]:
    rules: list[RuleSpec] = [rule_from_builtins(spec) for spec in specs]
    replay = InlineReplay(base_of(None), rules, settings=feed_settings())
    files = [
        _WatchedFile(path, lambda size, place=place: watch.read(place, size))  # type: ignore[misc]  # each has its own place
        for place, path in enumerate(paths)
    ]
    watch.begin(replay, [_size(path) for path in paths])
    return replay.run(files, CsvReplay(beside(paths))), replay


def _size(path: Path) -> int:
    """Bytes that will be read; gzip says at its end how many it holds (RFC 1952, ISIZE)."""
    if path.suffix != ".gz":
        return path.stat().st_size
    with path.open("rb") as file:
        file.seek(-4, 2)
        return int.from_bytes(file.read(4), "little")


def _by_rule(
    alerts: Sequence[Alert], before: Sequence[Alert] | None, listed: Sequence[Difference]
) -> list[dict[str, Any]]:
    """What each rule raised, by level; with what it is compared with, and how they differ."""
    counts, counts_before = counts_by_rule(alerts), counts_by_rule(before or ())
    changes = Counter((each.alert.rule, each.change) for each in listed)
    return [
        {
            "rule": rule,
            "levels": counts.get(rule, {}),
            "levels_before": None if before is None else counts_before.get(rule, {}),
            "changes": None if before is None else _changes(rule, changes),
        }
        for rule in sorted(counts.keys() | counts_before.keys())
    ]


def _changes(rule: str, changes: Counter[tuple[str, Change]]) -> dict[str, int]:
    return {change.value: changes[rule, change] for change in Change}
