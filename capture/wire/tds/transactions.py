"""What requests do to transactions (MS-TDS 2.2.6.9; T-SQL BEGIN, COMMIT, ROLLBACK, SAVE)."""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from capture.wire.tds.reader import Reader
from capture.wire.tds.requests import headers_size
from capture.wire.tds.sql import Statement, without_comments
from capture.wire.tds.version import Version

STEPS_MAX = 10_000
REMEMBERED_TEXTS_MAX = 256
REMEMBERED_CHARACTERS_MAX = 8192  # of each


class Op(StrEnum):
    """What is done to a transaction."""

    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    SAVE = "save"
    # Every write begins a transaction of its own accord, from here on or no longer.
    IMPLICIT_ON = "implicit_on"
    IMPLICIT_OFF = "implicit_off"
    ENDED = "ended"


class Step(NamedTuple):
    """One such act; `name` is a savepoint's or the transaction's own."""

    op: Op
    name: str = ""


_REQUESTS = {5: Op.BEGIN, 7: Op.COMMIT, 8: Op.ROLLBACK, 9: Op.SAVE}
_OPS = frozenset(_REQUESTS.values())
_OTHER_REQUESTS = {0: "dtc_address", 1: "propagate", 6: "promote"}
_BEGINS_NEXT = 1
_DESCRIPTOR_HEADER = 2
_DESCRIPTOR_BYTES = 18

# Words that cannot be a transaction's name: the next statement has begun.
_KEYWORDS = (
    "ALTER|BEGIN|BREAK|CLOSE|COMMIT|CONTINUE|CREATE|DEALLOCATE|DECLARE|DELETE|DROP|ELSE|END|EXEC"
    "|EXECUTE|FETCH|GO|GOTO|IF|INSERT|MERGE|OPEN|PRINT|RAISERROR|RETURN|ROLLBACK|SAVE|SELECT|SET"
    "|THROW|TRUNCATE|UPDATE|USE|WAITFOR|WHILE|WITH|WORK"
)
_NAME = rf"(?:\s*+(?!(?:{_KEYWORDS})\b)(\[[^\]]*+\]|[@\w#$]++))?"
_STEP = re.compile(
    r"'(?:[^']|'')*+(?:'|\Z)|\[(?:[^\]]|\]\])*+(?:\]|\Z)|\"(?:[^\"]|\"\")*+(?:\"|\Z)"
    rf"|\b(?P<begin>BEGIN)\s++(?:DISTRIBUTED\s++)?TRAN(?:SACTION)?\b{_NAME}"
    rf"|\b(?P<save>SAVE)\s++TRAN(?:SACTION)?\b{_NAME}"
    rf"|\b(?P<commit>COMMIT)\b(?:\s++(?:TRAN(?:SACTION)?\b{_NAME}|WORK\b))?"
    rf"|\b(?P<rollback>ROLLBACK)\b(?:\s++(?:TRAN(?:SACTION)?\b{_NAME}|WORK\b))?"
    r"|\bSET\s++IMPLICIT_TRANSACTIONS\s++(?P<implicit>ON|OFF)\b",
    re.IGNORECASE,
)


def concerns_transactions(sql: str) -> bool:
    """Whether a text could say anything about a transaction; cheap, and true too often."""
    upper = sql.upper()
    return "TRAN" in upper or "COMMIT" in upper or "ROLLBACK" in upper


def with_steps(sql: str, statements: Sequence[Statement]) -> list[Statement | Step]:
    """The statements of a text with steps in place of those that control transactions."""
    found = steps_of(sql)
    named = [step for step in found if step.op in _OPS]
    ops = [Op(each.verb) for each in statements if each.verb in _OPS]
    if ops != [step.op for step in named]:  # in a text within the text: names are not known
        named = [Step(op) for op in ops]
    steps = iter(named)
    changes: list[Statement | Step] = [step for step in found if step.op not in _OPS]
    return changes + [next(steps) if each.verb in _OPS else each for each in statements]


def steps_of(sql: str) -> tuple[Step, ...]:
    """What a text does to transactions."""
    return _steps(sql) if len(sql) > REMEMBERED_CHARACTERS_MAX else _steps_before(sql)


def _steps(sql: str) -> tuple[Step, ...]:
    if "--" in sql or "/*" in sql:
        sql = without_comments(sql)
    matches = (match for match in _STEP.finditer(sql) if match.lastindex is not None)
    return tuple(_step(match) for match in islice(matches, STEPS_MAX))


_steps_before = lru_cache(maxsize=REMEMBERED_TEXTS_MAX)(_steps)


def _step(match: re.Match[str]) -> Step:
    if match["implicit"]:
        return Step(Op.IMPLICIT_ON if match["implicit"].upper() == "ON" else Op.IMPLICIT_OFF)
    verb = next(op for op in _REQUESTS.values() if match[op.value])
    names = [group for group in match.groups() if group and group.upper() != verb.value.upper()]
    return Step(verb, names[0].strip("[]").lower() if names else "")


def transaction_request(data: bytes, version: Version) -> tuple[dict[str, Any], tuple[Step, ...]]:
    """The `tran` message and what it does; a commit may begin the next transaction at once."""
    reader = Reader(data, headers_size(data, version))
    kind = reader.u16()
    op = _REQUESTS.get(kind)
    if op is None:
        return {"op": _OTHER_REQUESTS.get(kind, f"request_{kind}")}, ()
    if op is Op.BEGIN:
        reader.skip(1)  # isolation level
    name = _name(reader)
    fields: dict[str, Any] = {"op": op.value}
    steps = [Step(op, name.lower())]
    if name:
        fields["name"] = name
    if op in (Op.COMMIT, Op.ROLLBACK) and reader.left and reader.u8() & _BEGINS_NEXT:
        fields["begins"] = True
        steps.append(Step(Op.BEGIN))
    return fields, tuple(steps)


def _name(reader: Reader) -> str:
    """Length in bytes, as all clients write it."""
    size = reader.u8() if reader.left else 0
    return reader.take(size).decode("utf-16-le", "replace")


def descriptor(data: bytes) -> int:
    """The transaction that a request's ALL_HEADERS say it belongs to; 0 for none (2.2.5.3.2)."""
    end = min(int.from_bytes(data[:4], "little"), len(data))
    at = 4
    while at + 6 <= end:
        size = int.from_bytes(data[at : at + 4], "little")
        kind = int.from_bytes(data[at + 4 : at + 6], "little")
        if kind == _DESCRIPTOR_HEADER and size == _DESCRIPTOR_BYTES:
            return int.from_bytes(data[at + 6 : at + 14], "little")
        if size < 6:
            break
        at += size
    return 0
