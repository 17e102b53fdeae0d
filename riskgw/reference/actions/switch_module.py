"""Load, reload or disable a function module: an order that every process follows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from riskgw.bus.announce import nudge_on_commit
from riskgw.reference.models import FunctionModule

# What processes listen to, beside looking now and then.
CHANNEL = "modules.changed"


class Gesture(StrEnum):
    """What can be asked for."""

    LOAD = "load"
    RELOAD = "reload"
    DISABLE = "disable"


# From what stands there, by gesture: whether it is to run then. Anything else changes nothing.
IS_ENABLED_THEN: Mapping[tuple[bool, Gesture], bool] = {
    (False, Gesture.LOAD): True,
    (True, Gesture.RELOAD): True,
    (True, Gesture.DISABLE): False,
}


class ModuleUnknown(LookupError):
    """Nobody has pinned such a module."""


class NothingToSwitch(Exception):
    """The module stands already as is asked for, or cannot be reloaded as it is not loaded."""


@transaction.atomic
def switch_module(
    name: str, gesture: Gesture, user: User, note: str = "", own: Mapping[str, str] | None = None
) -> FunctionModule:
    """`own` are the product's modules by name: they get their row when it is first needed."""
    if own and name in own:
        FunctionModule.objects.get_or_create(name=name, defaults=_own_row(own[name]))
    row = FunctionModule.objects.select_for_update().filter(name=name).first()
    if row is None:
        raise ModuleUnknown(name)
    is_enabled = IS_ENABLED_THEN.get((row.is_enabled, gesture))
    if is_enabled is None:
        raise NothingToSwitch(f"{name} is {'loaded' if row.is_enabled else 'disabled'}")
    row.is_enabled, row.note = is_enabled, note
    order_module(row, user, gesture.value)
    return row


def order_module(row: FunctionModule, user: User, reason: str) -> None:
    """Store a row as an order: another revision, who gave it, and a word to all processes."""
    row.revision += 1
    row._history_user = user  # type: ignore[attr-defined]  # noqa: SLF001  # simple_history's way
    row._change_reason = reason  # type: ignore[attr-defined]  # noqa: SLF001  # likewise
    row.save()
    nudge_on_commit(CHANNEL)


def _own_row(path: str) -> dict[str, Any]:
    return {"origin": FunctionModule.Origin.BUILT_IN, "path": path, "is_enabled": True}
