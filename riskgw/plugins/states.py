"""How the modules stand in every process: each says its own, the page and REST show all."""

import os
import socket
import time
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from riskgw.bus.connection import Client
from riskgw.plugins.registry import Registry, Slot

# Who has not spoken for so long is not there, and is forgotten.
SILENT_SECONDS = 6.0
PROCESSES_MAX = 64
_KEY = "modules.processes"
_NS_PER_SECOND = 1_000_000_000

Said = dict[str, Any]


def said(modules: Registry, process: str) -> Said:
    """What this process says of itself."""
    return {
        "process": process,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "at_ns": time.time_ns(),
        "modules": [_of_slot(modules, slot) for slot in modules.slots.values()],
    }


def say(client: Client, words: Said) -> None:
    client.hset(_KEY, f"{words['host']}.{words['pid']}", msgspec.json.encode(words))


def processes(client: Client) -> list[Said]:
    """Those that have spoken lately, by name; the others are forgotten on the way."""
    since = time.time_ns() - SILENT_SECONDS * _NS_PER_SECOND
    stored: Mapping[bytes, bytes] = client.hgetall(_KEY)
    found = {name: msgspec.json.decode(text) for name, text in stored.items()}
    silent = [name for name, words in found.items() if words["at_ns"] < since]
    if silent:
        client.hdel(_KEY, *silent)
    heard = (words for name, words in found.items() if name not in silent)
    return sorted(heard, key=lambda words: (words["process"], words["pid"]))[:PROCESSES_MAX]


def of_module(words: Iterable[Said], name: str) -> list[Said]:
    """A module's state in each process."""
    return [
        {"process": each["process"], "pid": each["pid"], "host": each["host"], **state}
        for each in words
        for state in each["modules"]
        if state["name"] == name
    ]


def _of_slot(modules: Registry, slot: Slot) -> Said:
    conduct = modules.conduct(slot.pin.name)
    loaded = slot.loaded
    return {
        "name": slot.pin.name,
        "state": slot.state.value,
        "version": loaded.manifest.version if loaded else None,
        "sha256": loaded.sha256 if loaded else None,
        "revision": slot.pin.revision,
        "since_ns": slot.since_ns,
        "error": slot.error,
        "code": slot.code,
        "failures": conduct.failures,
        "last_failure": conduct.last,
        "last_failure_ns": conduct.last_ns,
        "under_way": conduct.calls.busy + conduct.runs.busy,
    }
