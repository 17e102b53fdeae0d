"""A made-up market as a tape, and its faults as labels beside it."""

import json
from collections.abc import Iterable, Iterator, Mapping

from quoting.domain.digits import exact
from quoting.domain.generated_market import Quoted
from quoting.domain.generated_market_faults import Fault
from quoting.wire.sources.tape import HEADER


def tape(quotes: Iterable[Quoted], decimals: Mapping[str, int]) -> Iterator[str]:
    """Lines with the best step of every quote; providers are named with their source."""
    yield HEADER + "\n"
    for quoted in quotes:
        digits = decimals[quoted.pair]
        (bid, bid_size), (ask, ask_size) = quoted.bids[0], quoted.asks[0]
        prices = f"{exact(bid, digits)},{exact(ask, digits)},{bid_size},{ask_size}"
        yield f"{quoted.at_ns},{quoted.source}:{quoted.provider},{quoted.pair},{prices}\n"


def labels(faults: Iterable[Fault], start_ns: int, end_ns: int) -> str:
    """JSON: the faults that begin before the tape ends."""
    shown = [each.label(start_ns) for each in faults if start_ns + each.from_ns < end_ns]
    return json.dumps(shown, indent=1) + "\n"
