"""A market CSV played back: docs/protocols/market-frame.md has its columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from riskgw.messages.market import (
    LINE_CHARS_MAX,
    MarketDataError,
    Snapshot,
    market_csv,
)

SUFFIX = ".market.csv"


class NoMarketData(Exception):
    """A file that cannot be read, or is no market data."""


def beside(captures: Sequence[Path]) -> list[Path]:
    """The market files that lie beside captures: DAY.market.csv for DAY.pcap."""
    paths = [path.with_suffix(SUFFIX) for path in captures]
    return [path for path in dict.fromkeys(paths) if path.is_file()]


def snapshots(path: Path) -> Iterator[Snapshot | MarketDataError]:
    """A file's snapshots and what is wrong with its other lines; NoMarketData for no such file."""
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            yield from market_csv(_lines(file))
    except OSError as error:
        raise NoMarketData(f"{path}: {error.strerror}") from None
    except MarketDataError as error:
        raise NoMarketData(f"{path}: {error}") from None


def _lines(file: TextIO) -> Iterator[str]:
    """Lines of a bounded length: what is longer comes in pieces, each of which is no snapshot."""
    while line := file.readline(LINE_CHARS_MAX + 1):
        yield line


class CsvReplay:
    """Several files as one market, by time."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._readers = [snapshots(path) for path in paths]
        self._next: list[Snapshot | None] = [None] * len(paths)
        self.refused = 0
        self.last_fault = ""
        for place in range(len(paths)):
            self._read(place)

    @property
    def is_done(self) -> bool:
        return all(snapshot is None for snapshot in self._next)

    def until(self, at_ns: int) -> Iterator[Snapshot]:
        """What was made up to this time and was not yet given."""
        while True:
            waiting = [(each.ns, place) for place, each in enumerate(self._next) if each]
            if not waiting or min(waiting)[0] > at_ns:
                return
            place = min(waiting)[1]
            snapshot = self._next[place]
            assert snapshot is not None
            self._read(place)
            yield snapshot

    def _read(self, place: int) -> None:
        self._next[place] = None
        for found in self._readers[place]:
            if isinstance(found, Snapshot):
                self._next[place] = found
                return
            self.refused += 1
            self.last_fault = str(found)
