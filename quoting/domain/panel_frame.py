"""A panel as screens get it: whole once, then what has changed since, and two changes as one.

A frame is `{"head": {...}, "cells": [[index, ...]]}`. A whole one says so by `whole: 1` and has
every field; later ones only fields that differ. A cell's change is `[index, price]` where it is its
confirmed price alone that moved, else `[index, {fields}]`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from quoting.domain.view import CellView, PanelView

Fields = dict[str, Any]
# What moves together where a price that stands is replaced by another.
_PRICE_FIELDS = frozenset(("price", "target", "published"))


class Shot(msgspec.Struct, frozen=True):
    """A panel at a moment, in fields."""

    head: Fields
    cells: tuple[Fields, ...]


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """What has changed from one shot to another."""

    head: Fields = {}
    cells: tuple[tuple[int, Any], ...] = ()
    whole: int = 0


def shot(view: PanelView, more: Mapping[str, Any]) -> Shot:
    """`more`: what the screen needs beside the book's own view: digits, value date, choices."""
    head = msgspec.to_builtins(view)
    del head["cells"]
    head.update(more)
    return Shot(head, tuple(_cell(each) for each in view.cells))


def whole(now: Shot) -> Frame:
    return Frame(now.head, tuple(enumerate(now.cells)), 1)


def changes(before: Shot, now: Shot) -> Frame | None:
    """None where nothing has; whole where levels came or went."""
    if len(before.cells) != len(now.cells):
        return whole(now)
    head = {name: value for name, value in now.head.items() if before.head.get(name) != value}
    cells = []
    for index, (old, new) in enumerate(zip(before.cells, now.cells, strict=True)):
        changed = {name: value for name, value in new.items() if old[name] != value}
        if changed:
            cells.append((index, _short(changed)))
    return Frame(head, tuple(cells)) if head or cells else None


def merged(first: Frame, then: Frame) -> Frame:
    """What a screen has to be told that saw neither."""
    if then.whole:
        return then
    cells = {index: _long(change) for index, change in first.cells}
    for index, change in then.cells:
        cells[index] = {**cells.get(index, {}), **_long(change)}
    shown = tuple((index, _short(cells[index])) for index in sorted(cells))
    return Frame({**first.head, **then.head}, shown, first.whole)


def _cell(view: CellView) -> Fields:
    fields: Fields = msgspec.to_builtins(view)
    # Details tells these, on demand; ages are told by clocks on the screen.
    for name in ("market", "addends", "age_ms"):
        del fields[name]
    return fields


def _short(changed: Fields) -> Any:
    """The price alone, where all three are it."""
    values = set(changed.values()) if changed.keys() == _PRICE_FIELDS else set()
    return values.pop() if len(values) == 1 else changed


def _long(change: Any) -> Fields:
    return change if isinstance(change, dict) else dict.fromkeys(sorted(_PRICE_FIELDS), change)
