"""Jobs and metrics of modules: begun when due, once, and reported when they do not end."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.urls import URLPattern

from riskgw.bus.live import TopicKind, newest
from riskgw.plugins.jobs import Jobs
from riskgw.plugins.loader import Loaded
from riskgw.plugins.manifest import Job, Manifest, Metric, MetricCmp, Topic, Work
from riskgw.plugins.metrics import MetricLevel, level_of, measure, readings, register_metrics
from riskgw.plugins.pins import Origin, Pin
from riskgw.plugins.registry import Registry, Slot, State
from riskgw.reference.models import FunctionModule, ModuleMetric
from tests.queue_server import QueueServer

NOWHERE: tuple[URLPattern, ...] = ()
PIN = Pin("holiday", Origin.FOLDER, "holiday.py", "0" * 64)
METRIC = Metric("left", "Left", "days", cmp=MetricCmp.AT_MOST, monitoring=Decimal(7))


class OneModule(Registry):
    """A registry that runs one module with one job."""

    def __init__(self, run: Callable[[Work], None], limit_seconds: int = 1) -> None:
        super().__init__()
        topics = (Topic("modules.holiday.left", TopicKind.STATE, ""),)
        manifest = Manifest(
            "holiday", "1.0", "Holiday", topics=topics, metrics=(METRIC,),
            jobs=(Job("tell", 1, run, limit_seconds),),
        )  # fmt: skip
        loaded = Loaded(PIN, manifest, "", {"days": 5}, NOWHERE, "")
        self._slots = {"holiday": Slot(PIN, State.RUNNING, 0, loaded)}

    def end(self) -> None:
        self._slots = {}


def until(holds: Callable[[], Any]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_a_job_is_begun_once_however_many_workers_look(queue: QueueServer) -> None:
    runs: list[int] = []
    with queue.client() as client:
        for _ in range(3):
            Jobs(OneModule(lambda work: runs.append(work.settings["days"]))).look(client)
        until(lambda: runs)
        time.sleep(0.02)
    assert runs == [5]


def test_what_a_job_tells_is_published_and_what_it_measures_is_kept(queue: QueueServer) -> None:
    def tell(work: Work) -> None:
        work.measure("left", 3, "CN")
        work.publish("left", {"days": 3})

    with queue.client() as client:
        Jobs(OneModule(tell)).look(client)
        until(lambda: newest(client, "modules.holiday.left") == {"days": 3})
        assert client.hlen("modules.readings.holiday") == 1


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, LookupError])
def test_a_job_that_raises_is_counted_and_due_again(
    queue: QueueServer, error: type[BaseException]
) -> None:
    def fail(work: Work) -> None:
        raise error("broken")

    modules = OneModule(fail)
    jobs = Jobs(modules)
    with queue.client() as client:
        jobs.look(client)
        until(lambda: modules.conduct("holiday").failures == 1)
        assert "broken" in modules.conduct("holiday").last
        client.flushall()
        jobs.look(client)
        jobs.look(client)
        until(lambda: modules.conduct("holiday").failures == 2)


def test_a_job_that_does_not_end_is_told_to_and_not_begun_beside_itself(
    queue: QueueServer,
) -> None:
    begun: list[Work] = []

    def hang(work: Work) -> None:
        begun.append(work)
        until(work.is_stopping)

    modules = OneModule(hang, limit_seconds=0)
    jobs = Jobs(modules)
    with queue.client() as client:
        jobs.look(client)
        until(lambda: begun)
        client.flushall()
        jobs.look(client)
        assert "has not ended within" in modules.conduct("holiday").last
        until(lambda: modules.conduct("holiday").runs.busy == 0)
        assert len(begun) == 1


def test_a_job_of_a_module_that_is_gone_is_told_to_stop(queue: QueueServer) -> None:
    begun: list[Work] = []

    def hang(work: Work) -> None:
        begun.append(work)
        until(work.is_stopping)

    modules = OneModule(hang)
    jobs = Jobs(modules)
    with queue.client() as client:
        jobs.look(client)
        until(lambda: begun)
        modules.end()
        jobs.look(client)
        until(lambda: modules.conduct("holiday").runs.busy == 0)


@pytest.mark.parametrize(
    ("value", "cmp", "level"),
    [
        ("4.9", "at_least", "ok"), ("5", "at_least", "monitoring"),
        ("9.9", "at_least", "monitoring"),
        ("10", "at_least", "risk"), ("10.1", "at_most", "ok"), ("10", "at_most", "monitoring"),
        ("5.1", "at_most", "monitoring"), ("5", "at_most", "risk"),
    ],
)  # fmt: skip
def test_a_threshold_is_reached_when_it_is_equalled(value: str, cmp: str, level: str) -> None:
    limits = [Decimal(5), Decimal(10)]
    monitoring, risk = limits if cmp == "at_least" else limits[::-1]
    assert level_of(Decimal(value), cmp, (monitoring, risk)) == level
    assert level_of(Decimal(value), cmp, (None, None)) is MetricLevel.OK


@pytest.mark.django_db
def test_thresholds_are_rows_and_what_people_set_stays(queue: QueueServer) -> None:
    row = FunctionModule.objects.create(name="holiday", path="holiday.py", sha256="0" * 64)
    manifest = Manifest("holiday", "1.0", "Holiday", metrics=(METRIC,))
    register_metrics(row, manifest)
    ModuleMetric.objects.update(monitoring=Decimal(2))
    register_metrics(row, manifest)
    assert ModuleMetric.objects.get().monitoring == Decimal(2)
    with queue.client() as client:
        measure(client, manifest, "left", Decimal(3), "CN")
        assert [each["level"] for each in readings(client, "holiday")] == [MetricLevel.OK]
        ModuleMetric.objects.update(monitoring=Decimal(3))
        assert [each["level"] for each in readings(client, "holiday")] == [MetricLevel.MONITORING]
