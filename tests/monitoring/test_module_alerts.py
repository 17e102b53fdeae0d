"""Metrics of function modules beyond their thresholds: the manual's example becomes an alert."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from monitoring.actions.judge_modules import code_of, judge_modules
from monitoring.models import Alert, RuleVersion
from riskgw.plugins.jobs import Jobs
from riskgw.plugins.pins import pin_of
from riskgw.plugins.registry import Registry
from riskgw.reference.models import FunctionModule, ModuleMetric
from riskgw.wiring.modules import register
from tests.function_modules import example, put
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before, settings.RISKGW_MODULES = settings.RISKGW_MODULES, tmp_path / "modules"
    yield settings.RISKGW_MODULES
    settings.RISKGW_MODULES = before


def measured(queue: QueueServer, folder: Path, days: int) -> None:
    """The example's job has run with a holiday in so many days, and its readings are judged."""
    holiday = datetime.now(UTC).date() + timedelta(days=days)
    values = {
        "path": "holiday.py", "sha256": put(folder, "holiday", example()), "is_enabled": True,
        "settings": {"holiday": str(holiday)},
    }  # fmt: skip
    row, _ = FunctionModule.objects.update_or_create(name="holiday", defaults=values)
    modules = Registry()
    modules.follow({"holiday": pin_of(row)})
    loaded = modules.slots["holiday"].loaded
    assert loaded is not None, modules.slots["holiday"].error
    register(loaded)
    client: Any = queue.client()
    client.delete("modules.job.holiday.tell", "modules.readings.holiday")
    Jobs(modules).look(client)
    ends = time.monotonic() + 30
    while not client.hlen("modules.readings.holiday"):
        assert time.monotonic() < ends
        time.sleep(0.005)
    judge_modules(client)


def raised() -> list[tuple[str, int]]:
    return list(Alert.objects.order_by("pk").values_list("level", "episode"))


def test_a_metric_of_the_example_beyond_its_threshold_is_an_alert_with_a_rule(
    queue: QueueServer, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    client: Any = queue.client()
    with client.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe("live.alerts")
        heard.get_message(timeout=1)
        with django_capture_on_commit_callbacks(execute=True):
            measured(queue, folder, 30)
            assert raised() == []
            measured(queue, folder, 5)
            measured(queue, folder, 5)
        told = [each["data"] for _ in range(5) if (each := heard.get_message(timeout=0.05))]
    assert raised() == [("warn", 1)]
    assert len([each for each in told if b'"raised"' in each]) == 1
    alert = Alert.objects.get()
    assert alert.key == {"module": "holiday"}
    (reading,) = alert.values
    assert reading == {
        "indicator": "days_left", "value": "5", "cmp": "le", "threshold": "7", "unit": "days",
    }  # fmt: skip
    rule = RuleVersion.objects.get(pk=alert.rule_version_id).rule
    assert (rule.code, rule.name_en, rule.mode) == (
        "MOD-holiday-days_left", "Days until the holiday", "off",
    )  # fmt: skip


def test_it_climbs_within_its_episode_and_begins_another_after_it_was_back(
    queue: QueueServer, folder: Path
) -> None:
    for days in (5, 1, 30, 1):
        measured(queue, folder, days)
    assert raised() == [("warn", 1), ("limit", 1), ("limit", 2)]


def test_a_threshold_that_people_move_counts_at_once_and_a_disabled_module_says_nothing(
    queue: QueueServer, folder: Path
) -> None:
    measured(queue, folder, 30)
    FunctionModule.objects.update(is_enabled=False)
    ModuleMetric.objects.update(monitoring=Decimal(40))
    judge_modules(queue.client())
    assert raised() == []
    FunctionModule.objects.update(is_enabled=True)
    judge_modules(queue.client())
    assert raised() == [("warn", 1)]


SECOND = 10**9


@pytest.fixture
def metric() -> ModuleMetric:
    """Conspicuous from 10 on, over again below 8, measured once a second."""
    module = FunctionModule.objects.create(
        name="queue", path="queue.py", sha256="0" * 64, is_enabled=True
    )
    return ModuleMetric.objects.create(
        module=module, name="waiting", title="Waiting", unit="items", kind="business",
        cmp="at_least", monitoring=10, risk=20, clear=8,
    )  # fmt: skip


def told(queue: QueueServer, *values: int, every_seconds: int = 1) -> None:
    """Readings one after the other, each judged when it comes."""
    client: Any = queue.client()
    for value in values:
        before = client.hget("modules.readings.queue", "waiting|")
        at_ns = msgspec.json.decode(before)["at_ns"] if before else SECOND
        reading = {"value": str(value), "at_ns": at_ns + every_seconds * SECOND}
        client.hset("modules.readings.queue", "waiting|", msgspec.json.encode(reading))
        judge_modules(client)
        judge_modules(client)


def test_a_metric_that_flaps_between_its_threshold_and_where_it_clears_is_one_episode(
    queue: QueueServer, metric: ModuleMetric
) -> None:
    told(queue, 10, 8, 10, 9, 20, 9, 20)
    assert raised() == [("warn", 1), ("limit", 1)]
    told(queue, 7, 9, 10)
    assert raised()[2:] == [("warn", 2)]


def test_without_a_value_that_clears_it_each_return_is_an_episode(
    queue: QueueServer, metric: ModuleMetric
) -> None:
    ModuleMetric.objects.update(clear=None)
    told(queue, 10, 9, 10)
    assert raised() == [("warn", 1), ("warn", 2)]


def test_a_metric_must_be_beyond_its_threshold_in_all_readings_for_its_time(
    queue: QueueServer, metric: ModuleMetric
) -> None:
    ModuleMetric.objects.update(for_seconds=3)
    told(queue, 10, 25, 9, 10, 10, 10)
    assert raised() == []
    told(queue, 25)
    assert raised() == [("warn", 1)]
    told(queue, 25, 25)
    assert raised() == [("warn", 1)]
    told(queue, 25)
    assert raised() == [("warn", 1), ("limit", 1)]


def test_between_readings_may_be_three_runs_of_its_job_and_no_more(
    queue: QueueServer, metric: ModuleMetric
) -> None:
    ModuleMetric.objects.update(for_seconds=60, every_seconds=600)
    told(queue, 10)
    told(queue, 10, every_seconds=1801)
    assert raised() == []
    told(queue, 10, every_seconds=1800)
    assert raised() == [("warn", 1)]


def test_where_it_clears_lies_before_the_thresholds(metric: ModuleMetric) -> None:
    metric.clear = Decimal(10)
    metric.full_clean()
    metric.clear = Decimal("10.01")
    with pytest.raises(ValidationError):
        metric.full_clean()
    metric.cmp = "at_most"
    with pytest.raises(ValidationError):
        metric.full_clean()
    metric.clear = Decimal(20)
    metric.full_clean()


def test_rules_of_long_names_are_told_apart() -> None:
    module = FunctionModule(name="a" * 40)
    codes = {code_of(ModuleMetric(module=module, name="b" * 39 + end)) for end in "cd"}
    assert len(codes) == 2
    assert all(len(code) <= 30 for code in codes)
