"""What a decoding run counts."""

from collections import Counter
from typing import Any

from riskgw.messages.problem import Problem, ProblemKind

# Of one protocol; messages of further types are counted together.
TYPES_MAX = 10_000
_OTHER = "other"


class Summary:
    """Counts of messages by protocol and type, of events and of problems.

    Messages whose layout is not known are counted by type once more.
    """

    def __init__(self) -> None:
        self.messages: dict[str, Counter[str]] = {}
        self.undecoded: dict[str, Counter[str]] = {}
        self.events: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()

    def message(self, protocol: str, kind: int | str, *, is_decoded: bool = True) -> None:
        _count(self.messages.setdefault(protocol, Counter()), str(kind))
        if not is_decoded:
            _count(self.undecoded.setdefault(protocol, Counter()), str(kind))

    def event(self, kind: str) -> None:
        self.events[kind] += 1

    def problem(self, problem: Problem) -> None:
        self.problems[problem.kind] += problem.count

    def damaged(self, damage: str) -> Problem:
        """The problem of a file that could not be read to its end."""
        problem = Problem(ProblemKind.TRUNCATED, damage)
        self.problem(problem)
        return problem

    def not_read(self, link: int) -> Problem:
        """The problem of packets that nobody here looks into."""
        problem = Problem(ProblemKind.UNKNOWN_TYPE, f"packets of link type {link} are not read")
        self.problem(problem)
        return problem

    @property
    def message_count(self) -> int:
        return sum(sum(types.values()) for types in self.messages.values())

    @property
    def event_count(self) -> int:
        return sum(self.events.values())

    def line(self, **measured: Any) -> dict[str, Any]:
        """The JSON summary line of `decode`."""
        undecoded = {name: dict(types) for name, types in self.undecoded.items()}
        return {
            "kind": "summary",
            "packets": measured.pop("packets"),
            "messages": {name: dict(types) for name, types in self.messages.items()},
            "events": dict(self.events),
            "problems": dict(self.problems),
            # Only where there are any: most captures have none.
            **({"undecoded": undecoded} if undecoded else {}),
            **measured,
        }


def _count(types: Counter[str], kind: str) -> None:
    types[kind if kind in types or len(types) < TYPES_MAX else _OTHER] += 1
