"""Proof that a log explains itself: its events, played again, give the same effects bit for bit."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from quoting.domain.book import Book
from quoting.domain.effects import Decision
from quoting.domain.events import Configure


class Difference(NamedTuple):
    """A decision that comes out otherwise."""

    number: int
    at_ns: int
    logged: bytes
    replayed: bytes


class Replay:
    """Decisions in, differences out; counts of what was replayed and of what could not be."""

    def __init__(self) -> None:
        self.runs = 0
        self.decisions = 0
        self.skipped = 0
        self._book: Book | None = None
        self._number = 0

    def differences(self, log: Iterable[Decision]) -> Iterator[Difference]:
        for logged in log:
            if logged.number == 0 and isinstance(logged.event, Configure):
                self._book = Book(logged.event.settings)
                self._number = 0
                self.runs += 1
            elif self._book is None or logged.number != self._number + 1:
                # Without what came before, nothing can be said of what follows.
                self._book = None
                self.skipped += 1
            else:
                self._number += 1
                self.decisions += 1
                found = self._difference(self._book, logged)
                if found:
                    yield found

    def _difference(self, book: Book, logged: Decision) -> Difference | None:
        replayed = msgspec.json.encode(book.decide(logged.event, logged.at_ns))
        written = msgspec.json.encode(logged)
        if replayed == written:
            return None
        return Difference(logged.number, logged.at_ns, written, replayed)
