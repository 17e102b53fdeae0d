"""What a feed could not deliver, named: nothing is dropped in silence and nothing is guessed."""

from enum import StrEnum
from typing import Any

import msgspec


class ProblemKind(StrEnum):
    """The closed list of `decode`'s problem words."""

    GAP = "gap"
    OVERLAP_CONFLICT = "overlap_conflict"
    TRUNCATED = "truncated"
    ENCRYPTED = "encrypted"
    MALFORMED = "malformed"
    CHECKSUM = "checksum"
    UNKNOWN_TYPE = "unknown_type"
    MIDSTREAM = "midstream"
    UNANSWERED = "unanswered"
    NOT_EFFECTIVE = "not_effective"
    ORPHAN = "orphan"
    LIMIT = "limit"


class Problem(msgspec.Struct, frozen=True):
    """`size` in bytes, where bytes were lost or skipped."""

    kind: ProblemKind
    detail: str
    size: int = 0
    count: int = 1


def problem_line(problem: Problem, conn: str | None, at_ns: int | None) -> dict[str, Any]:
    return {
        "kind": "problem",
        "problem": problem.kind,
        "conn": conn,
        "at_ns": at_ns,
        "detail": problem.detail,
        "bytes": problem.size,
        "count": problem.count,
    }
