"""What was counted of one TCP session."""

from riskgw.messages.problem import Problem, ProblemKind

_LOST = (ProblemKind.GAP, ProblemKind.TRUNCATED)


class SessionCounts:
    """Counted where its messages and problems pass; `last_ns` is the time of the last of them."""

    __slots__ = (
        "encrypted_bytes", "events", "gaps", "last_ns", "lost_bytes", "messages", "origin",
        "problems", "since_ns",
    )  # fmt: skip

    def __init__(self) -> None:
        self.since_ns = 0
        self.last_ns = 0
        self.messages = 0
        self.events = 0
        self.gaps = 0
        self.lost_bytes = 0
        self.problems = 0
        self.encrypted_bytes = 0
        # The PBU or database of its newest event.
        self.origin = ""

    def met(self, problem: Problem) -> None:
        self.problems += problem.count
        if problem.kind in _LOST:
            self.gaps += 1
            self.lost_bytes += problem.size
        elif problem.kind is ProblemKind.ENCRYPTED:
            self.encrypted_bytes += problem.size
