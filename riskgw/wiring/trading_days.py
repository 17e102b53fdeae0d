"""The demo's trading days: each with a new seed and the next date, for ever."""

import json
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from django.conf import settings

from monitoring.queries import day_totals
from monitoring.rule_queries import shipped_rules
from riskgw.bus.connection import Client
from riskgw.messages.base_data import base_from_labels
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.queries import stored_sessions
from riskgw.wiring.load import load
from riskgw.wiring.replays import is_judged, is_stored, start_replay, unfinished
from riskgw.wiring.simulation.day import DEFAULT_DAY, DayFiles, DayPlan, SimulatedDay

ORDERS = 3_000
SPEED = 30.0
# The first day shows within a minute what there is to see.
FIRST_SPEED = 300.0
SAID_KEY = "trading_days.said"
_SAID_MAX = 100
DAYS_KEPT = 2
# Of the demo's days in the archive, which back-tests read.
DAYS_ARCHIVED_MAX = 10
_MARK = "-demo"
_POLL_SECONDS = 0.5
_IDLE_POLLS = 4
_STATE_KEY = "trading_days"

Say = Callable[[str], None]


class TradingDays:
    """Goes on with the next day where an earlier process has stopped."""

    def __init__(
        self, client: Client, folder: Path, speed: float, say: Say, orders: int = ORDERS
    ) -> None:
        self._client = client
        self._folder = folder
        self._speed = speed
        self._say = say
        self._orders = orders
        self._folder.mkdir(parents=True, exist_ok=True)

    def run(self, is_stopping: Callable[[], bool]) -> None:
        while not is_stopping():
            number, day = next_day(self._client)
            files = self._made(number, day)
            self._wait(is_stopping)
            if is_stopping():
                return
            self._start(number, day, files)
            keep_day(settings.RISKGW_ARCHIVE, day, files)
            self._wait(is_stopping)
            while not is_stopping() and not (is_judged(self._client) and is_stored(self._client)):
                time.sleep(_POLL_SECONDS)
            if not is_stopping():
                self._tell(f"{day}: over: {_summary(day)}")

    def _wait(self, is_stopping: Callable[[], bool]) -> None:
        """Until the sensors have had nothing to do for a moment: a person's replay goes first."""
        idle = 0
        while not is_stopping() and idle < _IDLE_POLLS:
            idle = 0 if unfinished(self._client) else idle + 1
            time.sleep(_POLL_SECONDS)

    def _tell(self, text: str) -> None:
        """To this process's log, and to whoever watches the whole system."""
        self._say(text)
        self._client.lpush(SAID_KEY, text)
        self._client.ltrim(SAID_KEY, 0, _SAID_MAX - 1)

    def _made(self, number: int, day: date) -> DayFiles:
        files = DayFiles.beside(self._folder / f"day-{number}.pcap")
        started = time.perf_counter()
        plan = DayPlan(number, day, self._orders, with_day_totals=False)
        labels = SimulatedDay(plan, shipped_rules()).write(files)
        seconds = time.perf_counter() - started
        totals = ", ".join(f"{count:,} {name}" for name, count in labels["totals"].items())
        expected = sum(label["expect"] for label in labels["labels"])
        self._tell(f"{day}: simulated in {seconds:.0f} s: {totals}; {expected} alerts to come")
        for old in sorted(self._folder.glob("day-*"), key=lambda path: path.stat().st_mtime):
            if int(old.name.split(".")[0].split("-")[1]) <= number - DAYS_KEPT:
                old.unlink()
        return files

    def _start(self, number: int, day: date, files: DayFiles) -> None:
        load_base(base_from_labels(files.labels.read_bytes()))
        load(self._client)
        speed = max(self._speed, FIRST_SPEED) if number == 1 else self._speed
        start_replay(self._client, [files.capture], speed, is_demo=True)
        played(self._client, number, day)


def next_day(client: Client) -> tuple[int, date]:
    """The number, which is its seed, and the date of the day that comes."""
    stored = client.get(_STATE_KEY)
    if stored is None:
        return 1, DEFAULT_DAY
    last = json.loads(stored)
    day = stored_sessions().trading_day_after(date.fromisoformat(last["day"]))
    return last["number"] + 1, day


def played(client: Client, number: int, day: date) -> None:
    """The next day is the one after this."""
    client.set(_STATE_KEY, json.dumps({"number": number, "day": str(day)}))


def keep_day(archive: Path, day: date, files: DayFiles) -> None:
    """A day that is played goes into the archive; the oldest of the demo's makes room."""
    archive.mkdir(parents=True, exist_ok=True)
    # The capture last: what has a capture is whole.
    for path, ending in ((files.market, ".market.csv"), (files.capture, ".pcap")):
        part = archive / f"{day}{_MARK}{ending}.part"
        shutil.copyfile(path, part)
        part.rename(archive / f"{day}{_MARK}{ending}")
    for old in sorted(archive.glob(f"*{_MARK}.pcap"), reverse=True)[DAYS_ARCHIVED_MAX:]:
        old.unlink()
        old.with_suffix(".market.csv").unlink(missing_ok=True)


def _summary(day: date) -> str:
    """What the database holds of a day."""
    found = day_totals(day)
    return ", ".join(f"{count:,} {name}" for name, count in found.items())


def demo_folder() -> Path:
    folder: Path = settings.RISKGW_HOME / "demo"
    return folder
