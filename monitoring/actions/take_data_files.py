"""Take in what lies in the drop folder, and what somebody wants to be taken in again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from monitoring.actions.follow_data_file import OPEN, Following, Stopped, Superseded, claim
from monitoring.actions.take_data_file import Taking, take_data_file
from monitoring.io.drop_folder import DONE, REJECTED, DropFolder, Dropped
from monitoring.models.data_file import DataFile

# In one run; the rest comes with the next.
FILES_MAX = 50
_LISTED_MAX = 20
_State = DataFile.State
_FOLDERS = {_State.DONE: DONE, _State.KNOWN: DONE, _State.REFUSED: REJECTED}


@dataclass(frozen=True)
class Run:
    """What a run works with; `tell` is called when there is something new to show."""

    now_ns: int
    at_ns: Callable[[], int]
    tell: Callable[[], None]
    is_stopping: Callable[[], bool]


def drop_folder() -> DropFolder:
    """That of the settings; in a process it is one object, which remembers what it saw."""
    return _folder(Path(settings.RISKGW_REPORTS))


_folder = lru_cache(maxsize=4)(DropFolder)


def take_data_files(drop: DropFolder, run: Run) -> int:
    """How many files were taken up."""
    drop.prepare()
    taken = 0
    for row, path in _due(drop, run.now_ns):
        if run.is_stopping() or taken >= FILES_MAX:
            break
        if claim(row):
            _take(drop, row, path, run)
            taken += 1
    return taken


def _due(drop: DropFolder, now_ns: int) -> Iterator[tuple[DataFile, Path]]:
    """Files that lie there, then those that were put away and are asked for again."""
    for dropped in drop.settled(now_ns):
        yield _row_of(dropped), dropped.path
    for row in DataFile.objects.filter(state__in=OPEN).exclude(kept_as="").order_by("pk"):
        yield row, drop.kept(row.folder, row.kept_as)


def _row_of(dropped: Dropped) -> DataFile:
    """The row of a file that was begun already, else a new one."""
    known = DataFile.objects.filter(name=dropped.name, kept_as="")
    begun = known.filter(state__in=OPEN).order_by("pk").first()
    return begun or DataFile.objects.create(name=dropped.name, size=dropped.size)


def _take(drop: DropFolder, row: DataFile, path: Path, run: Run) -> None:
    following = Following(row, run.tell, run.is_stopping)
    try:
        take_data_file(row, Taking(path, following, run.at_ns))
    except Stopped:
        following.wait()
        return
    except Superseded:
        return
    row.refresh_from_db()
    _put_away(drop, row, path)
    run.tell()


def _put_away(drop: DropFolder, row: DataFile, path: Path) -> None:
    """By a name that no other file has; one that is gone was put away by who dropped it."""
    folder, name = _FOLDERS[_State(row.state)], f"{row.pk:06}-{row.name}"
    if row.kept_as:
        drop.forget_reason(row.kept_as)
    try:
        drop.put_away(path, folder, name)
    except FileNotFoundError:
        folder, name = "", ""
    DataFile.objects.filter(pk=row.pk).update(folder=folder, kept_as=name)
    if folder == REJECTED:
        drop.explain(name, _explained(row))


def _explained(row: DataFile) -> str:
    rejects = row.rejects.order_by("pk")[:_LISTED_MAX]
    lines = [row.name, row.reason_en, row.reason_zh, ""]
    lines += [
        f"{each.row}\t{each.column}\t{each.value}\t{each.text_en} {each.text_zh}"
        for each in rejects
    ]
    return "\n".join(lines) + "\n"
