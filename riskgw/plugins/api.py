"""Function modules over REST: shown, loaded, reloaded, disabled."""

from http import HTTPStatus
from typing import Any, ClassVar

from rest_framework import serializers

from riskgw.bus.connection import Unreachable, connect_once
from riskgw.plugins.overview import overview
from riskgw.plugins.pins import Origin, own_pins
from riskgw.plugins.registry import State, registry
from riskgw.plugins.source import candidates
from riskgw.reference.actions.switch_module import (
    Gesture,
    ModuleUnknown,
    NothingToSwitch,
    switch_module,
)
from riskgw.web.handlers import Answer, Handler, is_allowed
from riskgw.web.problems import Problem, not_found

_PIN = "reference.add_functionmodule"


class ProcessResult(serializers.Serializer[Any]):
    """A process that runs modules."""

    process = serializers.CharField()
    pid = serializers.IntegerField()
    host = serializers.CharField()


class ModuleStateResult(ProcessResult):
    """How a module stands in one process."""

    name = serializers.CharField()
    state = serializers.ChoiceField([each.value for each in State])
    version = serializers.CharField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    revision = serializers.IntegerField()
    since_ns = serializers.IntegerField()
    error = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True)
    failures = serializers.IntegerField()
    last_failure = serializers.CharField(allow_blank=True)
    last_failure_ns = serializers.IntegerField()
    under_way = serializers.IntegerField()


class OffersResult(serializers.Serializer[Any]):
    """How many of each sort a module offers."""

    endpoints = serializers.IntegerField()
    commands = serializers.IntegerField()
    topics = serializers.IntegerField()
    jobs = serializers.IntegerField()
    metrics = serializers.IntegerField()
    rules = serializers.IntegerField()


class ReadingResult(serializers.Serializer[Any]):
    """The newest of a metric and key, and where it stands between its thresholds."""

    metric = serializers.CharField()
    key = serializers.CharField(allow_blank=True)
    value = serializers.CharField()
    level = serializers.ChoiceField(["ok", "monitoring", "risk"])
    at_ns = serializers.IntegerField()


class ModuleResult(serializers.Serializer[Any]):
    """A function module: what is pinned, what it offers, how it stands in every process."""

    name = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    origin = serializers.ChoiceField(Origin.choices)
    path = serializers.CharField()
    sha256 = serializers.CharField(allow_blank=True)
    is_enabled = serializers.BooleanField()
    revision = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    changed_at = serializers.CharField(allow_null=True)
    offers = OffersResult()
    states = ModuleStateResult(many=True)
    readings = ReadingResult(many=True)


class CandidateResult(serializers.Serializer[Any]):
    """Code that is there and that nobody has pinned as it is."""

    origin = serializers.ChoiceField(Origin.choices)
    path = serializers.CharField()
    sha256 = serializers.CharField()


class ModulesResult(serializers.Serializer[Any]):
    """All modules, and for those who may pin them what could be pinned."""

    processes = ProcessResult(many=True)
    modules = ModuleResult(many=True)
    candidates = CandidateResult(many=True)


class SwitchArguments(serializers.Serializer[Any]):
    """Which module, and why."""

    name = serializers.CharField(max_length=40)
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)


class SwitchResult(serializers.Serializer[Any]):
    """What has been ordered; the processes follow within two seconds."""

    name = serializers.CharField()
    is_enabled = serializers.BooleanField()
    revision = serializers.IntegerField()


class ListModules(Handler):
    """The function modules, and their state in every process."""

    result = ModulesResult

    def answer(self) -> Answer:
        try:
            with connect_once() as client:
                found = overview(client, registry())
        except Unreachable:
            detail = "The states of the processes stand in the queue server, which is away."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "queue_away", detail) from None
        pinned = {(each["origin"], each["path"], each["sha256"]) for each in found["modules"]}
        loose = candidates() if is_allowed(self.user, _PIN) else []
        found["candidates"] = [
            each for each in loose if (each.origin, each.path, each.sha256) not in pinned
        ]
        return self.rendered(found)


class _Switch(Handler):
    arguments = SwitchArguments
    result = SwitchResult
    gesture: ClassVar[Gesture]

    def answer(self) -> Answer:
        name, note = self.values["name"], self.values["note"]
        own = {pin.name: pin.path for pin in own_pins().values()}
        try:
            row = switch_module(name, self.gesture, self.user, note, own)
        except ModuleUnknown:
            raise not_found("There is no such module.") from None
        except NothingToSwitch as refusal:
            raise Problem(HTTPStatus.CONFLICT, "nothing_to_switch", str(refusal)) from None
        return self.rendered(row)


class LoadModule(_Switch):
    """Have all processes take a module up."""

    gesture = Gesture.LOAD


class ReloadModule(_Switch):
    """Have all processes load a module anew; where that fails, what runs goes on."""

    gesture = Gesture.RELOAD


class DisableModule(_Switch):
    """Have all processes answer that a module is disabled."""

    gesture = Gesture.DISABLE
