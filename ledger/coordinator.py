"""A coordinator for transactions across business units, each with a ledger of its own.

1. What is to be done is written down.
2. Every unit tries its part.
3. Whether to confirm is decided once and written down; without a decision it is cancel.
4. The decision is told until every unit has heard it. Neither can be refused.
It may die between any two of these: `recover` goes on from what is written.
"""

import http.client
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

TIMEOUT_SECONDS = 10
TELLINGS_MAX = 3

Body = Mapping[str, Any]


class Decision(StrEnum):
    """What becomes of a transaction everywhere."""

    CONFIRM = "confirm"
    CANCEL = "cancel"


class Unreachable(RuntimeError):
    """A unit gave no answer: what it did is not known."""


class Refused(RuntimeError):
    """A unit answered that the request makes no sense to it."""


class Unit(Protocol):
    """A business unit's ledger as its caller sees it."""

    def attempt(self, identifier: str, body: Body) -> str:
        """Try; the state it answers."""

    def tell(self, identifier: str, decision: Decision) -> None:
        """Confirm or cancel."""


class RestUnit:
    """A unit behind the ledger's REST."""

    def __init__(self, address: str, authorization: str) -> None:
        """`authorization` as the header says it: "Api-Key …"."""
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"not an address of the web: {address}")
        self._address = address.rstrip("/")
        self._authorization = authorization

    def attempt(self, identifier: str, body: Body) -> str:
        return str(self._post(identifier, "try", body)["state"])

    def tell(self, identifier: str, decision: Decision) -> None:
        self._post(identifier, decision.value, {})

    def _post(self, identifier: str, verb: str, body: Body) -> dict[str, Any]:
        where = f"{self._address}/api/v1/ledger/transactions/{quote(identifier, safe='')}/{verb}"
        headers = {"Authorization": self._authorization, "Content-Type": "application/json"}
        request = urllib.request.Request(where, json.dumps(body).encode(), headers)  # noqa: S310  # http or https, see above
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310  # likewise
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            if error.code >= http.client.INTERNAL_SERVER_ERROR:
                raise Unreachable(f"{where}: {error.code}") from error
            raise Refused(f"{where}: {error.code} {error.read().decode()}") from error
        except OSError as error:
            raise Unreachable(f"{where}: {error}") from error


class Entry(NamedTuple):
    """A transaction that is not over: its parts by unit, and the decision if there is one."""

    id: str
    parts: dict[str, dict[str, Any]]
    decision: Decision | None


class Journal:
    """What the coordinator must not forget, in a SQLite file of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._writing() as file:
            file.execute(
                "CREATE TABLE IF NOT EXISTS entry (id TEXT PRIMARY KEY, parts TEXT NOT NULL,"
                " decision TEXT, is_over INTEGER NOT NULL DEFAULT 0)"
            )

    def begin(self, identifier: str, parts: Mapping[str, Body]) -> None:
        """Written once; the same id again with other parts is an error."""
        text = json.dumps(parts, sort_keys=True)
        with self._writing() as file:
            file.execute(
                "INSERT INTO entry (id, parts) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (identifier, text),
            )
            stored = file.execute("SELECT parts FROM entry WHERE id = ?", (identifier,))
            if stored.fetchone() != (text,):
                raise ValueError(f"{identifier} is another transaction")

    def decide(self, identifier: str, decision: Decision) -> Decision:
        """The first decision stands; it is what everybody gets."""
        with self._writing() as file:
            file.execute(
                "UPDATE entry SET decision = ? WHERE id = ? AND decision IS NULL",
                (decision.value, identifier),
            )
            found = file.execute("SELECT decision FROM entry WHERE id = ?", (identifier,))
            return Decision(found.fetchone()[0])

    def end(self, identifier: str) -> None:
        with self._writing() as file:
            file.execute("UPDATE entry SET is_over = 1 WHERE id = ?", (identifier,))

    def unfinished(self) -> list[Entry]:
        with self._writing() as file:
            rows = file.execute("SELECT id, parts, decision FROM entry WHERE NOT is_over")
            return [
                Entry(name, json.loads(parts), Decision(decision) if decision else None)
                for name, parts, decision in rows.fetchall()
            ]

    def _writing(self) -> "_Writing":
        return _Writing(self._path)


class _Writing:
    """One transaction on the file, on disk when it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> sqlite3.Connection:
        self._file = sqlite3.connect(self._path, isolation_level=None, timeout=TIMEOUT_SECONDS)
        self._file.execute("PRAGMA synchronous=FULL")
        self._file.execute("BEGIN IMMEDIATE")
        return self._file

    def __exit__(self, kind: Any, *_: Any) -> None:
        with closing(self._file):
            self._file.execute("COMMIT" if kind is None else "ROLLBACK")


class Coordinator:
    """Drives transactions over units by name."""

    def __init__(self, journal: Journal, units: Mapping[str, Unit]) -> None:
        self._journal = journal
        self._units = units

    def run(self, identifier: str, parts: Mapping[str, Body]) -> Decision:
        """What was decided; a unit that could not be told then is told by `recover`."""
        assert parts.keys() <= self._units.keys()
        self._journal.begin(identifier, parts)
        wish = Decision.CONFIRM if self._all_tried(identifier, parts) else Decision.CANCEL
        decision = self._journal.decide(identifier, wish)
        self._tell(identifier, parts, decision)
        return decision

    def recover(self) -> None:
        """What was left between two steps comes to its end; to be called while nothing runs."""
        for entry in self._journal.unfinished():
            decision = entry.decision or self._journal.decide(entry.id, Decision.CANCEL)
            self._tell(entry.id, entry.parts, decision)

    def _all_tried(self, identifier: str, parts: Mapping[str, Body]) -> bool:
        try:
            return all(
                self._units[name].attempt(identifier, body) == "tried"
                for name, body in parts.items()
            )
        except (Unreachable, Refused):
            return False

    def _tell(self, identifier: str, parts: Mapping[str, Body], decision: Decision) -> None:
        waiting = list(parts)
        for _ in range(TELLINGS_MAX):
            waiting = list(self._deaf(waiting, identifier, decision))
        if not waiting:
            self._journal.end(identifier)

    def _deaf(self, names: list[str], identifier: str, decision: Decision) -> Iterator[str]:
        """The units that did not hear it."""
        for name in names:
            heard = False
            with suppress(Unreachable):
                self._units[name].tell(identifier, decision)
                heard = True
            if not heard:
                yield name
