"""The agent of a host: samples it and reports by REST; keeps a while what it cannot deliver."""

import http.client
import json
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from monitoring.domain.host_sample import SAMPLES_MAX, Report, Sample
from monitoring.io.host_sampler import HostSampler

EVERY_SECONDS = 5.0
# Twenty minutes of a server that is away.
BUFFER_MAX = 240
BACKOFF_SECONDS, BACKOFF_SECONDS_MAX = 1.0, 60.0
TIMEOUT_SECONDS = 5
_ANSWER_BYTES_MAX = 1 << 20
_log = logging.getLogger(__name__)


class NotTaken(Exception):
    """The server is away, or would not have it."""


class Refused(Exception):
    """The server will never have it: said at once, and not again."""


@dataclass
class Server:
    """Where to report; one connection is kept."""

    url: str
    key: str
    _connection: http.client.HTTPConnection | None = None

    def report(self, report: Report) -> dict[str, Any]:
        parts = urlsplit(self.url)
        path = f"{parts.path.rstrip('/')}/api/v1/hosts/{quote(report.host, safe='')}/samples"
        body = msgspec.json.encode({"samples": report.samples, "facts": report.facts})
        headers = {"Authorization": f"Api-Key {self.key}", "Content-Type": "application/json"}
        connection = self._connected(parts.scheme, parts.netloc)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            text = answer.read(_ANSWER_BYTES_MAX)
        except (OSError, http.client.HTTPException) as error:
            self._close()
            raise NotTaken(str(error)) from None
        if 400 <= answer.status < 500 and answer.status not in (408, 429):
            raise Refused(f"{answer.status} {text[:200].decode('utf-8', 'replace')}")
        if answer.status != 200:
            self._close()
            raise NotTaken(f"status {answer.status}")
        told: dict[str, Any] = json.loads(text)
        return told

    def _connected(self, scheme: str, place: str) -> http.client.HTTPConnection:
        if self._connection is None:
            made = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
            self._connection = made(place, timeout=TIMEOUT_SECONDS)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class HostAgent:
    """Samples every few seconds; a buffer that is full loses its oldest."""

    def __init__(self, host: str, server: Server, sampler: HostSampler) -> None:
        self._host = host
        self._server = server
        self._sampler = sampler
        self._waiting: deque[Sample] = deque(maxlen=BUFFER_MAX)
        self._pause = 0.0
        self._next_try = 0.0
        self.lost = 0

    def run(self, every_seconds: float, is_stopping: Callable[[], bool]) -> None:
        due = time.monotonic()
        while not is_stopping():
            self.turn()
            due = max(due + every_seconds, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))

    def turn(self) -> None:
        """One sample; and all that waits to the server, unless it was away a moment ago."""
        self.lost += len(self._waiting) == BUFFER_MAX
        self._waiting.append(self._sampler.sample())
        if time.monotonic() >= self._next_try:
            self._deliver()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def _deliver(self) -> None:
        samples = tuple(self._waiting)[:SAMPLES_MAX]
        began_ns = time.time_ns()
        try:
            told = self._server.report(Report(self._host, samples, self._sampler.facts()))
        except (NotTaken, Refused) as error:
            self._pause = min(max(2 * self._pause, BACKOFF_SECONDS), BACKOFF_SECONDS_MAX)
            self._next_try = time.monotonic() + self._pause
            _log.warning("not delivered, %s samples wait: %s", len(self._waiting), error)
            return
        self._pause = 0.0
        for _ in samples:
            self._waiting.popleft()
        self._learn(told, began_ns, time.time_ns())

    def _learn(self, told: dict[str, Any], began_ns: int, ended_ns: int) -> None:
        """The server's clock against the middle of the request, and which processes to watch."""
        middle_ns = (began_ns + ended_ns) // 2
        self._sampler.clock_offset_ms = round((middle_ns - told["server_ns"]) / 1e6, 2)
        self._sampler.watched = tuple(told["processes"])
