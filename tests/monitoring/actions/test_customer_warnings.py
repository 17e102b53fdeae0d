"""Customers are warned by contact and counter, once for each level of an episode."""

from typing import Any

import msgspec
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from monitoring.actions.acknowledge_warning import (
    AlreadyAcknowledged,
    WarningUnknown,
    acknowledge_warning,
)
from monitoring.models import CustomerWarning, Notification, WarningTemplate, WebhookDelivery
from riskgw.kernel.words import Level
from riskgw.reference.models import Account, ContactPoint, Counter
from tests.rules import OPEN_NS
from tests.telling import (
    ACCOUNT,
    account,
    channel,
    climbed,
    endpoint,
    p01,
    silence,
    stored,
    user,
)

pytestmark = pytest.mark.django_db

ENGLISH = "{account}: {value} of {limit}, {left} left ({rule})"


@pytest.fixture(autouse=True)
def _no_texts() -> None:
    WarningTemplate.objects.all().delete()


def template(**changes: Any) -> WarningTemplate:
    values: dict[str, Any] = {
        "rule": p01(), "level": "warn", "text_en": ENGLISH, "text_zh": "{account}还可申报{left}笔",
    }  # fmt: skip
    return WarningTemplate.objects.create(**(values | changes))


def contact(of: Account, **changes: Any) -> ContactPoint:
    values: dict[str, Any] = {
        "account": of, "channel": "mail", "address": "one@example.org", "language": "en",
    }  # fmt: skip
    return ContactPoint.objects.create(**(values | changes))


def test_a_warning_says_how_many_are_left_before_the_limit() -> None:
    template()
    account()
    stored()
    row = CustomerWarning.objects.get()
    assert row.text_en.startswith(f"{ACCOUNT}: 16000 of 20000, 4000 left (")
    assert row.text_zh == f"{ACCOUNT}还可申报4000笔"
    assert (row.accounts, row.counters) == ([ACCOUNT], ["ALPHA"])
    assert row.values == {
        "value": "16000", "threshold": "16000", "limit": "20000", "left": "4000", "unit": "count",
    }  # fmt: skip


def test_it_goes_to_the_contacts_of_account_and_customer_in_their_languages() -> None:
    template()
    channel("mail")
    own = account()
    contact(own)
    contact(own, account=None, customer=own.customer, address="138", language="zh-hans")
    contact(own, address="off@example.org", is_active=False)
    contact(own, channel="nowhere", address="x@example.org")
    stored()
    rows = Notification.objects.order_by("address").values_list("kind", "address", "text")
    english, chinese = CustomerWarning.objects.values_list("text_en", "text_zh").get()
    assert list(rows) == [("warning", "138", chinese), ("warning", "one@example.org", english)]
    assert set(Notification.objects.values_list("warning__alert__number", flat=True)) == {"n1"}


def test_one_contact_of_many_accounts_of_a_group_gets_one_message() -> None:
    template()
    channel("mail")
    for code in ("A", "B", "C"):
        contact(account(code))
    stored(key={"group": "G1"})
    assert Notification.objects.count() == 1
    assert CustomerWarning.objects.get().accounts == ["A", "B", "C"]


def test_it_goes_through_the_counter_by_webhook_and_socket(
    django_capture_on_commit_callbacks: Any, settings: Any
) -> None:
    settings.REDIS_URL = "unix:///nowhere/queue.sock"
    template()
    account()
    endpoint(topics=["customer_warning"])
    stored()
    body = msgspec.json.decode(WebhookDelivery.objects.get().body)
    assert body["topic"] == "customer_warning"
    assert body["data"]["alert"] == "n1"
    assert body["data"]["counters"] == ["ALPHA"]
    assert body["data"]["text"]["en"].startswith(ACCOUNT)
    assert body["data"]["acknowledged_ns"] is None


def test_each_level_of_an_episode_is_warned_of_once() -> None:
    template()
    template(level="limit")
    account()
    stored("n1")
    stored("n1")
    climbed(Level.LIMIT, "n2")
    stored("n3", level=Level.LIMIT, time_ns=OPEN_NS + 9 * 10**9)
    climbed(Level.WARN, "n4", episode=2)
    numbers = CustomerWarning.objects.order_by("pk").values_list("alert__number", flat=True)
    assert list(numbers) == ["n1", "n2", "n4"]


def test_a_rule_without_a_text_of_its_own_takes_the_general_one_and_off_is_off() -> None:
    template(rule=None, text_en="general")
    account()
    stored("n1")
    assert CustomerWarning.objects.get().text_en == "general"
    template(is_active=False)
    climbed(Level.WARN, "n2", episode=2)
    assert CustomerWarning.objects.count() == 1


def test_nobody_is_warned_of_a_contract_an_unknown_account_or_a_trial() -> None:
    template()
    stored("n1", key={"contract": "SSE:600000"})
    stored("n2", key={"account": "unknown"})
    account()
    stored("n3", shadow=True)
    assert not CustomerWarning.objects.exists()


@pytest.mark.parametrize("mutes_warnings", [False, True])
def test_a_silence_is_for_colleagues_unless_it_says_more(mutes_warnings: bool) -> None:
    template()
    account()
    silence(rule="P01", mutes_warnings=mutes_warnings)
    stored()
    assert CustomerWarning.objects.exists() is not mutes_warnings


def test_the_counter_acknowledges_once() -> None:
    template()
    account()
    stored()
    pk = CustomerWarning.objects.get().pk
    done = acknowledge_warning(pk, user("alpha"), "shown")
    assert (str(done.acknowledged_by), done.comment) == ("alpha", "shown")
    with pytest.raises(AlreadyAcknowledged):
        acknowledge_warning(pk, user("beta"))
    with pytest.raises(WarningUnknown):
        acknowledge_warning(pk + 1, user("beta"))
    assert str(CustomerWarning.objects.get().acknowledged_by) == "alpha"


@pytest.mark.parametrize("text", ["{left.__class__}", "{secret}", "{", "{0}"])
def test_a_text_with_anything_but_placeholders_is_refused(text: str) -> None:
    row = template()
    row.text_zh = text
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert list(refused.value.message_dict) == ["text_zh"]


def test_a_level_has_one_general_text_and_one_a_rule() -> None:
    template(rule=None)
    with pytest.raises(IntegrityError):
        template(rule=None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "no mail"}, "address"),
        ({"address": "line\nbreak", "kind": "sms"}, "address"),
        ({"address": "", "kind": "sms"}, "address"),
        ({"account": None}, "__all__"),
    ],
)
def test_a_contact_point_has_an_address_and_one_owner(changes: Any, field: str) -> None:
    row = ContactPoint(
        **({"account": account(), "channel": "mail", "address": "a@example.org"} | changes)
    )
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert field in refused.value.message_dict


def test_accounts_without_a_counter_are_warned_too() -> None:
    template()
    account(counter=None)
    stored()
    assert CustomerWarning.objects.get().counters == []
    assert not Counter.objects.filter(code="").exists()
