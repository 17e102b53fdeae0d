"""Whoever changes a threshold of hosts or of business metrics, every browser hears of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.urls import reverse

from monitoring.models import Host, MetricThreshold, SystemThreshold
from tests.monitoring.test_host_intake import tell
from tests.pages import ADMIN, signed_in
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
METRIC, SYSTEM = "metricthreshold", "systemthreshold"


@contextmanager
def hearing(queue: QueueServer) -> Iterator[list[dict[str, Any]]]:
    """What is told meanwhile on the topic of alerts."""
    found: list[dict[str, Any]] = []
    client: Any = queue.client()
    with client.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe("live.alerts")
        heard.get_message(timeout=1)
        yield found
        while message := heard.get_message(timeout=0.1):
            found.append(msgspec.json.decode(message["data"].split(b" ", 1)[1]))


def page(model: str, name: str, row: Any = None) -> str:
    return reverse(f"admin:monitoring_{model}_{name}", args=[] if row is None else [row.pk])


def saved(model: str, row: Any = None, **values: str) -> None:
    address = page(model, "add" if row is None else "change", row)
    assert signed_in(ADMIN).post(address, values).status_code == 302


def test_a_threshold_of_a_metric_that_the_admin_saves_or_deletes(queue: QueueServer) -> None:
    values = {"metric": "cancels", "exchange": "SSE", "monitoring": "40", "risk": "50"}
    with hearing(queue) as told:
        saved(METRIC, **values)
    row = MetricThreshold.objects.get(exchange="SSE")
    with hearing(queue) as told_later:
        saved(METRIC, row, **values | {"monitoring": "25"})
        signed_in(ADMIN).post(page(METRIC, "delete", row), {"post": "yes"})
    messages = told + told_later
    assert [each["change"] for each in messages] == ["metric_thresholds"] * 3
    of_row = [[one for one in each["thresholds"] if one["id"] == row.pk] for each in messages]
    assert [[one["monitoring"] for one in found] for found in of_row] == [["40"], ["25"], []]
    (line,) = of_row[0]
    assert (line["rule"], line["name"]["zh"]) == ("B13.5", "报撤单统计：撤单比")


def test_a_threshold_of_hosts_that_the_admin_saves_or_deletes(queue: QueueServer) -> None:
    values = {"metric": "disk_percent", "subject": "/data", "warn": "77", "for_seconds": "0"}
    with hearing(queue) as told:
        saved(SYSTEM, **values, is_active="on")
        row = SystemThreshold.objects.get(subject="/data")
        saved(SYSTEM, row, **values)
        signed_in(ADMIN).post(page(SYSTEM, "delete", row), {"post": "yes"})
        picked = SystemThreshold.objects.create(metric="cpu_percent", warn=Decimal(1))
        chosen = {"action": "delete_selected", "_selected_action": [picked.pk], "post": "yes"}
        signed_in(ADMIN).post(page(SYSTEM, "changelist"), chosen)
    assert [each["change"] for each in told] == ["system_thresholds"] * 4
    in_use = [[one["warn"] for one in each["thresholds"]] for each in told]
    assert in_use == [["77"], [], [], []]
    assert [each["removed"] for each in told] == [[], [row.pk], [row.pk], [picked.pk]]


def test_thresholds_of_hosts_are_listed_as_they_are_told(queue: QueueServer) -> None:
    SystemThreshold.objects.create(metric="clock_offset_ms", warn=Decimal("0.5"), for_seconds=30)
    SystemThreshold.objects.create(metric="cpu_percent", warn=Decimal(1), is_active=False)
    (line,) = signed_in("ops").get("/api/v1/metrics/system/thresholds").json()["results"]
    assert {name: line[name] for name in ("warn", "limit", "host", "cmp", "rule", "unit")} == {
        "warn": "0.5", "limit": None, "host": "", "cmp": "ge", "rule": "SYS-CLOCK", "unit": "ms",
    }  # fmt: skip
    assert (line["is_magnitude"], line["for_seconds"]) == (True, 30)


def test_hosts_are_told_with_each_figure_that_a_threshold_is_for(queue: QueueServer) -> None:
    assert tell(queue, 50)["hosts"][0]["watched"] == {}
    SystemThreshold.objects.create(metric="disk_percent", subject="/", warn=Decimal(80))
    SystemThreshold.objects.create(metric="disk_percent", subject="/other", warn=Decimal(80))
    assert tell(queue, 50)["hosts"][0]["watched"] == {"disk_percent /": 40.0}
    Host.objects.update(is_active=False)
    assert tell(queue, 50)["hosts"][0]["watched"] == {}
