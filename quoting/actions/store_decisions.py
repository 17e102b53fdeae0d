"""Decisions of the engine go to the database: rows in batches, in one commit with the place.

A writer that dies loses nothing and stores nothing twice, wherever it dies; a second one finds that
the place has moved, and begins anew from there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, models, transaction

from quoting.domain import facts
from quoting.domain.effects import Decision
from quoting.domain.facts import facts_of
from quoting.domain.source_settings import SourceKind
from quoting.io.decision_log import START, Position
from quoting.models import (
    CleansedPrice,
    DataSource,
    Deal,
    DecisionLog,
    DeskAction,
    PriceRequest,
    PublishedQuote,
    Withdrawal,
)
from riskgw.rows import insert_missing

Read = tuple[Position, Decision]
_PLACE = ("log", "line", "place", "at_ns")
# Of which model a fact is a row, and its further columns: first the fact's own.
_MODELS: Mapping[type, tuple[type[models.Model], tuple[str, ...]]] = {
    facts.Published: (PublishedQuote, ("answer", "answered_ns")),
    facts.Withdrawn: (Withdrawal, ("answer", "answered_ns")),
    facts.Requested: (PriceRequest, ("bid", "ask", "reason", "by", "answered_ns")),
    facts.Decided: (Deal, ()),
    facts.Acted: (DeskAction, ()),
    facts.NotBelieved: (CleansedPrice, ()),
}
_EMPTY = {"answer": "", "reason": "", "by": ""}
_SENT: tuple[type[models.Model], ...] = (PublishedQuote, Withdrawal)


class Replaced(RuntimeError):
    """Another writer has moved the place: nothing was stored."""


def stored_position() -> Position:
    """Behind the last decision that is stored."""
    newest = DecisionLog.objects.order_by("-name").first()
    return Position(newest.name, newest.stored_bytes) if newest else START


def store_decisions(read: Sequence[Read], before: Position) -> Position:
    """All of them and the place behind the last, or nothing."""
    after = read[-1][0]
    with transaction.atomic():
        logs = _move(before, [position for position, _ in read])
        rows = _Rows(frozenset(_manual_sources()))
        for position, decision in read:
            rows.add(logs[position.file], position.offset, decision)
        rows.store()
    return after


def _move(before: Position, positions: Sequence[Position]) -> dict[str, int]:
    """Compare and set: the place is where this writer left it. The keys of the files."""
    until: dict[str, int] = {}
    for position in positions:
        until[position.file] = position.offset
    keys = {}
    known = DecisionLog.objects.filter(name=before.file, stored_bytes=before.offset)
    if before.file and known.update(stored_bytes=until.get(before.file, before.offset)) != 1:
        raise Replaced(before.file)
    for name, offset in until.items():
        if name == before.file:
            keys[name] = DecisionLog.objects.values_list("pk", flat=True).get(name=name)
            continue
        try:
            with transaction.atomic():
                keys[name] = DecisionLog.objects.create(name=name, stored_bytes=offset).pk
        except IntegrityError:
            raise Replaced(name) from None
    return keys


def _manual_sources() -> list[str]:
    manual = DataSource.objects.filter(kind=SourceKind.MANUAL.value)
    return list(manual.values_list("name", flat=True))


class _Rows:
    """What a batch comes to; what is answered within it is never written as unanswered."""

    def __init__(self, typed: frozenset[str]) -> None:
        self._typed = typed
        self._rows: dict[type, list[dict[str, Any]]] = defaultdict(list)
        self._sent: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
        self._asked: dict[tuple[str, str], dict[str, Any]] = {}
        # Of rows that are stored already.
        self._answers: list[tuple[str, int, str, int]] = []
        self._replies: list[tuple[int | None, int | None, str, str, int, str, str]] = []

    def add(self, log: int, line: int, decision: Decision) -> None:
        for place, fact in enumerate(facts_of(decision, self._typed)):
            match fact:
                case facts.Answered():
                    self._answer(fact, decision.at_ns)
                case facts.RequestAnswered():
                    self._reply(fact, decision.at_ns)
                case facts.RunBegan():
                    self._begin(decision.at_ns)
                case _:
                    where = dict(zip(_PLACE, (log, line, place, decision.at_ns), strict=True))
                    self._append(fact, where)

    def _append(self, fact: Any, where: dict[str, Any]) -> None:
        _, more = _MODELS[type(fact)]
        row = where | fact._asdict() | {name: _EMPTY.get(name) for name in more}
        self._rows[type(fact)].append(row)
        if isinstance(fact, facts.Published | facts.Withdrawn):
            self._sent[fact.channel, fact.quote].append(row)
        elif isinstance(fact, facts.Requested):
            self._asked[fact.pair, fact.request] = row

    def _answer(self, fact: facts.Answered, at_ns: int) -> None:
        rows = self._sent.pop((fact.channel, fact.quote), None)
        if rows is None:
            self._answers.append((fact.answer, at_ns, fact.channel, fact.quote))
            return
        for row in rows:
            row["answer"], row["answered_ns"] = fact.answer, at_ns

    def _reply(self, fact: facts.RequestAnswered, at_ns: int) -> None:
        row = self._asked.pop((fact.pair, fact.request), None)
        said = {"bid": fact.bid, "ask": fact.ask, "reason": fact.reason, "by": fact.by}
        if row is None:
            values = (fact.bid, fact.ask, fact.reason, fact.by, at_ns, fact.pair, fact.request)
            self._replies.append(values)
        else:
            row.update(said, answered_ns=at_ns)

    def _begin(self, at_ns: int) -> None:
        """What was sent before the engine began anew is answered by nobody."""
        self._end_answers()
        PriceRequest.objects.filter(answered_ns__isnull=True).update(answered_ns=at_ns)
        lost = {"answered_ns": at_ns, "answer": facts.LOST}
        PublishedQuote.objects.filter(answered_ns__isnull=True).update(**lost)
        Withdrawal.objects.filter(answered_ns__isnull=True).update(**lost)
        for rows in self._sent.values():
            for row in rows:
                row["answer"], row["answered_ns"] = facts.LOST, at_ns
        for row in self._asked.values():
            row["answered_ns"] = at_ns
        self._sent.clear()
        self._asked.clear()

    def store(self) -> None:
        for kind, rows in self._rows.items():
            model, more = _MODELS[kind]
            names = (*_PLACE, *kind._fields, *more)  # type: ignore[attr-defined]  # named tuples
            insert_missing(model, names, [[row[name] for name in names] for row in rows])
        self._end_answers()

    def _end_answers(self) -> None:
        """Answers to what an earlier batch stored, by the indexes of what is not answered."""
        for model in _SENT:
            _update(model, ("answer", "answered_ns"), ("channel", "quote"), self._answers)
        said = ("bid", "ask", "reason", "by", "answered_ns")
        _update(PriceRequest, said, ("pair", "request"), self._replies)
        self._answers, self._replies = [], []


def _update(
    model: type[models.Model],
    sets: Iterable[str],
    keys: Iterable[str],
    values: Sequence[tuple[Any, ...]],
) -> None:
    if not values:
        return
    quoted = connection.ops.quote_name
    table = quoted(model._meta.db_table)  # noqa: SLF001  # documented
    changes = ", ".join(f"{quoted(name)} = %s" for name in sets)
    where = " AND ".join(f"{quoted(name)} = %s" for name in keys)
    statement = f"UPDATE {table} SET {changes} WHERE answered_ns IS NULL AND {where}"
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)
