"""Postings on the bus: posters say what they moved, and the live topic `ledger` shows the newest.

1. A poster notes each commit; a thread of its process sends what was noted, four times a second
   at most, however many postings that were: accounts with their movements, how many, how late.
2. The task `ledger.tell` gathers what all of them noted into one message, bounded in size, with
   the figures as they stand by then.
What is noted is for eyes only: without the queue server posting goes on, and nothing is lost but
the showing of it.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import redis
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from ledger.domain.alarms import alarm_codes
from ledger.domain.money import money_text
from ledger.models import LedgerAccount
from ledger.queries import (
    accounts_by_id,
    flow,
    newest_holds,
    waiting_proposals,
)
from riskgw.bus.connection import Client, Unreachable
from riskgw.bus.live import publish
from riskgw.bus.wake import wake
from riskgw.kernel.times import instant_ns

TELL_TASK = "ledger.tell"
TOPIC = "ledger"
# Between two messages; posters wait as long between two notes.
TELL_SECONDS = 0.25
ACCOUNTS_MAX, HOT_MAX, HISTORY_SECONDS = 100, 20, 120
# Changes are remembered for so long; who heard nothing for longer fetches anew.
CHANGED_SECONDS = 60
# Movements are counted by slots of five seconds, the hottest accounts of each.
_SLOT_SECONDS, _SLOTS, _SLOT_ACCOUNTS_MAX = 5, 12, 200
_POSTER_SECONDS_MAX, _ALIVE_SECONDS = 15, 3
_NOTED_MAX = 10_000
_ANSWER_SECONDS_MAX = 1

_CHANGED, _MOVES, _SINCE = "ledger.changed", "ledger.moves", "ledger.since"
_LAGS = f"{_SINCE}.lags"
_HISTORY, _SECOND, _FLOW = "ledger.history", "ledger.second", "ledger.flow"
_TOLD, _POSTER, _PROPOSALS = "ledger.told", "ledger.poster", "ledger.proposals"

_log = logging.getLogger(__name__)


@dataclass
class Noted:
    """What was posted since the last note."""

    moves: Counter[str] = field(default_factory=Counter)
    posted: int = 0
    lag: timedelta = timedelta()
    proposals: int = 0

    def add(self, other: "Noted") -> None:
        if len(self.moves) < _NOTED_MAX:
            self.moves.update(other.moves)
        self.posted += other.posted
        self.lag = max(self.lag, other.lag)
        self.proposals += other.proposals

    @property
    def is_news(self) -> bool:
        return bool(self.moves or self.proposals)


class Teller:
    """Sends what was noted, in a thread: no poster waits for the queue server."""

    def __init__(self) -> None:
        self._noted = Noted()
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._quiet_until = 0.0
        self._thread: threading.Thread | None = None

    def note(self, noted: Noted) -> None:
        """Returns at once. That there is nothing new is said now and then."""
        with self._lock:
            self._noted.add(noted)
            now = time.monotonic()
            if not noted.is_news and now < self._quiet_until:
                return
            self._quiet_until = now + _ALIVE_SECONDS
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._send, name="tell", daemon=True)
                self._thread.start()
        self._asked.set()

    def _send(self) -> None:
        pause = threading.Event()
        while True:
            self._asked.wait()
            self._asked.clear()
            with self._lock:
                noted, self._noted = self._noted, Noted()
            try:
                with _short_client() as client:
                    send(client, noted, time.time())
                if noted.is_news:
                    wake(TELL_TASK)
            except Unreachable as error:
                _log.warning("postings are not told: %s", error)
            pause.wait(TELL_SECONDS)


_teller = Teller()


def note_posted(moves: Mapping[str, int], posted: int, lag: timedelta) -> None:
    """To be shown soon: accounts with the lines they got. Nothing at all: a poster is there."""
    _teller.note(Noted(Counter(moves), posted, lag))


def note_changed(account: str) -> None:
    """After the commit under way: an account is no longer as it was."""
    transaction.on_commit(lambda: _teller.note(Noted(Counter({account: 0}))))


def note_proposal() -> None:
    """After the commit under way: something happened to a voucher or a permit."""
    transaction.on_commit(lambda: _teller.note(Noted(proposals=1)))


def send(client: Client, noted: Noted, now: float) -> None:
    """Put what was noted beside what other processes noted."""
    slot = f"{_MOVES}.{int(now) // _SLOT_SECONDS}"
    with client.pipeline(transaction=True) as pipeline:
        if not noted.proposals:
            pipeline.set(_POSTER, 1, ex=_POSTER_SECONDS_MAX)
        if noted.proposals:
            pipeline.incrby(_PROPOSALS, noted.proposals)
        if noted.moves:
            # Of more, so many of them: who hears the message fetches anew then.
            changed = dict.fromkeys(list(noted.moves)[:ACCOUNTS_MAX], int(now * 1000))
            pipeline.zadd(_CHANGED, changed)
            pipeline.zremrangebyrank(_CHANGED, 0, -ACCOUNTS_MAX - 1)
        for name, count in noted.moves.most_common(_SLOT_ACCOUNTS_MAX):
            pipeline.zincrby(slot, count, name)
        if noted.posted:
            pipeline.zremrangebyrank(slot, 0, -_SLOT_ACCOUNTS_MAX - 1)
            pipeline.expire(slot, _SLOT_SECONDS * (_SLOTS + 1))
            pipeline.hincrby(_SINCE, "posted", noted.posted)
            pipeline.lpush(_LAGS, int(noted.lag.total_seconds() * 1000))
            pipeline.ltrim(_LAGS, 0, HISTORY_SECONDS)
        pipeline.execute()


def tell(client: Client) -> bool:
    """Publish what is newest, unless that was done just now."""
    if not client.set(_TOLD, 1, nx=True, px=int(TELL_SECONDS * 800)):
        return False
    publish(client, TOPIC, message(client, time.time()))
    return True


def message(client: Client, now: float) -> dict[str, Any]:
    under_way = _flow(client, now)
    accounts, since_ms = _changed(client, now)
    rows = [msgspec.json.decode(each) for each in client.lrange(_HISTORY, 0, -1)]
    return {
        "as_of_ns": int(now * 1e9),
        "complete_since_ns": since_ms * 1_000_000,
        "accounts": accounts,
        "hot": _hot(client, now),
        "flow": under_way,
        "history": [row for row in reversed(rows) if row[0] > now - HISTORY_SECONDS],
        "proposals": {
            "waiting": waiting_proposals(),
            "changes": int(client.get(_PROPOSALS) or 0),
        },
    }


def _flow(client: Client, now: float) -> dict[str, Any]:
    """Counted once a second: there may be many that wait."""
    is_due = client.set(_SECOND, 1, nx=True, px=900)
    stored = client.get(_FLOW)
    if stored and not is_due:
        return dict(msgspec.json.decode(stored))
    found = flow(timezone.now())
    oldest_ms = _milliseconds(found.unposted_oldest)
    told = {
        "unposted": found.unposted,
        "unposted_oldest_ms": oldest_ms,
        "in_flight": found.in_flight,
        "in_flight_oldest_ms": _milliseconds(found.in_flight_oldest),
        "has_poster": has_poster(client),
        "alarms": list(alarm_codes(found.unposted_oldest, found.in_flight_oldest)),
    }
    client.set(_FLOW, msgspec.json.encode(told), ex=CHANGED_SECONDS)
    _write_history(client, now, oldest_ms or 0)
    return told


def _write_history(client: Client, now: float, oldest_ms: int) -> None:
    """How late the latest posting was, or what still waits; and postings a second."""
    with client.pipeline(transaction=True) as pipeline:
        pipeline.hget(_SINCE, "posted")
        pipeline.lrange(_LAGS, 0, -1)
        pipeline.lindex(_HISTORY, 0)
        pipeline.delete(_SINCE, _LAGS)
        posted, lags, newest, _ = pipeline.execute()
    last = msgspec.json.decode(newest)[0] if newest else int(now) - 1
    lag_ms = max([oldest_ms, *(int(each) for each in lags)])
    row = [int(now), lag_ms, round(int(posted or 0) / max(1, int(now) - last))]
    client.lpush(_HISTORY, msgspec.json.encode(row))
    client.ltrim(_HISTORY, 0, HISTORY_SECONDS - 1)


def account_told(account: LedgerAccount) -> dict[str, Any]:
    """An account's figures as text in its currency."""
    figures, currency = account.figures, account.currency
    available = figures.available
    return {
        "id": account.pk,
        "posted": money_text(figures.posted, currency),
        "reserved": money_text(figures.reserved, currency),
        "available": None if available is None else money_text(available, currency),
        "overdraft": money_text(figures.overdraft, currency),
        "usability": account.usability,
        "seq": account.seq,
    }


def has_poster(client: Client) -> bool:
    """Whether any poster has lately been at work, or looked for some."""
    return bool(client.exists(_POSTER))


def _changed(client: Client, now: float) -> tuple[list[dict[str, Any]], int]:
    """The accounts that changed last, newest first, and since when none is left out."""
    since_ms = int((now - CHANGED_SECONDS) * 1000)
    found = client.zrange(_CHANGED, 0, -1, withscores=True)
    scores = {name.decode(): int(score) for name, score in found if score > since_ms}
    if len(found) >= ACCOUNTS_MAX:
        since_ms = max(since_ms, int(found[0][1]))
    # Who only reserved changed nothing that a poster knows of.
    for name, at in newest_holds(ACCOUNTS_MAX):
        scores[name] = max(scores.get(name, 0), instant_ns(at) // 1_000_000)
    newest = sorted(scores, key=lambda name: scores[name], reverse=True)[:ACCOUNTS_MAX]
    rows = accounts_by_id(newest)
    return [account_told(rows[name]) for name in newest if name in rows], since_ms


def _hot(client: Client, now: float) -> list[dict[str, Any]]:
    slot = int(now) // _SLOT_SECONDS
    keys = [f"{_MOVES}.{slot - back}" for back in range(_SLOTS)]
    summed = client.zunion(keys, withscores=True)
    hottest = sorted(summed, key=lambda each: (-each[1], each[0]))[:HOT_MAX]
    moves = {name.decode(): int(count) for name, count in hottest}
    rows = accounts_by_id(moves)
    return [
        account_told(rows[name])
        | {"name": rows[name].name, "currency": rows[name].currency, "movements": count}
        for name, count in moves.items()
        if name in rows
    ]


def _milliseconds(age: timedelta | None) -> int | None:
    return None if age is None else int(age.total_seconds() * 1000)


def _short_client() -> Client:
    """Gives up soon: what could not be sent now is of no use later."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=_ANSWER_SECONDS_MAX,
        socket_connect_timeout=_ANSWER_SECONDS_MAX,
        retry=Retry(NoBackoff(), 0),
    )
