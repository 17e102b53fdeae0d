"""Runs a module's code by importlib, under a time limit, and takes its manifest."""

import logging
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from itertools import count
from types import ModuleType
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern
from rest_framework.exceptions import ValidationError

from riskgw.plugins.manifest import ATTRIBUTE, BadManifest, Manifest, checked
from riskgw.plugins.pins import Pin
from riskgw.plugins.rooms import Full, Room
from riskgw.plugins.source import Refused, Source, read_source
from riskgw.web.handlers import Answering, Endpoint
from riskgw.web.http import patterns

IMPORT_SECONDS_MAX = 3.0
# Imports that hang keep a thread each; with so many of them a process takes up nothing more.
_IMPORTS_MAX = 8
ERROR_SIZE_MAX = 300
ADDRESS = "modules"
# The last word of addresses by which people switch a module.
RESERVED = ("load", "reload", "disable")

_room = Room("importing", _IMPORTS_MAX)
_numbers = count(1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """A module that can be put to work: its manifest, with all it offers in its final place."""

    pin: Pin
    manifest: Manifest
    sha256: str
    settings: dict[str, Any]
    patterns: tuple[URLPattern, ...]
    # As `sys.modules` has it.
    module: str

    def let_go(self) -> None:
        """Nobody finds the code by its name any more."""
        sys.modules.pop(self.module, None)


def begin_load(pin: Pin, answering: Answering) -> Callable[[float], Loaded]:
    """Begin in a thread; what comes back waits so many seconds and returns, or says Refused."""
    source = read_source(pin)
    try:
        future = _room.begin(partial(_loaded, pin, source, answering))
    except Full as error:
        raise Refused("hangs", f"{error}; restart this process") from None
    return partial(_result, future)


def load_now(pin: Pin, answering: Answering) -> Loaded:
    """At once, in this thread: the product's own modules, before anything is served."""
    return _loaded(pin, read_source(pin), answering)


def _result(future: "Future[Loaded]", seconds: float) -> Loaded:
    try:
        error = future.exception(seconds)
    except TimeoutError:
        raise Refused("hangs", "the import has not come back in time") from None
    if error is None:
        return future.result()
    if isinstance(error, Refused):
        raise error
    _log.warning("a function module fails to load", exc_info=error)
    raise Refused("import", error_text(error)) from None


def error_text(error: BaseException) -> str:
    """What people read of an exception; the log has the rest."""
    return f"{type(error).__name__}: {error}"[:ERROR_SIZE_MAX]


def _loaded(pin: Pin, source: Source, answering: Answering) -> Loaded:
    """A module of its own for every load: what runs and what replaces it share nothing."""
    module = _new_module(pin, source)
    with ExitStack() as undoing:
        sys.modules[module.__name__] = module
        undoing.callback(sys.modules.pop, module.__name__, None)
        exec(compile(source.content, str(source.path), "exec"), module.__dict__)  # noqa: S102  # what was pinned
        loaded = _taken(pin, source, module, answering)
        undoing.pop_all()
    return loaded


def _new_module(pin: Pin, source: Source) -> ModuleType:
    name = f"riskgw_module_{pin.name}_{next(_numbers)}"
    module = module_from_spec(ModuleSpec(name, None, origin=str(source.path)))
    module.__file__, module.__package__ = str(source.path), source.package
    return module


def _taken(pin: Pin, source: Source, module: ModuleType, answering: Answering) -> Loaded:
    try:
        placed = _placed(checked(getattr(module, ATTRIBUTE, None)), pin)
        addresses = tuple(patterns(placed.endpoints, answering))
    except BadManifest as error:
        raise Refused("manifest", str(error)) from None
    except ImproperlyConfigured as error:
        raise Refused("manifest", f"endpoints: {error}") from None
    return Loaded(
        pin=pin,
        manifest=placed,
        sha256=source.sha256,
        settings=_settings(placed, pin),
        patterns=addresses,
        module=module.__name__,
    )


def _placed(manifest: Manifest, pin: Pin) -> Manifest:
    """Rows know whose they are, and those from outside the product stand below their module."""
    name = manifest.name
    if name != pin.name:
        raise BadManifest("name", f"is {name}, pinned is {pin.name}")
    if not pin.is_own:
        for row in manifest.endpoints:
            word = row.path.partition("/")[0]
            if not word or word in RESERVED:
                raise BadManifest("endpoints", f"the path {row.path!r} is kept for the product")
    path, word = ("", "") if pin.is_own else (f"{ADDRESS}/{name}/", f"{ADDRESS}.{name}.")
    return replace(
        manifest,
        endpoints=tuple(
            Endpoint(row.method, path + row.path, row.handler, row.permission, name)
            for row in manifest.endpoints
        ),
        commands={
            word + command: replace(row, module=name, sequence=row.sequence and word + row.sequence)
            for command, row in manifest.commands.items()
        },
        topics=tuple(replace(topic, name=word + topic.name) for topic in manifest.topics),
    )


def _settings(manifest: Manifest, pin: Pin) -> dict[str, Any]:
    """Validated and converted; what is not set has its default."""
    serializer = manifest.settings(data=dict(pin.settings))
    unknown = sorted(pin.settings.keys() - serializer.fields.keys())
    if unknown:
        raise Refused("settings", f"there is no setting {', '.join(unknown)}")
    try:
        serializer.is_valid(raise_exception=True)
    except ValidationError as error:
        raise Refused("settings", str(error.detail)[:ERROR_SIZE_MAX]) from None
    return dict(serializer.validated_data)
