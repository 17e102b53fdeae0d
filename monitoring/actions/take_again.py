"""Take a data file in again: one that was refused, or whose mapping has been mended since."""

from django.contrib.auth.models import User

from monitoring.models import DataFile

_State = DataFile.State


class FileUnknown(LookupError):
    """There is no such file."""


class FileBusy(ValueError):
    """It is being taken in, or waits for it."""


class FileDone(ValueError):
    """It was taken in, and its mapping is as it was."""


class FileForgotten(ValueError):
    """It is no longer kept."""


def take_again(number: int, by: User) -> DataFile:
    """It waits for the next look; the mapping is chosen anew."""
    row = DataFile.objects.select_related("mapping").filter(pk=number).first()
    if row is None:
        raise FileUnknown(number)
    if row.state not in (_State.REFUSED, _State.DONE):
        raise FileDone(number) if row.state == _State.KNOWN else FileBusy(number)
    if row.state == _State.DONE and not _is_mended(row):
        raise FileDone(number)
    if not row.kept_as:
        raise FileForgotten(number)
    same = DataFile.objects.filter(pk=number, state=row.state, attempt=row.attempt)
    if same.update(state=_State.WAITING, tries=0, asked_by=by.get_username()) != 1:
        raise FileBusy(number)
    row.refresh_from_db()
    return row


def _is_mended(row: DataFile) -> bool:
    changed = row.mapping.changed_at if row.mapping else None
    return bool(changed and row.ended_at and changed > row.ended_at)
