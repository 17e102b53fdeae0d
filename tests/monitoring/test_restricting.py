"""Restrictions by rules are rows with webhooks at once, once, whatever unload has to do."""

import time
from typing import Any

import pytest

from monitoring.models import Restriction, UnloadPosition, WebhookDelivery
from monitoring.restricting import READ_ENTRIES_MAX, Restricting, store_restricted
from riskgw.messages.restriction import Act
from riskgw.messages.restriction import Restriction as Message
from riskgw.shards.entries import RESTRICTED, Restricted, packed
from tests.queue_server import QueueServer
from tests.rules import OPEN_NS
from tests.telling import endpoint

pytestmark = pytest.mark.django_db


def told(queue: QueueServer, *numbers: str, **changes: Any) -> None:
    """A shard tells of restrictions in one step."""
    values: dict[str, Any] = {"mask": (Act.OPEN,), "since_ns": OPEN_NS, "reason": "P01 restrict"}
    made = [
        Message(id=each, scope={"account": each}, rule="P01", level="restrict", **values | changes)
        for each in numbers
    ]
    queue.client().xadd(RESTRICTED, {"b": packed(Restricted(made))})


def stored() -> list[str]:
    return list(Restriction.objects.order_by("pk").values_list("number", flat=True))


def test_what_shards_tell_of_is_stored_once_with_its_webhooks(queue: QueueServer) -> None:
    endpoint()
    told(queue, "r1", "r2")
    told(queue, "r3")
    assert store_restricted(queue.client(), 1) == 3
    assert store_restricted(queue.client(), 1) == 0
    assert stored() == ["r1", "r2", "r3"]
    assert WebhookDelivery.objects.filter(topic="restrictions").count() == 3
    assert queue.client().xlen(RESTRICTED) == 1


def test_whoever_begins_anew_goes_on_behind_what_is_stored(queue: QueueServer) -> None:
    told(queue, "r1")
    store_restricted(queue.client(), 1)
    told(queue, "r1", mask=(Act.OPEN, Act.CLOSE))
    told(queue, "r2")
    assert store_restricted(queue.client(), 1) == 2
    assert stored() == ["r1", "r2"]
    assert Restriction.objects.get(number="r1").stops_close


def test_a_storm_is_stored_a_part_at_a_time(queue: QueueServer) -> None:
    for number in range(READ_ENTRIES_MAX + 1):
        told(queue, f"r{number}")
    assert [store_restricted(queue.client(), 1) for _ in range(3)] == [READ_ENTRIES_MAX, 1, 0]


def test_what_another_process_has_stored_meanwhile_is_left_to_it(queue: QueueServer) -> None:
    told(queue, "r1")

    class Behind:
        """A client whose reader is overtaken."""

        def xread(self, *arguments: Any) -> Any:
            found: Any = queue.client().xread(*arguments)
            UnloadPosition.objects.create(stream=RESTRICTED, last_id=found[0][1][-1][0].decode())
            return found

    assert store_restricted(Behind(), 1) == 0
    assert stored() == []


def test_a_thread_stores_them_as_they_come_for_as_long_as_it_is_to(queue: QueueServer) -> None:
    told(queue, "r1")
    ends = time.monotonic() + 30
    Restricting().run(30, lambda: bool(stored()) or time.monotonic() > ends)
    assert stored() == ["r1"]
