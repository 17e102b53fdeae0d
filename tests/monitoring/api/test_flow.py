"""Sessions and problems of the order feeds by REST, and the filters of stored orders."""

from http import HTTPStatus
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitoring.models import ErrorOrder, OrderRecord
from riskgw.bus.live import publish
from riskgw.kernel.times import utc_datetime
from riskgw.web.lists import PAGE_SIZE
from tests.days import MONDAY
from tests.pages import signed_in
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS

pytestmark = pytest.mark.django_db

SESSION = {
    "feed": "urfront", "conn": "10.0.0.1:1>10.0.0.2:2", "client": "10.0.0.1:1",
    "server": "10.0.0.2:2", "protocol": "szse", "state": "open", "user": "OMS001",
    "origin": "000100", "since_ns": 1, "last_ns": 2, "bytes": 3, "messages": 4, "events": 5,
    "gaps": 0, "lost_bytes": 0, "problems": 0, "encrypted_bytes": 0,
}  # fmt: skip


@pytest.fixture
def client() -> Client:
    return signed_in("ops")


def asked(client: Client, address: str) -> Any:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == HTTPStatus.OK, answer.json()
    return answer.json()


def problem(number: int, **changes: Any) -> ErrorOrder:
    values: dict[str, Any] = {
        "number": f"{MONDAY}.urfront.0.{number}", "trading_day": MONDAY,
        "at": utc_datetime(OPEN_NS + number), "at_ns": OPEN_NS + number, "problem": "checksum",
        "reason": "wrong", "conn": "1>2", "size": 7, "protocol": "szse", "direction": "up",
        "position": 225, "excerpt": "00**",
    }  # fmt: skip
    return ErrorOrder.objects.create(**(values | changes))


def test_sessions_are_those_last_reported(client: Client, queue: QueueServer) -> None:
    told = {"as_of_ns": 9, "total": 412, "sessions": [SESSION]}
    publish(queue.client(), "sessions", told)
    assert asked(client, "sessions") == {"next": None, "results": [SESSION], "total": 412}


def test_sessions_are_found_by_feed_protocol_and_state(client: Client, queue: QueueServer) -> None:
    sessions = [SESSION, SESSION | {"protocol": "tds", "feed": "urfront_sz", "state": "closed"}]
    publish(queue.client(), "sessions", {"as_of_ns": 9, "total": 2, "sessions": sessions})
    for query in ("feed=urfront_sz", "protocol=tds", "state=closed"):
        (found,) = asked(client, f"sessions?{query}")["results"]
        assert found["protocol"] == "tds"
    assert client.get("/api/v1/sessions?state=asleep").status_code == HTTPStatus.BAD_REQUEST


def test_before_the_first_report_there_is_no_session(client: Client, queue: QueueServer) -> None:
    assert asked(client, "sessions") == {"next": None, "results": [], "total": 0}


def test_without_the_queue_server_the_sessions_are_unreachable(
    client: Client, settings: Any
) -> None:
    settings.REDIS_URL = "unix:///nowhere/queue.sock"
    answer = client.get("/api/v1/sessions")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["type"] == "urn:riskgw:unreachable"


def test_a_problem_has_its_place_and_the_bytes_there(client: Client) -> None:
    problem(1)
    (found,) = asked(client, "problems")["results"]
    assert found == {
        "id": f"{MONDAY}.urfront.0.1", "at_ns": OPEN_NS + 1, "problem": "checksum",
        "reason": "wrong", "exchange": None, "account": None, "symbol": None, "order_ref": None,
        "conn": "1>2", "protocol": "szse", "direction": "up", "position": 225, "size": 7,
        "excerpt": "00**",
    }  # fmt: skip


def test_a_reject_has_no_place_in_a_stream(client: Client) -> None:
    problem(1, problem="reject", protocol="", direction="", position=None, excerpt="")
    (found,) = asked(client, "problems")["results"]
    assert (found["position"], found["excerpt"], found["direction"]) == (None, None, None)


def test_problems_are_found_by_kind_protocol_connection_account_day_and_time(
    client: Client,
) -> None:
    problem(1, problem="gap")
    problem(2, protocol="tds")
    problem(3, conn="3>4")
    problem(4, account="A")
    problem(5, trading_day="2026-11-24")

    def found(query: str) -> list[str]:
        return [each["id"].rpartition(".")[2] for each in asked(client, query)["results"]]

    assert found("problems") == ["5", "4", "3", "2", "1"]
    assert found("problems?problem=gap") == ["1"]
    assert found("problems?protocol=tds") == ["2"]
    assert found("problems?conn=3%3E4") == ["3"]
    assert found("problems?account=A") == ["4"]
    assert found("problems?day=2026-11-24") == ["5"]
    assert found(f"problems?since={OPEN_NS + 4}") == ["5", "4"]


def test_pages_of_problems_hold_each_once(client: Client) -> None:
    for number in range(PAGE_SIZE + 3):
        problem(number)
    first = asked(client, "problems")
    second = asked(client, f"problems?cursor={first['next']}")
    found = [each["id"] for each in first["results"] + second["results"]]
    assert (len(found), len(set(found)), second["next"]) == (PAGE_SIZE + 3, PAGE_SIZE + 3, None)


def test_stored_orders_are_found_by_exchange_and_reference(client: Client) -> None:
    for series, exchange, ref in ((1, "SSE", "R1"), (2, "SZSE", "R1"), (3, "SZSE", "R2")):
        OrderRecord.objects.create(
            trading_day=MONDAY, shard=0, series=series, event="order", exchange=exchange,
            order_ref=ref, time_ns=OPEN_NS, at_ns=OPEN_NS,
        )  # fmt: skip
    assert len(asked(client, "orders?exchange=SZSE")["results"]) == 2
    assert len(asked(client, "orders?ref=R1")["results"]) == 2
    (found,) = asked(client, "orders?ref=R1&exchange=SSE")["results"]
    assert found["id"].endswith(".1")


def test_a_session_in_the_browser_knows_who_may_enter_the_administration() -> None:
    client = signed_in("ops")
    assert asked(client, "session")["is_staff"] is True
    User.objects.update(is_staff=False)
    assert asked(client, "session")["is_staff"] is False


def test_the_shape_of_a_session_is_that_of_the_topic(client: Client, queue: QueueServer) -> None:
    """What the report publishes and what REST says may not drift apart."""
    publish(queue.client(), "sessions", {"as_of_ns": 9, "total": 1, "sessions": [SESSION]})
    (found,) = asked(client, "sessions")["results"]
    assert msgspec.json.encode(found) == msgspec.json.encode(SESSION)
