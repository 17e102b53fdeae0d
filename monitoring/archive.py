"""Captures that are kept by trading day: DAY.pcap, DAY-anything.pcap.gz, DAY.market.csv."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

_SUFFIXES = (".pcap", ".pcapng", ".pcap.gz", ".pcapng.gz")
DAYS_MAX = 366
_DATE_SIZE = len("2026-11-23")


class NothingKept(ValueError):
    """No capture of these days is there; the text says where it was looked for."""


def captures_of(folder: Path, first: date, last: date) -> list[Path]:
    """All captures from one trading day to another, both included, the oldest first."""
    found = [path for day in _days(first, last) for path in _of_day(folder, day)]
    if not found:
        raise NothingKept(f"no capture of {first} to {last} in {folder}")
    return found


def kept_days(folder: Path) -> list[date]:
    """The trading days of which there are captures, the newest first; at most `DAYS_MAX`."""
    names = {path.name[:_DATE_SIZE] for path in folder.glob("*") if path.name.endswith(_SUFFIXES)}
    return sorted(filter(None, map(_day, names)), reverse=True)[:DAYS_MAX]


def days_of(text: str) -> tuple[date, date]:
    """`D1..D2` or one day; ValueError."""
    first, dots, last = text.partition("..")
    begin = date.fromisoformat(first)
    end = date.fromisoformat(last) if dots else begin
    if not timedelta(0) <= end - begin < timedelta(days=DAYS_MAX):
        raise ValueError(f"{text}: at most {DAYS_MAX} days, the first one first")
    return begin, end


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _of_day(folder: Path, day: date) -> list[Path]:
    return sorted(path for path in folder.glob(f"{day}*") if path.name.endswith(_SUFFIXES))
