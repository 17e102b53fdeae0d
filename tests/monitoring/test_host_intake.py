"""Samples of agents: stored once, judged, alerts with evidence, thinned and forgotten."""

import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from monitoring.actions.begin_thresholds import begin_thresholds
from monitoring.actions.take_samples import STREAM, take_samples
from monitoring.actions.thin_samples import Kept, thin_samples
from monitoring.api.alerts import ListAlerts
from monitoring.api.hosts import (
    ExportSystemMetrics,
    ListHosts,
    ShowHost,
    ShowHostEvidence,
    ShowSystemMetrics,
    TakeSamples,
)
from monitoring.domain.host_sample import Heavy, Report, Sample
from monitoring.host_intake import take_in
from monitoring.models import Alert, Host, HostSample, Silence, SystemThreshold
from monitoring.own_processes import own_name, report_own_processes
from monitoring.rule_queries import live_rules
from riskgw.bus.figures import PROCESSES_KEY
from riskgw.web.handlers import Call, Handler
from riskgw.web.problems import Problem
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

SECOND = 10**9
HEAVY = Heavy(7, "java", "ops", 180.0, 1 << 30)


@pytest.fixture
def cpu(queue: QueueServer) -> SystemThreshold:
    return SystemThreshold.objects.create(
        metric="cpu_percent", warn=Decimal(80), limit=Decimal(90), clear=Decimal(70),
        runbook="https://wiki.example/cpu",
    )  # fmt: skip


def tell(queue: QueueServer, *values: float, host: str = "db1", at_ns: int = 0) -> Any:
    """One report of samples a second apart, the last of them now; what is told after it."""
    at_ns = at_ns or time.time_ns()
    first = at_ns - (len(values) - 1) * SECOND
    samples = tuple(
        Sample(first + place * SECOND, {"cpu_percent": each, "disk_percent /": 40.0}, (HEAVY,))
        for place, each in enumerate(values)
    )
    take_samples(queue.client(), Report(host, samples, {"cores": 4}))
    return take_in(queue.client())


def asked(handler: type[Handler], **arguments: Any) -> Any:
    user, _ = User.objects.get_or_create(username="ops")
    return handler(Call(user, arguments)).answer().data


def test_a_host_appears_with_its_first_report(queue: QueueServer) -> None:
    told = tell(queue, 10, 20)
    (shown,) = told["hosts"]
    assert (shown["name"], shown["state"]) == ("db1", "ok")
    assert shown["figures"]["cpu_percent"] == 20
    assert shown["figures"]["disk_percent"] == 40
    assert HostSample.objects.count() == 2
    assert asked(ListHosts)["hosts"][0]["name"] == "db1"


def test_samples_that_come_twice_are_stored_once(queue: QueueServer) -> None:
    now = time.time_ns()
    tell(queue, 10, 20, at_ns=now)
    tell(queue, 10, 20, at_ns=now)
    assert HostSample.objects.count() == 2
    assert queue.client().xlen(STREAM) <= 2


def test_a_figure_beyond_its_threshold_is_an_alert_with_evidence(
    queue: QueueServer, cpu: SystemThreshold
) -> None:
    told = tell(queue, 50, 85, 86)
    assert told["hosts"][0]["state"] == "warn"
    alert = Alert.objects.get()
    assert (alert.level, alert.key, alert.rule_version.rule.code) == (
        "warn", {"host": "db1"}, "SYS-CPU",
    )  # fmt: skip
    (reading,) = alert.values
    assert (reading["value"], reading["cmp"], reading["threshold"]) == ("85", "ge", "80")
    shown = asked(ShowHostEvidence, id=alert.number)
    assert [point[1] for point in shown["points"]] == [50, 85, 86]
    assert (shown["warn"], shown["limit"], shown["runbook"]) == (80, 90, "https://wiki.example/cpu")
    assert [each["name"] for each in shown["heaviest"]] == ["java"]
    assert shown["ended_ns"] is None
    assert asked(ListAlerts)["results"][0]["name"]["zh"] == "CPU 使用率"


def test_an_alert_of_a_host_is_told_live_once(queue: QueueServer, cpu: SystemThreshold) -> None:
    client: Any = queue.client()
    with client.pubsub(ignore_subscribe_messages=True) as heard:
        heard.subscribe("live.alerts")
        heard.get_message(timeout=1)
        tell(queue, 85)
        tell(queue, 86)
        messages = [each["data"] for _ in range(5) if (each := heard.get_message(timeout=0.05))]
    assert len([each for each in messages if b'"raised"' in each]) == 1


def test_when_the_figure_is_back_the_evidence_says_since_when(
    queue: QueueServer, cpu: SystemThreshold
) -> None:
    tell(queue, 85)
    told = tell(queue, 60)
    assert told["hosts"][0]["state"] == "ok"
    alert = Alert.objects.get()
    assert asked(ShowHostEvidence, id=alert.number)["ended_ns"] is not None
    tell(queue, 95)
    assert sorted(Alert.objects.values_list("level", "episode")) == [("limit", 2), ("warn", 1)]
    assert Alert.objects.filter(is_newest=True).count() == 2


def test_browsers_are_told_since_when_a_figure_has_reached_its_thresholds(
    queue: QueueServer, cpu: SystemThreshold
) -> None:
    SystemThreshold.objects.filter(pk=cpu.pk).update(for_seconds=60)
    now = time.time_ns()
    assert tell(queue, 79, at_ns=now)["hosts"][0]["held"] == []
    (told,) = tell(queue, 85, 92, 92, at_ns=now + 3 * SECOND)["hosts"]
    assert told["raised"] == []
    assert told["held"] == [
        {"name": "cpu_percent", "warn_ns": now + SECOND, "limit_ns": now + 2 * SECOND}
    ]
    assert asked(ShowHost, name="db1")["held"] == told["held"]


def test_what_no_threshold_is_for_any_more_stands_beyond_none(
    queue: QueueServer, cpu: SystemThreshold
) -> None:
    assert tell(queue, 85)["hosts"][0]["state"] == "warn"
    SystemThreshold.objects.filter(pk=cpu.pk).update(is_active=False)
    told = take_in(queue.client())
    assert told is not None
    assert (told["hosts"][0]["state"], told["hosts"][0]["held"]) == ("ok", [])
    assert asked(ShowHostEvidence, id=Alert.objects.get().number)["ended_ns"] is not None
    SystemThreshold.objects.filter(pk=cpu.pk).update(is_active=True)
    tell(queue, 85)
    assert sorted(Alert.objects.values_list("episode", flat=True)) == [1, 2]


def test_rules_of_figures_are_no_rules_of_the_engine(
    queue: QueueServer, cpu: SystemThreshold
) -> None:
    before = [rule.code for rule in live_rules()]
    tell(queue, 85)
    assert [rule.code for rule in live_rules()] == before


def test_a_silence_for_the_category_covers_hosts(queue: QueueServer, cpu: SystemThreshold) -> None:
    owner = User.objects.create(username="risk")
    silence = Silence.objects.create(
        category="system", reason="maintenance", owner=owner,
        ends_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    tell(queue, 85)
    assert Alert.objects.get().silence == silence


def test_a_host_that_is_silent_is_an_alert_and_one_that_is_not_watched_is_none(
    queue: QueueServer,
) -> None:
    begin_thresholds()
    tell(queue, 10)
    tell(queue, 10, host="old")
    Host.objects.filter(name="old").update(is_active=False)
    Host.objects.update(heard_at=timezone.now() - timedelta(seconds=31))
    told = take_in(queue.client())
    assert told is not None
    states = {each["name"]: each["state"] for each in told["hosts"]}
    assert states == {"db1": "warn", "old": "unwatched"}
    assert Alert.objects.get().rule_version.rule.code == "SYS-SILENT"
    assert {each["state"] for each in tell(queue, 10)["hosts"]} == {"ok", "unwatched"}


def test_an_agent_reports_by_rest_and_learns_our_clock_and_whom_to_watch(
    queue: QueueServer,
) -> None:
    SystemThreshold.objects.create(metric="process_running", subject="nginx", warn=1)
    samples = [{"at_ns": time.time_ns(), "values": {"cpu_percent": 3, "process_running nginx": 0}}]
    answer = asked(TakeSamples, id="web-rest", samples=samples, facts={"cores": 2})
    assert (answer["accepted"], answer["processes"]) == (1, ["nginx"])
    assert abs(answer["server_ns"] - time.time_ns()) < SECOND
    take_in(queue.client())
    assert Alert.objects.get().key == {"host": "web-rest", "process": "nginx"}


@pytest.mark.parametrize(
    "samples",
    [
        "text", [{"at_ns": "x", "values": {}}], [{"at_ns": -1, "values": {}}],
        [{"at_ns": 1, "values": {"": 1.0}}], [{"at_ns": 1, "values": {"x": "y"}}],
        [{"at_ns": 1, "values": {str(n): 1.0 for n in range(301)}}],
    ],
)  # fmt: skip
def test_a_faulty_report_is_refused(queue: QueueServer, samples: Any) -> None:
    with pytest.raises(Problem) as refused:
        asked(TakeSamples, id="web1", samples=samples)
    assert refused.value.status == 400
    assert queue.client().xlen(STREAM) == 0


def test_a_host_shows_the_thresholds_its_figures_are_judged_by(
    queue: QueueServer, cpu: SystemThreshold
) -> None:
    tell(queue, 10)
    own = SystemThreshold.objects.create(
        metric="cpu_percent", host=Host.objects.get(name="db1"), limit=Decimal(99)
    )
    shown = asked(ShowHost, name="db1")
    (limits,) = shown["thresholds"]
    assert (limits["name"], limits["warn"], limits["limit"]) == ("cpu_percent", None, own.limit)
    assert shown["facts"] == {"cores": 4}


def test_series_are_shown_and_exported(queue: QueueServer) -> None:
    tell(queue, 10, 20, 30)
    shown = asked(ShowSystemMetrics, host="db1", metrics="cpu_percent,disk_percent")
    found = {each["name"]: [point[1] for point in each["points"]] for each in shown["series"]}
    assert found == {"cpu_percent": [10, 20, 30], "disk_percent /": [40, 40, 40]}
    file = asked(ExportSystemMetrics, host="db1", metrics="cpu_percent")
    assert file.content.decode("utf-8-sig").splitlines()[0].startswith("host,name,at_ns")
    assert len(file.content.splitlines()) == 4


def test_minutes_are_made_anew_when_samples_come_late(queue: QueueServer) -> None:
    minute = (time.time_ns() // (60 * SECOND) - 5) * 60 * SECOND
    tell(queue, 10, 20, at_ns=minute + 10 * SECOND)
    thin_samples(time.time_ns(), Kept())
    tell(queue, 90, at_ns=minute + 30 * SECOND)
    thin_samples(time.time_ns(), Kept())
    row = HostSample.objects.get(step=60)
    assert (row.at_ns, row.means, row.highs) == (minute, [40.0, 40.0], [90.0, 40.0])
    assert HostSample.objects.get(step=3600).means == [40.0, 40.0]
    assert thin_samples(time.time_ns(), Kept()) == 0


def test_samples_are_forgotten_by_how_fine_they_are(queue: QueueServer) -> None:
    tell(queue, 10)
    thin_samples(time.time_ns(), Kept())
    thin_samples(time.time_ns() + 25 * 3600 * SECOND, Kept())
    assert set(HostSample.objects.values_list("step", flat=True)) == {60, 3600}


def test_our_own_processes_are_judged_as_a_host(queue: QueueServer) -> None:
    begin_thresholds()
    client = queue.client()
    row = {"name": "evaluate.0", "state": "running", "cpu_percent": 3.0, "restarts": 0}
    for restarts in (0, 3):
        client.set(PROCESSES_KEY, f"[{_json(row | {'restarts': restarts})}]")
        report_own_processes(client)
        client.delete("hosts.own_processes")
        take_in(client)
    alert = Alert.objects.get(rule_version__rule__code="SYS-RESTART")
    assert alert.key == {"host": own_name(), "process": "evaluate.0"}
    assert alert.level == "limit"


def _json(value: Any) -> str:

    return msgspec.json.encode(value).decode()
