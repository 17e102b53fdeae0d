"""The tables by which engine and browser draw the same digits and show the same panel.

`python -m tests.quoting.shared_cases` writes them anew; static/tests reads them.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from quoting.domain.cell import Gesture
from quoting.domain.digits import DECIMALS_MAX, Digits, checked, drawn
from quoting.domain.events import ChannelDown, Resize
from quoting.domain.panel_frame import Frame, Shot, changes, merged, shot, whole
from quoting.domain.view import panel_view
from quoting.domain.words import Side
from tests.quoting.domain.desk import ASK, BID, CHANNEL, PAIR, SETTINGS, Desk

FOLDER = Path(__file__).parents[2] / "static" / "tests"
DIGITS, FRAMES = FOLDER / "digits.json", FOLDER / "panelFrames.json"
_MODULUS = 1_000_000_007
# 6.4688, 86.655, 1389.25, 15650.5 and 0.00001234 among them, at each number of decimals.
PRICES = (64_688, 86_655, 138_925, 156_505, 1_234, 0, 1, 9, 10, 99, 1_005, 64_701, 11_864_250,
          10**12 - 1, 2**50, -7, -138_925)  # fmt: skip
SHOWN = (
    (64_688, Digits(4, 2, 2)), (64_688, Digits(4, 2, 2, big_figure_len=2)),
    (86_655, Digits(3, 0, 2)), (86_655, Digits(3, 1, 2)), (138_925, Digits(2, 0, 2)),
    (138_925, Digits(2, -2, 2, 2)), (156_505, Digits(1, -2, 2, 1)), (156_505, Digits(1, 0, 2)),
    (1_234, Digits(8, 6, 2)), (1_005, Digits(3, 1, 2)), (15_650, Digits(0, -2, 2)),
    (-35, Digits(2, 0, 2)), (5, Digits(5, 3, 2)), (1_186_425, Digits(5, 2, 2, 1)),
    (1_186_425, Digits(5, 2, 2, 0)),
)  # fmt: skip


def settings(decimals: int) -> Iterator[Digits]:
    """Every way to draw prices of so many decimals, in the order that the browser goes, too."""
    for start in range(-4, decimals + 1):
        for length in (0, 2, 3):
            for rest in (None, 0, 1):
                for big in (None, 2):
                    yield checked(Digits(decimals, start, length, rest, big))


def digest(decimals: int) -> int:
    """One number for every price in every way."""
    found = 0
    for digits in settings(decimals):
        for ticks in PRICES:
            for each in "|".join(drawn(ticks, digits)):
                found = (found * 31 + ord(each)) % _MODULUS
    return found


def digits_table() -> dict[str, Any]:
    return {
        "prices": PRICES,
        "digests": [digest(decimals) for decimals in range(DECIMALS_MAX + 1)],
        "shown": [
            {"ticks": ticks, "digits": digits._asdict(), "parts": drawn(ticks, digits)}
            for ticks, digits in SHOWN
        ],
    }


class _Story:
    """A desk, and what a screen that watches it from now on is told."""

    def __init__(self) -> None:
        self.desk = Desk(SETTINGS).up()
        self.desk.tick(BID, ASK)
        self._more: dict[str, Any] = {"step": 1, "deal_mode": "auto", "tickets": []}
        self._last = self._shot()
        self.frames = [whole(self._last)]

    def _shot(self) -> Shot:
        return shot(panel_view(self.desk.book.panels[PAIR], self.desk.now_ns), self._more)

    def tell(self, **more: Any) -> None:
        self._more = {**self._more, **more}
        now = self._shot()
        frame = changes(self._last, now)
        if frame is not None:
            self.frames.append(frame)
        self._last = now

    def case(self, name: str, frames: list[Frame] | None = None) -> dict[str, Any]:
        panel = {"head": self._last.head, "cells": self._last.cells}
        told = frames or self.frames
        return {"name": name, "frames": msgspec.to_builtins(told), "panel": panel}


def _priced() -> dict[str, Any]:
    story = _Story()
    story.desk.touch(Gesture.START)
    story.tell()
    for step in (1, 2, -1):
        story.desk.tick(BID + step, ASK + step)
        story.tell()
    return story.case("prices that move alone")


def _handled() -> dict[str, Any]:
    story = _Story()
    story.desk.touch(Gesture.START)
    story.tell()
    story.desk.touch(Gesture.NUDGE, Side.BID, 0, -3)
    story.tell()
    story.desk.touch(Gesture.DOUBLE_CLICK, Side.ASK, 1)
    story.tell()
    story.desk.touch(Gesture.ENTER, Side.ASK, 1, ASK + 7)
    story.tell(deal_mode="manual")
    story.desk.touch(Gesture.CLEAR, Side.ASK, 1)
    story.tell()
    story.desk.do(ChannelDown(CHANNEL))
    story.tell()
    return story.case("gestures, and a channel that goes")


def _resized() -> dict[str, Any]:
    story = _Story()
    story.desk.do(Resize(PAIR, 4, 20_000_000))
    story.tell()
    story.desk.touch(Gesture.START, Side.BID, 4)
    story.tell()
    return story.case("a level more comes whole")


def _merged() -> dict[str, Any]:
    """What a slow screen is told: one frame for many."""
    story = _Story()
    story.desk.touch(Gesture.START)
    story.tell()
    story.desk.tick(BID + 1, ASK + 1)
    story.tell()
    story.desk.touch(Gesture.STOP, Side.BID, 0)
    story.tell(deal_mode="manual")
    first, *rest = story.frames
    together = rest[0]
    for each in rest[1:]:
        together = merged(together, each)
    return story.case("changes told as one", [first, together])


def frame_table() -> list[dict[str, Any]]:
    return [_priced(), _handled(), _resized(), _merged()]


def text(table: object) -> str:
    return json.dumps(msgspec.to_builtins(table), separators=(",", ":")) + "\n"


def write() -> None:
    DIGITS.write_text(text(digits_table()))
    FRAMES.write_text(text(frame_table()))


if __name__ == "__main__":
    write()
