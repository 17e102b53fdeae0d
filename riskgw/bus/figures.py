"""What a process says of itself, for the health page: written now and then, read by the report."""

import time
from collections.abc import Callable
from typing import Any

import msgspec

from riskgw.bus.connection import Client

# What the supervisor says of all its processes.
PROCESSES_KEY = "processes"
SECONDS_BETWEEN = 0.5
# Who has not spoken for so long is not there.
SECONDS_MAX = 60


class Figures:
    """Those of one process."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._key = _key(name)
        self._next = 0.0

    def show(self, made: Callable[[], dict[str, Any]]) -> bool:
        """Whether it was time for them."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + SECONDS_BETWEEN
        self._client.set(self._key, msgspec.json.encode(made()), ex=SECONDS_MAX)
        return True


def figures_of(client: Client, name: str) -> dict[str, Any]:
    """Empty when the process has not spoken for long."""
    stored = client.get(_key(name))
    return msgspec.json.decode(stored) if stored else {}


def _key(name: str) -> str:
    return f"figures.{name}"
