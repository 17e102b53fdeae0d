"""The restrictions in force, in every server process: from the topic at once, from rows surely."""

import logging
import threading
import time
from typing import Any

import msgspec
from django.db import DatabaseError, close_old_connections

from monitoring.domain.restrictions import TOPIC
from monitoring.restriction_queries import released_among, restrictions_in_force
from riskgw.bus.connection import Client, Unreachable, connect
from riskgw.bus.live import CHANNEL_PREFIX
from riskgw.messages.restriction import Change, Restriction, restriction_from_line

READ_SECONDS = 2.0
# Rows that were last read longer ago are no ground to let an order pass.
AGE_SECONDS_MAX = 15.0
# What the topic said is stored by then; unload takes about a second.
_HEARD_SECONDS = 60.0
_HEARD_MAX = 10_000
_POLL_SECONDS = 0.5
_CHANGES = (Change.RESTRICTED, Change.RELEASED)

_log = logging.getLogger(__name__)


class InForce:
    """Rows, and above them what was heard since and is not stored yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[str, tuple[float, Restriction]] = {}
        self._rows: dict[str, Restriction] = {}
        self._now: tuple[Restriction, ...] = ()
        self._read_at: float | None = None

    def current(self) -> tuple[Restriction, ...] | None:
        """None where nobody knows."""
        read_at = self._read_at
        if read_at is None or time.monotonic() - read_at > AGE_SECONDS_MAX:
            return None
        return self._now

    def hear(self, data: dict[str, Any]) -> None:
        """A message of the topic."""
        if data["change"] not in _CHANGES:
            return
        restriction = restriction_from_line(data["restriction"])
        with self._lock:
            if len(self._heard) < _HEARD_MAX:
                self._heard[restriction.id] = (time.monotonic(), restriction)
            self._renew()

    def read(self) -> None:
        """The rows as they are now."""
        began = time.monotonic()
        rows = {each.id: each for each in restrictions_in_force()}
        with self._lock:
            unstored = [name for name in self._heard if name not in rows]
        released = released_among(unstored) if unstored else set()
        with self._lock:
            self._rows = rows
            self._heard = {
                name: (at, each)
                for name, (at, each) in self._heard.items()
                if began - at < _HEARD_SECONDS and name not in released
            }
            self._read_at = began
            self._renew()

    def _renew(self) -> None:
        found = self._rows | {name: each for name, (_, each) in self._heard.items()}
        self._now = tuple(each for each in found.values() if not each.is_released)


class Listener(threading.Thread):
    """Follows the topic, and reads the rows now and then."""

    def __init__(self, in_force: InForce) -> None:
        super().__init__(name="restrictions", daemon=True)
        self._in_force = in_force
        self.is_stopping = threading.Event()

    def run(self) -> None:
        while not self.is_stopping.is_set():
            try:
                self._follow(connect())
            except (*Unreachable, DatabaseError) as error:
                _log.warning("restrictions: %s", error)
                self.is_stopping.wait(_POLL_SECONDS)

    def _follow(self, client: Client) -> None:
        """Subscribed first, then read: what comes in between is heard."""
        with client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(CHANNEL_PREFIX + TOPIC)
            read_at = 0.0
            while not self.is_stopping.is_set():
                if time.monotonic() - read_at > READ_SECONDS:
                    close_old_connections()
                    self._in_force.read()
                    read_at = time.monotonic()
                message = channel.get_message(timeout=_POLL_SECONDS)
                if message is not None:
                    text: bytes = message["data"]
                    self._in_force.hear(msgspec.json.decode(text.partition(b" ")[2]))
