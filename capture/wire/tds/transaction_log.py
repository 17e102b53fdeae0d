"""The open transaction of a connection: what was written in it is certain when it is committed."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain

from capture.wire.tds.messages import Effect, Request
from capture.wire.tds.outcomes import UNANSWERED, acts, has_failed
from capture.wire.tds.response import Response
from capture.wire.tds.transactions import Op, Step

HELD_ROWS_MAX = 50_000
HELD_CHARACTERS_MAX = 1 << 26
SAVEPOINTS_MAX = 1024
# ENVCHANGE types (MS-TDS 2.2.7.9); of a distributed transaction only that it ended is told.
_TOLD = {
    8: Op.BEGIN,
    9: Op.COMMIT,
    10: Op.ROLLBACK,
    11: Op.BEGIN,
    12: Op.ENDED,
    17: Op.ENDED,
}
TELLING = frozenset(_TOLD)
_ENDS = frozenset((Op.COMMIT, Op.ROLLBACK))
ROLLED_BACK = "rolled back"


class TransactionLog:
    """Servers from 7.2 on tell of every begin and end; where they do not, the request counts."""

    __slots__ = (
        "_characters", "_depth", "_held", "_implicit", "_is_full", "_marks", "_rows", "_tells",
        "has_overflown", "is_doubtful", "is_open",
    )  # fmt: skip

    def __init__(self) -> None:
        self.is_open = False
        self.has_overflown = False
        self._implicit = False
        self._tells = False
        self._clear()

    def _clear(self) -> None:
        self._depth = 0
        self._rows = self._characters = 0
        self._is_full = False
        # Whether its end may have been lost: a BEGIN is then another one's, not an inner one.
        self.is_doubtful = False
        self._held: list[Effect] = []
        self._marks: dict[str, int] = {}

    @property
    def is_idle(self) -> bool:
        """Nothing is open, and nothing opens by itself."""
        return not (self.is_open or self._implicit)

    @property
    def writes(self) -> int:
        """Statements that wait for the end of the transaction."""
        return len(self._held)

    def tables(self) -> frozenset[tuple[str, ...]]:
        """What they write to."""
        return frozenset(each.statement.table for each in self._held)

    def settle(
        self, request: Request, response: Response | None, *, is_whole: bool = True
    ) -> list[Effect]:
        """What is certain now, by this request or earlier ones."""
        kinds = () if response is None else response.environment
        told = deque(_TOLD[kind] for kind, _ in kinds if kind in _TOLD)
        self._tells = self._tells or bool(told)
        steps = acts(request, response, is_whole=is_whole)
        if response is None or not self._tells:
            steps = _likely(steps, is_failed=response is not None and has_failed(response))
        certain: list[Effect] = []
        if told and told[0] is Op.BEGIN and Op.BEGIN not in _ops(steps):
            certain += self._apply(told.popleft())
        for each in steps:
            if isinstance(each, Effect):
                certain += self._written(each)
            elif not told or each.op is not told[0]:
                certain += self._unconfirmed(each, is_believed=response is None or not self._tells)
            else:
                certain += self._apply(told.popleft())
        for op in told:
            certain += self._apply(op)
        certain = [
            each if each.request is request else each._replace(at_ns=request.at_ns)
            for each in certain
        ]
        return _as_sent(certain) if response is None else certain

    def found_open(self) -> None:
        """A request says that it belongs to a transaction whose begin was not seen."""
        self._tells = True
        self._begin()

    def abandon(self, at_ns: int) -> list[Effect]:
        """Its end was not seen: what was written is taken as sent."""
        return [each._replace(at_ns=at_ns) for each in self._apply(Op.ENDED)]

    def roll_back(self) -> list[Effect]:
        return self._apply(Op.ROLLBACK)

    def _written(self, effect: Effect) -> list[Effect]:
        if effect.reason:
            return [effect]
        if self._implicit and not self.is_open:
            self._begin()
        if not self.is_open:
            return [effect]
        self._rows += len(effect.statement.rows) or 1
        self._characters += self._size(effect)
        self._held.append(effect)
        is_beyond = self._rows > HELD_ROWS_MAX or self._characters > HELD_CHARACTERS_MAX
        if self._is_full or is_beyond:
            # More than is kept back is taken as sent; the rest of the transaction with it.
            self.has_overflown |= not self._is_full
            self._is_full = True
            released, self._held = self._held, []
            self._marks.clear()
            return _as_sent(released)
        return []

    def _size(self, effect: Effect) -> int:
        """Characters that are kept with it: its request's, once, and its values'."""
        is_next = not self._held or self._held[-1].request is not effect.request
        values = chain.from_iterable(effect.statement.rows)
        size = sum(len(value) for value in values if isinstance(value, str))
        return size + (len(effect.request.sql) if is_next else 0)

    def _unconfirmed(self, step: Step, *, is_believed: bool) -> list[Effect]:
        """The server did not tell of it: a savepoint, an inner transaction, or it never tells."""
        if step.op is Op.SAVE:
            if self.is_open and len(self._marks) < SAVEPOINTS_MAX:
                self._marks[step.name] = len(self._held)
        elif step.op in (Op.IMPLICIT_ON, Op.IMPLICIT_OFF):
            self._implicit = step.op is Op.IMPLICIT_ON
        elif step.op is Op.ROLLBACK and step.name in self._marks:
            place = self._marks[step.name]
            undone, self._held = self._held[place:], self._held[:place]
            return _undone(undone)
        elif is_believed:
            return self._believed(step.op)
        return []

    def _believed(self, op: Op) -> list[Effect]:
        if op is Op.BEGIN and self.is_open and not self.is_doubtful:
            self._depth += 1
            return []
        if op is Op.BEGIN:
            return self._apply(Op.ENDED) + self._begin()
        if op is Op.COMMIT and self._depth > 1:
            self._depth -= 1
            return []
        return self._apply(op)

    def _apply(self, op: Op) -> list[Effect]:
        if op is Op.BEGIN:
            return self._begin()
        held = self._held
        self.is_open = False
        self._clear()
        if op is Op.ENDED:
            return _as_sent(held)
        return held if op is Op.COMMIT else _undone(held)

    def _begin(self) -> list[Effect]:
        """An inner BEGIN is not told of: one that is, is the outermost."""
        if not self.is_open:
            self._clear()
            self.is_open = True
            self._depth = 1
        return []


def _ops(steps: Iterable[Effect | Step]) -> set[Op]:
    return {each.op for each in steps if isinstance(each, Step)}


def _likely(steps: Sequence[Effect | Step], *, is_failed: bool) -> list[Effect | Step]:
    """Where a text can both commit and roll back, whether it failed decides which of them it did.

    IF @@ERROR <> 0 ROLLBACK ELSE COMMIT; BEGIN TRY … COMMIT END TRY BEGIN CATCH ROLLBACK END CATCH.
    """
    taken = Op.ROLLBACK if is_failed else Op.COMMIT
    kept: list[Effect | Step] = []
    open_from = 0
    for place, each in enumerate([*steps, Step(Op.BEGIN)]):
        if isinstance(each, Step) and each.op is Op.BEGIN:
            span = steps[open_from:place]
            may_do_both = _ops(span) >= _ENDS
            kept += [
                step
                for step in span
                if not (
                    may_do_both
                    and isinstance(step, Step)
                    and step.op in _ENDS
                    and step.op is not taken
                )
            ]
            open_from = place
    return kept


def _undone(effects: Iterable[Effect]) -> list[Effect]:
    return [effect._replace(reason=ROLLED_BACK) for effect in effects]


def _as_sent(effects: Iterable[Effect]) -> list[Effect]:
    return [effect._replace(outcome=UNANSWERED) for effect in effects]
