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
    UNKNOWN_COUNTER = "unknown_counter"


# Of the bytes that a problem is about, so many are kept.
EXCERPT_BYTES_MAX = 64


class Problem(msgspec.Struct, frozen=True):
    """`size` in bytes, where bytes were lost or skipped.

    `data` holds the first bytes it is about, `behind` how far its place in the stream lies behind
    what has come by now. Without data the place is where the stream stood.
    """

    kind: ProblemKind
    detail: str
    size: int = 0
    count: int = 1
    data: bytes = b""
    behind: int = 0


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
