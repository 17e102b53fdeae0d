"""Store what a data file said, all of it or nothing, in the commit that calls the file done.

As plain values and not as model instances: the write lock is held for a tenth of the time.
"""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from monitoring.actions.check_data_rows import Checked
from monitoring.actions.follow_data_file import Following
from monitoring.domain.data_mapping import FileFault, FileFaulty
from riskgw.rows import at_once, changes, insert

_ADDED, _CHANGED = "+", "~"
_ABOUT = ("history_date", "history_type", "history_change_reason")


def store_rows(model: Any, found: Checked, following: Following) -> None:
    """Checked before the write began: what another has stored since then refuses the file."""
    why = f"{following.name} #{following.number}"[:100]
    try:
        with transaction.atomic():
            _add(model, found)
            _change(model, found)
            _record(model, found.new, _ADDED, why)
            _record(model, found.changed, _CHANGED, why)
            following.done(len(found.new), len(found.changed), found.unchanged)
    except IntegrityError:
        raise FileFaulty(FileFault.CHANGED) from None


def _add(model: Any, found: Checked) -> None:
    """The rows learn their numbers, which history wants."""
    if not found.new:
        return
    meta = model._meta  # noqa: SLF001  # documented
    names = [each.attname for each in meta.concrete_fields if not each.primary_key]
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0  # noqa: SLF001  # public
    insert(model, names, [[getattr(row, name) for name in names] for row in found.new])
    stored = model._default_manager.filter(pk__gt=newest).values_list("pk", *found.key)  # noqa: SLF001  # public
    numbers = {tuple(key): number for number, *key in stored.iterator()}
    for row in found.new:
        row.pk = numbers[tuple(getattr(row, name) for name in found.key)]


def _change(model: Any, found: Checked) -> None:
    names = ("pk", *found.attributes)
    rows = [[getattr(row, name) for name in names] for row in found.changed]
    at_once(changes(model, (model._meta.pk.attname, *found.attributes), rows))  # noqa: SLF001  # documented


def _record(model: Any, rows: Sequence[Any], kind: str, why: str) -> None:
    names = [each.attname for each in model._meta.concrete_fields]  # noqa: SLF001  # documented
    about = (timezone.now(), kind, why)
    kept = [[*(getattr(row, name) for name in names), *about] for row in rows]
    if kept:
        insert(model.history.model, (*names, *_ABOUT), kept)
