"""The deliverers of a process: begun from rows, beside each other, and at once."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from monitoring.actions.enqueue_webhook import DELIVERIES, enqueue_webhook
from monitoring.delivery import Deliverers, DeliveryHints
from monitoring.lasting_thread import LastingThread
from monitoring.models import Notification, WebhookDelivery
from tests.queue_server import QueueServer
from tests.receiver import Receiver, receiving
from tests.telling import CHANNEL_VARIABLE, SECRET, SECRET_VARIABLE, endpoint, routed, stored

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def _database_in_a_file(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """As in the running system: SQLite in memory lets no thread write beside another."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    kept, name = connection.connection, connection.settings_dict["NAME"]
    with sqlite3.connect(tmp_path / "deliver.sqlite3") as file:
        kept.backup(file)
    connection.connection = None
    connection.settings_dict["NAME"] = str(tmp_path / "deliver.sqlite3")
    yield
    connection.close()
    connection.connection, connection.settings_dict["NAME"] = kept, name


@pytest.fixture(autouse=True)
def _leases(queue: QueueServer) -> None:
    """Deliverers find them."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    with receiving() as found:
        monkeypatch.setenv(CHANNEL_VARIABLE, f"json://{found.place}/desk")
        yield found


@pytest.fixture
def deliverers() -> Iterator[Deliverers]:
    found = Deliverers()
    yield found
    found.wait()


def test_what_is_due_goes_to_programs_and_people(
    receiver: Receiver, deliverers: Deliverers
) -> None:
    endpoint(f"http://{receiver.place}/hook")
    routed()
    stored()
    deliverers.look()
    deliverers.wait()
    assert {heard.path for heard in receiver.heard} == {"/hook", "/desk"}
    assert WebhookDelivery.objects.get().state == "delivered"
    assert Notification.objects.get().state == "sent"


def test_who_hangs_holds_up_nobody_else_and_looking_returns_at_once(
    receiver: Receiver, deliverers: Deliverers
) -> None:
    with receiving() as hanging:
        hanging.answers = [0] * 9
        endpoint(f"http://{hanging.place}/", name="hanging")
        endpoint(f"http://{receiver.place}/", name="quick")
        enqueue_webhook("restrictions", {})
        began = time.monotonic()
        deliverers.look()
        assert time.monotonic() - began < 3
        receiver.wait(1)
        assert len(hanging.wait(1)) == 1
        assert len(receiver.heard) == 1
        hanging.let_go.set()
        deliverers.wait()
    states = WebhookDelivery.objects.order_by("endpoint__name").values_list("state", flat=True)
    assert list(states) == ["pending", "delivered"]


def test_looking_often_sends_nothing_twice(receiver: Receiver, deliverers: Deliverers) -> None:
    endpoint(f"http://{receiver.place}/")
    for number in range(20):
        enqueue_webhook("restrictions", number)
        deliverers.look()
    receiver.wait(20)
    deliverers.look()
    deliverers.wait()
    assert [heard.json["data"] for heard in receiver.heard] == list(range(20))


def settle() -> None:
    """Until nothing waits."""
    ends = time.monotonic() + 60
    while WebhookDelivery.objects.filter(state="pending").exists():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_restriction_leaves_within_a_tenth_of_a_second(
    receiver: Receiver, deliverers: Deliverers
) -> None:
    """From the row to the program, when the queue's hint has come; the best of ten is ours."""
    endpoint(f"http://{receiver.place}/")
    delays = []
    for number in range(1, 11):
        began = time.monotonic()
        enqueue_webhook("restrictions", number)
        deliverers.look()
        delays.append(receiver.wait(number)[-1].at - began)
        settle()
    assert min(delays) < 0.1


class Heard:
    """Stands where deliverers do, and writes down what they would begin with."""

    def __init__(self) -> None:
        self.said: list[list[int]] = []

    def deliver_to(self, endpoints: list[int]) -> None:
        self.said.append(endpoints)

    def look(self) -> None:
        self.said.append([])


def hinted(queue: QueueServer, heard: Heard, *hints: str) -> list[list[int]]:
    """What is begun with after these; before them everything is looked for once."""
    ends = time.monotonic() + 30
    told = iter(hints)

    def is_over() -> bool:
        """Asked when what came before is done."""
        assert time.monotonic() < ends
        if (hint := next(told, None)) is not None:
            queue.client().publish(DELIVERIES, hint)
        return len(heard.said) > len(hints)

    DeliveryHints(heard).run(30, is_over)  # type: ignore[arg-type]  # does what is asked of it
    return heard.said[1:]


def test_a_hint_names_endpoints_or_has_everything_looked_for(queue: QueueServer) -> None:
    assert hinted(queue, Heard(), "7", "7 12", "") == [[7], [7, 12], []]


@pytest.fixture
def hints(deliverers: Deliverers) -> Iterator[LastingThread]:
    """As a worker has it."""
    thread = LastingThread("hints", DeliveryHints(deliverers))
    thread.begin()
    yield thread
    thread.stop()


@pytest.mark.usefixtures("hints")
def test_a_message_leaves_on_the_hint_that_its_commit_sends(receiver: Receiver) -> None:
    endpoint(f"http://{receiver.place}/")
    for number in range(1, 4):
        enqueue_webhook("restrictions", number)
        receiver.wait(number)
        settle()
    assert [heard.json["data"] for heard in receiver.heard] == [1, 2, 3]


def test_hints_are_heard_again_when_the_queue_server_is_back(
    queue: QueueServer, receiver: Receiver, hints: LastingThread
) -> None:
    endpoint(f"http://{receiver.place}/")
    enqueue_webhook("restrictions", 1)
    receiver.wait(1)
    settle()
    queue.kill()
    queue.start()
    ends = time.monotonic() + 30
    number = 1
    while len(receiver.heard) == 1:
        assert time.monotonic() < ends
        # As beat does each second.
        hints.begin()
        number += 1
        enqueue_webhook("restrictions", number)
        time.sleep(0.05)
    assert receiver.heard[1].json["data"] == 2
