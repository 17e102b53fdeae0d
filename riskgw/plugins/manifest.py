"""What a function module says of itself: its name, its settings, and what it offers.

A module is one Python file with a `MANIFEST`. docs/modules.md has a worked example.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from rest_framework.serializers import Serializer

from riskgw.bus.live import TopicKind
from riskgw.reference.models.function_module import FOR_SECONDS_MAX, may_clear
from riskgw.web.handlers import Command, Endpoint, Handler, NoArguments

# The attribute of a module that holds it.
ATTRIBUTE = "MANIFEST"
# Of each sort that a module may offer.
OFFERS_MAX = 200
RULES_MAX = 50
EVERY_SECONDS_MIN, EVERY_SECONDS_MAX = 1, 24 * 3600
JOB_SECONDS_MAX = 300
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TITLE_SIZE_MAX = 120
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_VERSION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){1,2}[a-z0-9.+-]{0,20}")
_TOPIC = re.compile(r"[a-z][a-z0-9_.]{0,59}")


class BadManifest(Exception):
    """A manifest that is refused; says which part and why."""

    def __init__(self, part: str, detail: str) -> None:
        super().__init__(f"{part}: {detail}")
        self.part = part


class MetricKind(StrEnum):
    """Steps S3 and S4 of the flow: of hosts, or of trading."""

    SYSTEM = "system"
    BUSINESS = "business"


class MetricCmp(StrEnum):
    """On which side of its threshold a metric is conspicuous."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True)
class Topic:
    """A live topic and the permission to hear it.

    Of a module from outside the product it is heard as `modules.<module>.<name>`.
    """

    name: str
    kind: TopicKind
    permission: str


class Work(Protocol):
    """What a job works with, made for one run."""

    module: str
    settings: Mapping[str, Any]

    def publish(self, topic: str, data: Any) -> None:
        """To all who listen to a topic of this module."""

    def measure(self, metric: str, value: Decimal | int, key: str = "") -> None:
        """A reading of a metric of this module; `key` says of what, where there are several."""

    def is_stopping(self) -> bool:
        """Whether to come to an end: the time is over, or the module is disabled."""


@dataclass(frozen=True)
class Job:
    """Runs every so many seconds in the default worker, in a thread, no two runs beside another.

    A run beyond `limit_seconds` is told to stop and reported; a thread that does not listen goes
    on, and the job is not run again before it has ended.
    """

    name: str
    every_seconds: int
    run: Callable[[Work], None]
    limit_seconds: int = 10


@dataclass(frozen=True)
class Metric:
    """A figure with thresholds; both are rows that people edit, these are what they begin with.

    Beyond `monitoring` people are prompted, beyond `risk` they have to acknowledge it; either once
    it has been so in all readings for `for_seconds`. It is over when a reading is back beyond
    `clear`, without it beyond the threshold.
    """

    name: str
    title: str
    unit: str
    kind: MetricKind = MetricKind.BUSINESS
    cmp: MetricCmp = MetricCmp.AT_LEAST
    monitoring: Decimal | None = None
    risk: Decimal | None = None
    clear: Decimal | None = None
    for_seconds: int = 0


@dataclass(frozen=True)
class Manifest:
    """A module's own description; of the product's own modules, addresses stand as they are.

    Endpoints of modules from outside the product are below `/api/v1/modules/<name>/`, commands are
    called `modules.<name>.<command>`. `settings` validates what is set for the module in the
    admin. `rules` are as in an exported rules file; they are taken up as drafts.
    """

    name: str
    version: str
    title: str
    settings: type[Serializer[Any]] = NoArguments
    endpoints: tuple[Endpoint, ...] = ()
    commands: Mapping[str, Command] = field(default_factory=dict)
    topics: tuple[Topic, ...] = ()
    jobs: tuple[Job, ...] = ()
    metrics: tuple[Metric, ...] = ()
    rules: tuple[Mapping[str, Any], ...] = ()


def checked(found: Any) -> Manifest:
    """The manifest, if it is one that can be taken up; BadManifest says what is wrong."""
    if not isinstance(found, Manifest):
        raise BadManifest(ATTRIBUTE, f"is {type(found).__name__}, not a Manifest")
    _check("name", _is_named(found.name), "small letters, digits and _, 2 to 40, a letter first")
    _check("version", _matches(_VERSION, found.version), "like 1.0 or 1.2.3")
    _check("title", _is_text(found.title), f"1 to {TITLE_SIZE_MAX} characters")
    _check("settings", _is_class(found.settings, Serializer), "a Serializer class")
    _check("rules", _are(found.rules, Mapping, RULES_MAX), f"a tuple of at most {RULES_MAX} rules")
    _check_endpoints(found.endpoints)
    _check_commands(found.commands)
    for sort, kind in _SORTS.items():
        offered = getattr(found, sort)
        _check(sort, _are(offered, kind, OFFERS_MAX), f"a tuple of at most {OFFERS_MAX}")
        _check_unique(sort, (each.name for each in offered))
        for each in offered:
            _CHECKS[sort](each)
    return found


def _check_endpoints(endpoints: Any) -> None:
    _check("endpoints", _are(endpoints, Endpoint, OFFERS_MAX), f"a tuple of at most {OFFERS_MAX}")
    _check_unique("endpoints", (f"{each.method} {each.path}" for each in endpoints))
    for each in endpoints:
        part = f"endpoints, {each.method} {each.path}"
        _check(part, each.method in METHODS, f"the method is one of {', '.join(METHODS)}")
        _check(part, not str(each.path).startswith("/"), "the path begins without /")
        _check(part, _is_class(each.handler, Handler), "the handler is a Handler class")
        says = hasattr(each.handler, "result") or each.handler.files
        _check(part, says, "the handler says its result, or which files it answers with")
        _check(part, isinstance(each.permission, str), "the permission is text")


def _check_commands(commands: Any) -> None:
    is_table = isinstance(commands, Mapping) and len(commands) <= OFFERS_MAX
    _check("commands", is_table, f"a mapping of at most {OFFERS_MAX}")
    for name, command in commands.items():
        part = f"commands, {name}"
        _check(part, _matches(_TOPIC, name), "small letters, digits, _ and .")
        _check(part, isinstance(command, Command), "a Command")
        _check(part, _is_class(command.handler, Handler), "the handler is a Handler class")
        _check(part, isinstance(command.sequence, str), "the sequence is text")


def _check_topic(topic: Topic) -> None:
    part = f"topics, {topic.name}"
    _check(part, _matches(_TOPIC, topic.name), "small letters, digits, _ and .")
    _check(part, isinstance(topic.kind, TopicKind), "the kind is a TopicKind")
    _check(part, isinstance(topic.permission, str), "the permission is text")


def _check_job(job: Job) -> None:
    part = f"jobs, {job.name}"
    _check(part, _is_named(job.name), "small letters, digits and _")
    _check(part, callable(job.run), "run can be called")
    every = _is_whole(job.every_seconds, EVERY_SECONDS_MIN, EVERY_SECONDS_MAX)
    _check(part, every, f"every {EVERY_SECONDS_MIN} to {EVERY_SECONDS_MAX} seconds")
    limit = _is_whole(job.limit_seconds, 1, JOB_SECONDS_MAX)
    _check(part, limit, f"the limit is 1 to {JOB_SECONDS_MAX} seconds")


def _check_metric(metric: Metric) -> None:
    part = f"metrics, {metric.name}"
    _check(part, _is_named(metric.name), "small letters, digits and _")
    _check(part, _is_text(metric.title) and _is_text(metric.unit), "title and unit are text")
    _check(part, isinstance(metric.kind, MetricKind), "the kind is a MetricKind")
    _check(part, isinstance(metric.cmp, MetricCmp), "cmp is a MetricCmp")
    for value in (metric.monitoring, metric.risk, metric.clear):
        is_number = value is None or (isinstance(value, Decimal) and value.is_finite())
        _check(part, is_number, "thresholds are Decimal or None")
    is_clear = may_clear(metric.cmp, metric.clear, (metric.monitoring, metric.risk))
    _check(part, is_clear, "clear is not beyond a threshold")
    holds = _is_whole(metric.for_seconds, 0, FOR_SECONDS_MAX)
    _check(part, holds, f"it must hold for 0 to {FOR_SECONDS_MAX} seconds")


_SORTS: Mapping[str, type[Any]] = {"topics": Topic, "jobs": Job, "metrics": Metric}
_CHECKS: Mapping[str, Callable[[Any], None]] = {
    "topics": _check_topic,
    "jobs": _check_job,
    "metrics": _check_metric,
}


def _check(part: str, holds: object, wanted: str) -> None:
    if not holds:
        raise BadManifest(part, wanted)


def _check_unique(part: str, names: Iterable[Any]) -> None:
    found = [str(name) for name in names]
    twice = sorted({name for name in found if found.count(name) > 1})
    _check(part, not twice, f"twice: {', '.join(twice)}")


def _is_named(value: Any) -> bool:
    return _matches(_NAME, value)


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= TITLE_SIZE_MAX


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_class(value: Any, of: type[Any]) -> bool:
    return isinstance(value, type) and issubclass(value, of)


def _are(values: Any, of: type[Any], most: int) -> bool:
    are_some = isinstance(values, tuple) and len(values) <= most
    return are_some and all(isinstance(each, of) for each in values)
