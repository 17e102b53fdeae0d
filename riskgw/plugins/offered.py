"""What all running modules offer together, as addresses, topics and commands look it up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, overload

from django.http import HttpRequest
from django.urls import URLPattern, path
from rest_framework.request import Request

from riskgw.bus.live import TOPICS as KINDS
from riskgw.bus.live import TopicKind
from riskgw.plugins.loader import ADDRESS
from riskgw.plugins.manifest import Topic
from riskgw.plugins.registry import Registry, Slot, stopped
from riskgw.web.express import PREFIX
from riskgw.web.handlers import Command, Endpoint
from riskgw.web.http import NOWHERE, EndpointView, in_order, patterns
from riskgw.web.problems import not_found

Value = TypeVar("Value")


class Addresses(Sequence[URLPattern]):
    """Django's routes; what stands in them is as the modules are at the time of the request."""

    def __init__(self, modules: Registry, fixed: Sequence[Endpoint]) -> None:
        self._modules = modules
        self._fixed = patterns(fixed)
        self._nothing = _no_module(modules)
        self._generation = -1
        self._found: list[URLPattern] = []

    def __iter__(self) -> Iterator[URLPattern]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    @overload
    def __getitem__(self, at: int) -> URLPattern: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[URLPattern]: ...
    def __getitem__(self, at: int | slice) -> URLPattern | Sequence[URLPattern]:
        return self._now()[at]

    def _now(self) -> list[URLPattern]:
        generation = self._modules.generation
        if generation != self._generation:
            slots = self._modules.slots.values()
            found = [each for slot in slots if slot.loaded for each in slot.loaded.patterns]
            self._found = [*in_order([*self._fixed, *found]), self._nothing, NOWHERE]
            self._generation = generation
        return self._found


def _no_module(modules: Registry) -> URLPattern:
    """Addresses of a module that never ran here."""

    class NoModule(EndpointView):
        schema = None

        def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
            super().initial(request, *args, **kwargs)
            slot = modules.slots.get(kwargs["module"])
            if slot is None or slot.is_running:
                raise not_found("There is no such address.")
            raise stopped(kwargs["module"], slot)

        def get(self, request: HttpRequest, **kwargs: Any) -> None:
            raise AssertionError("answered before")

    return path(f"{ADDRESS}/<str:module>/<path:rest>", NoModule.as_view())


class _Offered(Mapping[str, Value]):
    """A table that follows the modules."""

    def __init__(self, modules: Registry, fixed: Mapping[str, Value]) -> None:
        self._modules = modules
        self._fixed = fixed
        self._generation = -1
        self._found: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> dict[str, Value]:
        generation = self._modules.generation
        if generation != self._generation:
            self._found = dict(self._fixed)
            for slot in self._modules.slots.values():
                self._found |= self._of(slot)
            self._generation = generation
        return self._found

    def _of(self, slot: Slot) -> Mapping[str, Value]:
        raise NotImplementedError


class Commands(_Offered[Command]):
    """Of modules that do not run, too: those are answered that they do not."""

    def _of(self, slot: Slot) -> Mapping[str, Command]:
        return slot.loaded.manifest.commands if slot.loaded else {}


class ExpressRows(_Offered[Endpoint]):
    """By address what the express lane answers: of the product and its own modules alone."""

    def __init__(self, modules: Registry, fixed: Iterable[Endpoint] = ()) -> None:
        super().__init__(modules, _express(fixed))

    def _of(self, slot: Slot) -> Mapping[str, Endpoint]:
        return _express(slot.loaded.manifest.endpoints if slot.loaded and slot.pin.is_own else ())


def _express(rows: Iterable[Endpoint]) -> dict[str, Endpoint]:
    return {PREFIX + row.path: row for row in rows if row.handler.is_express}


class Topics(_Offered[str]):
    """The permission of each topic."""

    def _of(self, slot: Slot) -> Mapping[str, str]:
        return {topic.name: topic.permission for topic in _topics(slot)}


class Kinds(_Offered[TopicKind]):
    """The kind of each topic."""

    def __init__(self, modules: Registry) -> None:
        super().__init__(modules, KINDS)

    def _of(self, slot: Slot) -> Mapping[str, TopicKind]:
        return {topic.name: topic.kind for topic in _topics(slot)}


class StoppedTopics(_Offered[str]):
    """Topics that tell nothing now, with the module whose they are."""

    def __init__(self, modules: Registry) -> None:
        super().__init__(modules, {})

    def _of(self, slot: Slot) -> Mapping[str, str]:
        return {} if slot.is_running else {each.name: slot.pin.name for each in _topics(slot)}


def _topics(slot: Slot) -> tuple[Topic, ...]:
    return slot.loaded.manifest.topics if slot.loaded else ()


def own_endpoints(modules: Registry) -> tuple[Endpoint, ...]:
    """The rows of the product's own modules, as they stand now."""
    loaded = (slot.loaded for slot in modules.slots.values() if slot.pin.is_own)
    return tuple(row for each in loaded if each for row in each.manifest.endpoints)
