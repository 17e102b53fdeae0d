"""Tapes of prices, CSV: `ns,source,pair,bid,ask[,bid_size,ask_size]`, with or without that header.

`source` may name a provider of it: `CMDSB:BCHO`. A row with an empty bid or ask quotes one side.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from quoting.domain.events import ProviderDown, Tick
from quoting.domain.source_settings import SourcePair
from quoting.domain.sources import Steps
from quoting.wire.sources.problems import (
    BadPrice,
    Problem,
    Said,
    Trouble,
    disowned,
    problem,
    ticks,
    units,
)

HEADER = "ns,source,pair,bid,ask,bid_size,ask_size"
ROW_CHARACTERS_MAX = 1_024
_WIDTHS = (5, 6, 7)
_NS_DIGITS_MAX = 19


class Row(NamedTuple):
    """What a row says, and when."""

    at_ns: int
    said: Said


def rows(lines: Iterable[str], pairs: Iterable[SourcePair]) -> Iterator[Row | Problem]:
    """The rows of a tape in its order; what is none is a problem with its number."""
    wanted = {pair.name_there: pair for pair in pairs}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or (number == 1 and text.lower().startswith("ns,")):
            continue
        yield _row(text, number, wanted)


def _row(text: str, number: int, wanted: dict[str, SourcePair]) -> Row | Problem:
    fields = text.split(",")
    if len(text) > ROW_CHARACTERS_MAX or len(fields) not in _WIDTHS:
        return problem(Trouble.UNREADABLE, f"row {number}: {len(fields)} fields")
    ns, name, symbol, *prices = (field.strip() for field in fields)
    if not (ns.isascii() and ns.isdecimal() and len(ns) <= _NS_DIGITS_MAX):
        return problem(Trouble.NO_TIME, f"row {number}: {ns[:40]!r}")
    pair = wanted.get(symbol)
    if pair is None:
        return problem(Trouble.UNKNOWN_SYMBOL, f"row {number}: {symbol[:40]!r}")
    source, _, provider = name.partition(":")
    if not source:
        return problem(Trouble.UNREADABLE, f"row {number}: no source")
    return Row(int(ns), _said(pair, source, provider or source, prices))


def _said(pair: SourcePair, source: str, provider: str, prices: list[str]) -> Said:
    bid, ask, bid_size, ask_size = (*prices, "", "")[:4]
    try:
        bids = _step(bid, bid_size, pair.decimals)
        asks = _step(ask, ask_size, pair.decimals)
    except BadPrice as wrong:
        return disowned(wrong.problem, pair.pair, source, provider)
    if not bids and not asks:
        return [ProviderDown(pair.pair, source, provider)]
    return [Tick(pair.pair, source, provider, bids, asks)]


def _step(price: str, size: str, decimals: int) -> Steps:
    return ((ticks(price, decimals), units(size or "0")),) if price else ()
