"""Keep a file of thresholds as a draft; what is wrong with it is said line by line."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction

from monitoring.actions.read_pack import Rows
from monitoring.domain.parameter_pack import Line, LineFault, pack_faults, read_lines
from monitoring.domain.spec_order import scope_names
from monitoring.models import PackLine, ParameterPack
from monitoring.rule_queries import specs_of_rules

BATCH_SIZE = 1_000


class PackFaulty(ValueError):
    """Lines of the file are refused; nothing was stored."""

    def __init__(self, found: list[LineFault]) -> None:
        super().__init__(f"{len(found)} faults")
        self.faults = found


class PackTitle(NamedTuple):
    """What a pack is called, from when on it is meant, and why."""

    name: str
    effective_from: date
    note: str = ""


def checked_lines(rows: Rows, effective_from: date) -> list[Line]:
    """The lines of a file that fit the rules as they stand; PackFaulty if not all do."""
    lines, found = read_lines(rows, effective_from.isoformat())
    found += pack_faults(lines, specs_of_rules({line.rule for line in lines}))
    if found:
        raise PackFaulty(sorted(found))
    return lines


@transaction.atomic
def store_pack(title: PackTitle, lines: Sequence[Line], author: User) -> ParameterPack:
    """A draft: it changes nothing until another user applies it."""
    pack = ParameterPack.objects.create(**title._asdict(), author=author)
    PackLine.objects.bulk_create([_row(pack, line) for line in lines], batch_size=BATCH_SIZE)
    return pack


def import_pack(title: PackTitle, rows: Rows, author: User) -> ParameterPack:
    """The draft of a file whose lines all fit."""
    return store_pack(title, checked_lines(rows, title.effective_from), author)


def _row(pack: ParameterPack, line: Line) -> PackLine:
    threshold = line.threshold
    assert threshold.effective_from is not None
    return PackLine(
        pack=pack,
        number=line.number,
        rule=line.rule,
        condition=line.condition,
        level=threshold.level,
        scope=scope_names(threshold.scope),
        value=Decimal(threshold.value),
        effective_from=date.fromisoformat(threshold.effective_from),
        source_note=threshold.source_note,
    )
