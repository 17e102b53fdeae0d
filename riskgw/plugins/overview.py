"""All modules as people see them: the row, what it offers, and its state in every process."""

from collections.abc import Sequence
from typing import Any

from riskgw.bus.connection import Client
from riskgw.plugins.metrics import readings
from riskgw.plugins.pins import MODULES_MAX, Pin, own_pins, pin_of
from riskgw.plugins.registry import Registry, Slot
from riskgw.plugins.states import Said, of_module, processes
from riskgw.reference.models import FunctionModule

READINGS_SHOWN_MAX = 20
_LEVELS = ("risk", "monitoring", "ok")


def overview(client: Client, modules: Registry) -> dict[str, Any]:
    """By name; a process that is missing among the states does not run modules, or not now."""
    words = processes(client)
    rows = {row.name: row for row in FunctionModule.objects.order_by("name")[:MODULES_MAX]}
    pins = own_pins() | {name: pin_of(row) for name, row in rows.items()}
    return {
        "processes": [{name: each[name] for name in ("process", "pid", "host")} for each in words],
        "modules": [
            _told(pin, rows.get(name), modules.slots.get(name), words)
            | {"readings": _readings(client, name)}
            for name, pin in sorted(pins.items())
        ],
    }


def _told(
    pin: Pin, row: FunctionModule | None, slot: Slot | None, words: Sequence[Said]
) -> dict[str, Any]:
    manifest = slot.loaded.manifest if slot is not None and slot.loaded is not None else None
    sorts = ("endpoints", "commands", "topics", "jobs", "metrics", "rules")
    return {
        "name": pin.name,
        "title": manifest.title if manifest else "",
        "origin": str(pin.origin),
        "path": pin.path,
        "sha256": pin.sha256,
        "is_enabled": pin.is_enabled,
        "revision": pin.revision,
        "note": row.note if row is not None else "",
        "changed_at": row.changed_at.isoformat() if row is not None else None,
        "offers": {sort: len(getattr(manifest, sort)) if manifest else 0 for sort in sorts},
        "states": of_module(words, pin.name),
    }


def _readings(client: Client, module: str) -> list[dict[str, Any]]:
    """The most conspicuous first."""
    found = sorted(readings(client, module), key=lambda each: _LEVELS.index(each["level"]))
    return found[:READINGS_SHOWN_MAX]
