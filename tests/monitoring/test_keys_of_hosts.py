"""Whose key reports for which host: the first that does, and what the admin says."""

import time
from http import HTTPStatus
from typing import NamedTuple

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.exceptions import ValidationError

from monitoring.models import Host
from riskgw.plugins.offered import ExpressRows
from riskgw.plugins.registry import registry
from riskgw.reference.api_keys import new_key, store_key
from riskgw.reference.models import ApiKey
from riskgw.web.express import ID, PREFIX
from riskgw.web.problems import Problem
from riskgw.wiring.roles import ensure_roles
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db


class Agent(NamedTuple):
    key: str
    row: ApiKey


def reported(host: str, agent: Agent) -> int:
    """The answer's status when an agent with this key reports for a host."""
    samples = [{"at_ns": time.time_ns(), "values": {"cpu_percent": 3}}]
    headers = {"Authorization": f"Api-Key {agent.key}"}
    answer = Client(headers=headers).post(
        f"/api/v1/hosts/{host}/samples", {"samples": samples}, "application/json"
    )
    return answer.status_code


@pytest.fixture
def agents(queue: QueueServer) -> list[Agent]:
    """Keys of two agents, which have one user."""
    user = User.objects.create_user("agents")
    user.groups.set([ensure_roles()["agent"]])
    keys = [new_key(), new_key()]
    return [Agent(key, store_key(f"agent {key[:4]}", user, key)) for key in keys]


def test_a_key_reports_for_the_host_it_reported_first_and_for_no_other(
    agents: list[Agent],
) -> None:
    one, two = agents
    assert reported("first.key", one) == HTTPStatus.OK
    assert reported("first.key", two) == HTTPStatus.FORBIDDEN
    assert reported("second.key", one) == HTTPStatus.FORBIDDEN
    assert reported("second.key", two) == HTTPStatus.OK
    assert reported("third.key", two) == HTTPStatus.FORBIDDEN
    found = dict(Host.objects.values_list("name", "key__name"))
    assert found == {"first.key": one.row.name, "second.key": two.row.name}


def test_the_admin_gives_a_key_more_hosts_and_a_host_another_key(agents: list[Agent]) -> None:
    one, two = agents
    Host.objects.create(name="given.a", key=one.row)
    Host.objects.create(name="given.b", key=one.row)
    assert [reported(name, one) for name in ("given.a", "given.b", "given.c")] == [200, 200, 403]
    Host.objects.filter(name="given.b").update(key=None)
    assert reported("given.b", two) == HTTPStatus.OK


def test_a_host_whose_key_was_withdrawn_is_taken_by_the_next(agents: list[Agent]) -> None:
    one, two = agents
    assert reported("withdrawn.key", one) == HTTPStatus.OK
    ApiKey.objects.filter(pk=one.row.pk).update(is_active=False)
    assert reported("withdrawn.key", two) == HTTPStatus.OK
    assert Host.objects.get().key == two.row


def test_a_host_that_was_given_away_is_the_new_keys_from_its_first_report_on(
    agents: list[Agent],
) -> None:
    one, two = agents
    assert reported("moved.key", one) == HTTPStatus.OK
    Host.objects.filter(name="moved.key").update(key=two.row)
    assert reported("moved.key", two) == HTTPStatus.OK
    assert reported("moved.key", one) == HTTPStatus.FORBIDDEN


def test_reports_come_by_the_express_lane_and_what_is_wrong_with_one_is_named() -> None:
    row = ExpressRows(registry())[f"{PREFIX}hosts/{ID}/samples"]
    whole = {"id": "web.1", "samples": [], "facts": {}}
    assert row.handler.read(whole) == whole
    assert row.handler.read({"id": "web.1", "samples": []}) == whole
    for wrong in (whole | {"id": "a/b"}, whole | {"id": "x" * 81}, whole | {"id": 7.5}):
        with pytest.raises(ValidationError):
            row.handler.read(wrong | {"facts": 1})
    with pytest.raises(Problem):
        row.handler.read(whole | {"sample": []})
