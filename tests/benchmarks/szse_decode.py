"""SZSE Binary from file to fields: CPU time a message, by Python alone and by the compiled kernel.

Beside them tshark with Lua, a dpkt script, and for the kernel tcpdump, which only reads and writes.
"""

import statistics
from collections.abc import Sequence

from capture.wire import kernel
from tests.benchmarks import tcpdump, tshark
from tests.benchmarks.captures import Workshop
from tests.benchmarks.decoders import microseconds
from tests.benchmarks.figures import NOT_INSTALLED, Figure, compared, median_us

ROUNDS, TSHARK_ROUNDS = 7, 3
TSHARK_GOAL, DPKT_GOAL = 15, 2
COMPILED_TSHARK_GOAL, COMPILED_DPKT_GOAL, TCPDUMP_GOAL_MAX = 80, 8, 4
CAPTURES = {"szse-packed": "packed to the MTU", "szse-single": "one message a segment"}
_TSHARK_NINE = "tshark+Lua, nine fields"
_TSHARK, _DPKT, _DPKT_TUNED = "tshark+Lua", "dpkt", "dpkt, our checksum"
_TCPDUMP, _PURE, _VALUES = "tcpdump -w /dev/null", "pure Python", "compiled, as Python values"

_Round = dict[str, float]


def measure(workshop: Workshop) -> list[Figure]:
    figures = []
    for capture, shape in CAPTURES.items():
        rounds = [_round(workshop, capture, number) for number in range(ROUNDS)]
        what = f"SZSE decode, a message, {shape}"
        pure = [_as_ours(each, _PURE) for each in rounds]
        figures.append(compared(what, _TSHARK, pure, TSHARK_GOAL))
        figures.append(compared(what, _TSHARK_NINE, pure, None))
        figures.append(compared(what, _DPKT, pure, DPKT_GOAL))
        figures.append(compared(what, _DPKT_TUNED, pure, None))
        if kernel.COMPILED is not None:
            figures += _compiled(f"{what}, compiled", rounds)
    return figures


def _compiled(what: str, rounds: Sequence[_Round]) -> list[Figure]:
    values = [_as_ours(each, _VALUES) for each in rounds]
    return [
        compared(what, _TSHARK, rounds, COMPILED_TSHARK_GOAL),
        compared(what, _DPKT, rounds, COMPILED_DPKT_GOAL),
        _beside_tcpdump(what, rounds),
        compared(what, _PURE, rounds, None),
        compared(f"{what}, as Python values", _PURE, values, None),
    ]


def _beside_tcpdump(what: str, rounds: Sequence[_Round]) -> Figure:
    ours, goal = median_us(each["ours"] for each in rounds), f"≤ {TCPDUMP_GOAL_MAX}×"
    pairs = [each for each in rounds if _TCPDUMP in each]
    if not pairs:
        return Figure(what, ours, f"{_TCPDUMP}: {NOT_INSTALLED}", "", goal, None, rounds)
    ratios = [each["ours"] / each[_TCPDUMP] for each in pairs]
    ratio = statistics.median(ratios)
    return Figure(
        what,
        ours,
        f"{_TCPDUMP} {median_us(each[_TCPDUMP] for each in pairs)}",
        f"{ratio:.1f}× ({min(ratios):.1f}-{max(ratios):.1f})",
        goal,
        ratio <= TCPDUMP_GOAL_MAX,
        [{name: each[name] for name in ("ours", _TCPDUMP)} for each in pairs],
    )


def _as_ours(each: _Round, name: str) -> _Round:
    return {**each, "ours": each[name]}


def _round(workshop: Workshop, capture: str, number: int) -> _Round:
    """All tools once, one after the other, so that the machine's moods hit them alike.

    Ours in Python before and after them: a peer that takes long sees other moods than one run.
    """
    figures = {
        _PURE: microseconds("szse-ours", workshop, capture, is_pure=True),
        _DPKT: microseconds("szse-dpkt", workshop, capture),
        _DPKT_TUNED: microseconds("szse-dpkt-tuned", workshop, capture),
    }
    if kernel.COMPILED is not None:
        figures["ours"] = microseconds("szse-rows", workshop, capture)
        figures[_VALUES] = microseconds("szse-ours", workshop, capture)
        if tcpdump.is_installed():
            figures[_TCPDUMP] = tcpdump.microseconds(workshop, capture)
    if number < TSHARK_ROUNDS and tshark.is_installed():
        figures[_TSHARK] = tshark.microseconds(tshark.SZSE, workshop, capture)
        figures[_TSHARK_NINE] = tshark.microseconds(tshark.SZSE_NINE, workshop, capture)
    after = microseconds("szse-ours", workshop, capture, is_pure=True)
    figures[_PURE] = (figures[_PURE] + after) / 2
    return figures
