"""Webhooks: signed, in order, tried again with pauses, dead at last, and sent again by hand."""

import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitoring.actions.deliver_webhooks import LEASE_MS, deliver_webhooks, endpoints_due
from monitoring.actions.enqueue_webhook import (
    TOO_MANY,
    WAITING_MAX,
    enqueue_webhook,
    enqueue_webhooks,
    listeners_to,
)
from monitoring.actions.post_webhook import post_webhook
from monitoring.actions.resend_webhook import resend_webhooks
from monitoring.domain.backoff import ATTEMPTS_MAX
from monitoring.models import WebhookDelivery, WebhookEndpoint
from riskgw.bus.lease import Lease
from tests.queue_server import QueueServer
from tests.receiver import Heard, Receiver, receiving
from tests.telling import SECRET, SECRET_VARIABLE, endpoint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _leases(queue: QueueServer) -> None:
    """Deliverers find them."""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    with receiving() as found:
        yield found


@pytest.fixture
def called(receiver: Receiver) -> WebhookEndpoint:
    return endpoint(f"http://{receiver.place}/hook?from=riskgw")


def is_signed(heard: Heard) -> bool:
    """As docs/protocols/webhooks.md tells receivers to check it."""
    timestamp = heard.headers["riskgw-timestamp"]
    signed = timestamp.encode() + b"." + heard.body
    wanted = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    is_fresh = abs(time.time() - int(timestamp)) < 300
    return is_fresh and hmac.compare_digest(wanted, heard.headers["riskgw-signature"])


def deliver(to: WebhookEndpoint, seconds: float = 0) -> int:
    """As so many seconds from now."""
    return deliver_webhooks(to.pk, lambda: timezone.now() + timedelta(seconds=seconds))


def states() -> list[str]:
    return list(WebhookDelivery.objects.order_by("pk").values_list("state", flat=True))


def test_a_receiver_that_fails_twice_gets_the_same_message_three_times(
    receiver: Receiver, called: WebhookEndpoint
) -> None:
    receiver.answers = [500, 503]
    enqueue_webhook("alerts", {"id": "n1"})
    assert deliver(called) == 1
    assert deliver(called) == 0, "it is not tried before its pause is over"
    assert deliver(called, 1.5) == 1
    assert deliver(called, 4) == 1
    assert deliver(called, 9) == 0
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts) == ("delivered", 3)
    assert [each["result"] for each in row.log] == ["HTTP 500", "HTTP 503", "HTTP 200"]
    assert len({heard.body for heard in receiver.heard}) == 1
    assert {heard.headers["idempotency-key"] for heard in receiver.heard} == {str(row.uid)}
    assert all(is_signed(heard) for heard in receiver.heard)
    heard = receiver.heard[0]
    assert (heard.path, heard.headers["riskgw-topic"]) == ("/hook?from=riskgw", "alerts")
    assert heard.headers["content-type"] == "application/json"
    assert heard.json["data"] == {"id": "n1"}
    assert heard.json["id"] == str(row.uid)


@pytest.mark.parametrize("seconds_max", [0.2, 0.5])
def test_a_receiver_that_hangs_is_cut(receiver: Receiver, seconds_max: float) -> None:
    receiver.answers = [0]
    began = time.monotonic()
    posted = post_webhook(f"http://{receiver.place}/", b"{}", {}, seconds_max)
    assert time.monotonic() - began < seconds_max + 5
    assert (posted.is_taken, posted.is_hopeless, posted.result) == (False, False, "timed out")


def test_a_receiver_that_answers_drop_by_drop_is_cut(receiver: Receiver) -> None:
    """The socket's own time-out begins anew with every drop."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        drip = threading.Thread(target=_drip, args=(server,), daemon=True)
        drip.start()
        began = time.monotonic()
        posted = post_webhook(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {}, 0.3)
        assert time.monotonic() - began < 5
    assert (posted.is_taken, posted.result) == (False, "timed out")


def _drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection, suppress(OSError):
        for byte in b"HTTP/1.1 200 OK" + b"x" * 100:
            connection.send(bytes([byte]))
            time.sleep(0.05)


def test_nobody_there_is_tried_until_it_is_a_dead_letter_and_then_no_more(
    receiver: Receiver,
) -> None:
    gone = endpoint("http://127.0.0.1:1/")
    enqueue_webhook("alerts", {})
    for attempt in range(ATTEMPTS_MAX + 3):
        deliver(gone, 3600 * attempt)
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts) == ("dead", ATTEMPTS_MAX)
    assert row.log[-1]["result"] == "no answer: ConnectionRefusedError"
    assert row.done_at is not None


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_what_is_refused_for_good_is_dead_at_once_and_holds_up_nothing(
    receiver: Receiver, called: WebhookEndpoint, status: int
) -> None:
    receiver.answers = [status]
    enqueue_webhooks("alerts", [1, 2])
    deliver(called)
    assert states() == ["dead", "delivered"]


def test_a_redirect_is_not_followed(receiver: Receiver, called: WebhookEndpoint) -> None:
    receiver.answers = [302]
    enqueue_webhook("alerts", {})
    deliver(called)
    assert len(receiver.heard) == 1
    assert WebhookDelivery.objects.get().log[0]["result"] == "HTTP 302"


def test_a_dead_letter_is_sent_again_under_its_number(
    receiver: Receiver, called: WebhookEndpoint
) -> None:
    receiver.answers = [400]
    enqueue_webhook("alerts", {})
    deliver(called)
    row = WebhookDelivery.objects.get()
    assert resend_webhooks([row.pk]) == 1
    deliver(called)
    assert states() == ["delivered"]
    assert len({heard.headers["idempotency-key"] for heard in receiver.heard}) == 1
    assert resend_webhooks([row.pk]) == 0, "what was delivered stays delivered"


def test_messages_of_a_topic_wait_for_each_other_and_not_for_another_topic(
    receiver: Receiver, called: WebhookEndpoint
) -> None:
    receiver.answers = [500]
    enqueue_webhooks("restrictions", ["active", "released"])
    enqueue_webhook("alerts", "alert")
    deliver(called)
    assert [heard.json["data"] for heard in receiver.heard] == ["active", "alert"]
    deliver(called, 2)
    assert [heard.json["data"] for heard in receiver.heard][2:] == ["active", "released"]


def test_only_active_programs_that_want_the_topic_are_called(receiver: Receiver) -> None:
    endpoint(name="one", topics=["restrictions"])
    endpoint(name="two", is_active=False)
    enqueue_webhook("alerts", {})
    assert not WebhookDelivery.objects.exists()
    enqueue_webhook("restrictions", {})
    assert [str(row.endpoint) for row in WebhookDelivery.objects.all()] == ["one"]


def test_without_its_secret_nothing_is_sent_unsigned(
    receiver: Receiver, called: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECRET_VARIABLE)
    enqueue_webhook("alerts", {})
    deliver(called)
    assert receiver.heard == []
    assert WebhookDelivery.objects.get().log[0]["result"] == "the secret is not set"
    assert SECRET not in str(WebhookDelivery.objects.values())


def test_a_transaction_that_fails_leaves_no_message() -> None:
    endpoint()

    with transaction.atomic():
        enqueue_webhook("alerts", {})
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_an_endpoint_has_one_deliverer_and_a_dead_one_is_replaced(
    receiver: Receiver, called: WebhookEndpoint, queue: QueueServer
) -> None:
    enqueue_webhook("alerts", {})
    with queue.client() as client:
        other = Lease(client, f"webhook.{called.pk}", LEASE_MS)
        assert other.acquire()
        assert deliver(called) == 0
        client.delete(other.key)  # as after its time
        assert deliver(called) == 1
        assert states() == ["delivered"]
        assert not client.exists(other.key)


def test_an_endpoint_that_is_out_of_use_gets_nothing_more(
    receiver: Receiver, called: WebhookEndpoint
) -> None:
    enqueue_webhook("alerts", {})
    WebhookEndpoint.objects.update(is_active=False)
    assert deliver(called) == 0
    assert receiver.heard == []


def test_what_is_due_is_found_at_its_time_and_not_before(
    receiver: Receiver, called: WebhookEndpoint
) -> None:
    def due(seconds: float = 0) -> list[int]:
        return endpoints_due(timezone.now() + timedelta(seconds=seconds))

    assert due() == []
    enqueue_webhook("alerts", {})
    assert due() == [called.pk]
    receiver.answers = [500]
    deliver(called)
    assert due() == []
    assert due(2) == [called.pk]


def test_what_waits_is_counted_by_topic_and_by_the_index_of_what_waits() -> None:
    to, other = endpoint(), endpoint(name="other")
    for each, topic, state in (
        (to, "alerts", "pending"), (to, "alerts", "delivered"), (to, "alerts", "dead"),
        (to, "restrictions", "pending"), (to, "restrictions", "pending"),
        (other, "restrictions", "pending"),
    ):  # fmt: skip
        due = timezone.now()
        WebhookDelivery.objects.create(endpoint=each, topic=topic, state=state, due_at=due)
    counted = {(each.endpoint, each.waiting) for each in listeners_to("restrictions")}
    assert counted == {(to, 2), (other, 1)}
    with CaptureQueriesContext(connection) as asked:
        listeners_to("restrictions")
    assert len(asked) == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {asked[0]['sql']}")
            assert "webhook_waiting" in str(cursor.fetchall())


def test_a_backlog_has_an_end_and_what_is_beyond_it_is_a_dead_letter() -> None:
    to = endpoint()
    now = timezone.now()
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(endpoint=to, topic="alerts", due_at=now) for _ in range(WAITING_MAX - 1)
    )
    enqueue_webhooks("alerts", [1, 2])
    assert states()[-2:] == ["pending", "dead"]
    assert WebhookDelivery.objects.latest("pk").log[0]["result"] == TOO_MANY
