"""SZSE Binary from file to fields: CPU time a message, beside tshark with Lua and a dpkt script."""

from tests.benchmarks import tshark
from tests.benchmarks.captures import Workshop
from tests.benchmarks.decoders import microseconds
from tests.benchmarks.figures import Figure, compared

ROUNDS, TSHARK_ROUNDS = 5, 3
TSHARK_GOAL, DPKT_GOAL = 15, 2
CAPTURES = {"szse-packed": "packed to the MTU", "szse-single": "one message a segment"}
_TSHARK_NINE = "tshark+Lua, nine fields"
_TSHARK, _DPKT, _DPKT_TUNED = "tshark+Lua", "dpkt", "dpkt, our checksum"


def measure(workshop: Workshop) -> list[Figure]:
    figures = []
    for capture, shape in CAPTURES.items():
        rounds = [_round(workshop, capture, number) for number in range(ROUNDS)]
        what = f"SZSE decode, a message, {shape}"
        figures.append(compared(what, _TSHARK, rounds, TSHARK_GOAL))
        figures.append(compared(what, _TSHARK_NINE, rounds, None))
        figures.append(compared(what, _DPKT, rounds, DPKT_GOAL))
        figures.append(compared(what, _DPKT_TUNED, rounds, None))
    return figures


def _round(workshop: Workshop, capture: str, number: int) -> dict[str, float]:
    """All tools once, one after the other, so that the machine's moods hit them alike."""
    figures = {
        "ours": microseconds("szse-ours", workshop, capture),
        _DPKT: microseconds("szse-dpkt", workshop, capture),
        _DPKT_TUNED: microseconds("szse-dpkt-tuned", workshop, capture),
    }
    if number < TSHARK_ROUNDS and tshark.is_installed():
        figures[_TSHARK] = tshark.microseconds(tshark.SZSE, workshop, capture)
        figures[_TSHARK_NINE] = tshark.microseconds(tshark.SZSE_NINE, workshop, capture)
    return figures
