"""What a scenario has at hand, and where it writes down what it did."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from tests.clients.rows import Row
from tests.sql_server.script import Script

PORT = 1433
HOST = "127.0.0.1"
DATABASE, USER, PASSWORD = "Ashare_OIW", "oms", "secret"


@dataclass
class Truth:
    """Orders that came to be, rows of reports that were read or written, and what did not."""

    orders: list[Row] = field(default_factory=list)
    confirmations: list[Row] = field(default_factory=list)
    fills: list[Row] = field(default_factory=list)
    failed: int = 0
    unanswered: int = 0
    unread: int = 0
    error: str = ""

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(vars(self), default=_text, ensure_ascii=False))


@dataclass(frozen=True)
class Place:
    """One scenario's surroundings."""

    truth: Truth
    certificate: Path

    def placed(self, *rows: Row) -> None:
        """These orders were sent, and stand."""
        self.truth.orders += rows

    def unanswered(self, row: Row) -> None:
        """Sent, and not to be known whether it stands."""
        self.truth.orders.append(row)
        self.truth.unanswered += 1

    def left_open(self) -> None:
        """A transaction was open when the connection ended: told once, whatever it wrote."""
        self.truth.failed += 1

    def unread(self) -> None:
        """A statement of which something is not on the wire."""
        self.truth.unread += 1

    def failed(self, statements: int = 1) -> None:
        """So many inserting statements had no effect."""
        self.truth.failed += statements


@dataclass(frozen=True)
class Scenario:
    """What a client does against which server."""

    run: Callable[[Place], None]
    script: Script = field(default_factory=Script)


def scenarios_in(*functions: Callable[[Place], None]) -> dict[str, Scenario]:
    """Scenarios against a server without rows that refuses nothing."""
    return {function.__name__: Scenario(function) for function in functions}


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
