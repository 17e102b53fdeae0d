"""What the engine holds of each pair, kept from one run to the next: written with every deal."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from quoting.domain.position import Position

Positions = dict[str, Position]


class PositionFile:
    """Put in place whole. What was written outlives the process, not a loss of power."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Positions:
        """None where there is no file yet; one that is damaged is an error that somebody sees."""
        if not self._path.exists():
            return {}
        return msgspec.json.decode(self._path.read_bytes(), type=Positions)

    def write(self, positions: bytes) -> None:
        """As `encoded` has them."""
        beside = self._path.with_suffix(".new")
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(file, "wb") as out:  # noqa: PTH123  # of a descriptor that others cannot read
            out.write(positions)
        beside.replace(self._path)


def encoded(positions: Mapping[str, Position]) -> bytes:
    return msgspec.json.encode(positions)
