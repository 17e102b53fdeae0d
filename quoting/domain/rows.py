"""The cells of a pair by levels: which there are, in which order, and which are leaving."""

from typing import NamedTuple

from quoting.domain.cell import Cell, Phase
from quoting.domain.channel import Channel
from quoting.domain.ladder import BEST, Level
from quoting.domain.publication import Publication
from quoting.domain.words import SIDES, Mode, Side


class Row(NamedTuple):
    """A level's two cells."""

    bid: Cell
    ask: Cell


class Rows:
    """`cells` also has those whose level is gone, until the channel has let go of them."""

    __slots__ = ("_channel", "cells", "levels", "rows")

    def __init__(self, channel: Channel, levels: tuple[Level, ...]) -> None:
        self._channel = channel
        self.cells: dict[tuple[Side, int], Cell] = {}
        self.rows: list[Row] = []
        self.levels: tuple[Level, ...] = ()
        for level in levels:
            self.put(level)
        self.arrange(levels)

    def put(self, level: Level) -> None:
        """Two stopped cells, in the mode of the best ones."""
        for side in SIDES:
            cell = self.cells.get((side, level.number))
            if cell is not None:
                cell.is_leaving = False
                cell.size = level.size
                continue
            best = self.cells.get((side, BEST))
            phase = Phase.AUTO_STOPPED
            if best is not None and best.mode is Mode.MANUAL:
                phase = Phase.MANUAL_OFF
            # Before a session began, what an earlier process left there is unknown.
            publication = Publication(is_unknown=not self._channel.is_up)
            self.cells[side, level.number] = Cell(
                side, level.number, level.size, phase, publication=publication
            )

    def remove(self, number: int) -> None:
        """Stopped cells leave when nothing of them can stand any more."""
        for side in SIDES:
            cell = self.cells[side, number]
            cell.is_leaving = True
            cell.is_editing = False
            if not cell.publication.may_stand and not cell.publication.flight:
                del self.cells[side, number]

    def arrange(self, levels: tuple[Level, ...]) -> None:
        """The order in which they stand, the best first; the same list, as others hold it."""
        self.levels = levels
        self.rows[:] = [
            Row(self.cells[Side.BID, level.number], self.cells[Side.ASK, level.number])
            for level in levels
        ]

    def all(self) -> list[Cell]:
        """Of the levels that are there, the best first."""
        return [cell for row in self.rows for cell in row]
