"""Follow a data file through its states: claimed by one worker, watched, ended."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from monitoring.actions.check_data_rows import Rejects
from monitoring.data_words import said_of_file, said_of_known
from monitoring.domain.data_mapping import FileFaulty
from monitoring.models.data_file import DataFile, DataReject
from riskgw.rows import insert

# Whoever has not been heard of for so long has ended.
SILENT_SECONDS = 60
TRIES_MAX = 5
TOLD_SECONDS = 0.5
_State = DataFile.State
WORKED_AT = (_State.READING, _State.CHECKING, _State.STORING)
OPEN = (_State.WAITING, *WORKED_AT)
_REJECT = ("file", "row", "column", "code", "value", "text_en", "text_zh")


class Superseded(Exception):
    """Another worker has begun the file anew."""


class Stopped(Exception):
    """The run has to end; the file waits for the next."""


class Following:
    """One taking of one file."""

    def __init__(
        self, row: DataFile, tell: Callable[[], None], is_stopping: Callable[[], bool]
    ) -> None:
        self.number, self.name = row.pk, row.name
        self._attempt = row.attempt
        self._tell, self._is_stopping = tell, is_stopping
        self._told = 0.0

    def change(self, **values: Any) -> None:
        """By whoever has begun it last, nobody else."""
        mine = DataFile.objects.filter(pk=self.number, attempt=self._attempt, state__in=OPEN)
        if mine.update(seen_at=timezone.now(), **values) != 1:
            raise Superseded(self.number)

    def enter(self, state: DataFile.State, **values: Any) -> None:
        self.change(state=state, **values)
        self._tell()

    def progress(self, rows_checked: int) -> None:
        """Called for every row; tells now and then."""
        if rows_checked % 100:
            return
        now = time.monotonic()
        if now - self._told < TOLD_SECONDS:
            return
        self._told = now
        if self._is_stopping():
            raise Stopped
        self.change(rows_checked=rows_checked)
        self._tell()

    def alive(self, count: int) -> None:
        """While rows are read, of which nobody knows yet how many there are."""
        if count % 1_000 == 0:
            if self._is_stopping():
                raise Stopped
            self.change()

    def done(self, created: int, updated: int, unchanged: int) -> None:
        self.change(
            state=_State.DONE, ended_at=timezone.now(), created=created, updated=updated,
            unchanged=unchanged, rows_checked=F("rows_total"), code="",
        )  # fmt: skip

    def known(self, first: DataFile) -> None:
        text = said_of_known(first.pk, first.name)
        self.change(
            state=_State.KNOWN, ended_at=timezone.now(), code="known", reason_en=text.en,
            reason_zh=text.zh,
        )  # fmt: skip

    def refuse(self, fault: FileFaulty, rejects: Rejects | None = None) -> None:
        """The reason and the refused values in one commit."""
        text = said_of_file(fault)
        found = rejects or Rejects()
        if fault.row:
            found.add(fault.row, "", fault.code, "", text)
        rows = [
            (self.number, each.row, each.column[:80], each.code[:40], each.value, *each.said)
            for each in found.rows
        ]
        checked = {} if rejects is None else {"rows_checked": F("rows_total")}
        with transaction.atomic():
            DataReject.objects.filter(file=self.number).delete()
            insert(DataReject, _REJECT, rows)
            self.change(
                state=_State.REFUSED, ended_at=timezone.now(), code=fault.code,
                reason_en=text.en, reason_zh=text.zh, rejects_total=found.total, **checked,
            )  # fmt: skip

    def wait(self) -> None:
        self.change(state=_State.WAITING)


def claim(row: DataFile) -> bool:
    """Whether it is ours now: it waits, or whoever began it is silent."""
    silent = timezone.now() - timedelta(seconds=SILENT_SECONDS)
    free = Q(state=_State.WAITING) | Q(state__in=WORKED_AT, seen_at__lt=silent)
    changed = DataFile.objects.filter(free, pk=row.pk, attempt=row.attempt).update(
        state=_State.READING, attempt=row.attempt + 1, tries=F("tries") + 1,
        begun_at=timezone.now(), seen_at=timezone.now(), ended_at=None, rows_total=None,
        rows_checked=0, created=0, updated=0, unchanged=0, rejects_total=0, code="",
        reason_en="", reason_zh="",
    )  # fmt: skip
    if changed == 1:
        row.refresh_from_db()
        DataReject.objects.filter(file=row).delete()
    return changed == 1
