"""The administration of silences, channels, webhooks and customer warnings, as its users see it."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from monitoring.actions.comment_alert import comment_alert
from monitoring.actions.enqueue_webhook import enqueue_webhook
from monitoring.actions.store_restrictions import note, store_restrictions
from monitoring.domain.restrictions import DAY_OVER
from monitoring.models import (
    Channel,
    CustomerWarning,
    Notification,
    Restriction,
    RestrictionStep,
    Silence,
    WarningTemplate,
    WebhookDelivery,
    WebhookEndpoint,
)
from riskgw.messages.restriction import Act
from riskgw.messages.restriction import Restriction as Restricted
from tests.pages import as_shown, errors, signed_in
from tests.rules import OPEN_NS
from tests.telling import (
    ACCOUNT,
    SECRET,
    SECRET_VARIABLE,
    account,
    after,
    endpoint,
    routed,
    silence,
    stored,
    user,
)

pytestmark = pytest.mark.django_db


def place(model: str, page: str = "changelist", *pk: Any) -> str:
    return reverse(f"admin:monitoring_{model}_{page}", args=pk)


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def saved(client: Client, address: str, **values: Any) -> Any:
    return client.post(address, as_shown(client.get(address)) | values, follow=True)


def ends(seconds: float) -> dict[str, str]:
    """From now on until then, as the two boxes of a time hold it."""
    times = {"starts_at": after(-1), "ends_at": after(seconds)}
    local = {name: timezone.localtime(at) for name, at in times.items()}
    days = {f"{name}_0": f"{at:%Y-%m-%d}" for name, at in local.items()}
    return days | {f"{name}_1": f"{at:%H:%M:%S}" for name, at in local.items()}


def test_a_silence_is_made_by_who_fills_in_the_form_and_announced() -> None:
    routed(tells_silences=True)
    client = signed_in("risk")
    saved(client, place("silence", "add"), rule="P01", reason="drill", **ends(3600))
    made = Silence.objects.get()
    assert (str(made.owner), made.told) == ("risk", "begun")
    assert Notification.objects.get().kind == "silence"
    assert "P01" in text(client.get(place("silence")))


def test_a_silence_without_matcher_or_too_long_is_refused_in_the_form() -> None:
    client = signed_in("risk")
    add = place("silence", "add")
    page = saved(client, add, reason="drill", **ends(3600))
    assert "at least one matcher" in text(page)
    page = saved(client, add, rule="P01", reason="drill", **ends(9 * 86400))
    assert errors(page)["ends_at"] == ["A silence lasts at most 7 days."]
    assert not Silence.objects.exists()


def test_a_silence_that_has_ended_is_read_only_and_active_ones_are_ended_from_the_list() -> None:
    client = signed_in("risk")
    row = silence(rule="P01")
    action = {"action": "end_now", "_selected_action": [row.pk]}
    assert "1 silences have ended." in text(client.post(place("silence"), action, follow=True))
    row.refresh_from_db()
    assert row.ends_at <= timezone.now()
    assert client.post(place("silence", "change", row.pk), {}).status_code == 403


@pytest.mark.parametrize("variable", ["HOME", "RISKGW_SECRET_KEY", "RISKGW_CHANNEL_", "x"])
def test_a_channel_takes_no_other_variable_of_the_environment(variable: str) -> None:
    client = signed_in("ops")
    page = saved(client, place("channel", "add"), name="desk", variable=variable)
    assert "variable" in errors(page)
    assert not Channel.objects.exists()


def test_a_test_message_is_sent_from_the_list() -> None:
    to = routed()
    action = {"action": "send_test", "_selected_action": [to.pk]}
    signed_in("ops").post(place("channel"), action, follow=True)
    assert Notification.objects.get().kind == "test"


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "file:///etc/passwd", "http://user:pw@a.example/", "nowhere"]
)
def test_a_webhook_goes_to_http_only_and_holds_no_password(url: str) -> None:
    page = saved(
        signed_in("ops"), place("webhookendpoint", "add"),
        name="x", url=url, variable=SECRET_VARIABLE, topics=["alerts"],
    )  # fmt: skip
    assert "url" in errors(page)
    assert not WebhookEndpoint.objects.exists()


def test_a_webhook_is_made_and_its_secret_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, SECRET)
    client = signed_in("ops")
    saved(
        client, place("webhookendpoint", "add"),
        name="alpha", url="http://127.0.0.1:9/x", variable=SECRET_VARIABLE,
        topics=["alerts", "restrictions"],
    )  # fmt: skip
    made = WebhookEndpoint.objects.get()
    assert made.topics == ["alerts", "restrictions"]
    pages = [client.get(place("webhookendpoint")), client.get(
        place("webhookendpoint", "change", made.pk)
    )]  # fmt: skip
    assert all(SECRET not in text(page) for page in pages)


def test_dead_letters_are_seen_and_sent_again_from_the_list() -> None:
    endpoint()
    enqueue_webhook("alerts", {"n": 1})
    log = [{"at": timezone.now().isoformat(), "result": "HTTP 400"}]
    WebhookDelivery.objects.update(state="dead", log=log, attempts=1)
    client = signed_in("ops")
    row = WebhookDelivery.objects.get()
    assert "HTTP 400" in text(client.get(f"{place('webhookdelivery')}?state__exact=dead"))
    assert "HTTP 400" in text(client.get(place("webhookdelivery", "change", row.pk)))
    action = {"action": "send_again", "_selected_action": [row.pk]}
    assert "1 are sent again." in text(client.post(place("webhookdelivery"), action, follow=True))
    assert WebhookDelivery.objects.get().state == "pending"
    WebhookDelivery.objects.update(state="dead")
    signed_in("auditor").post(place("webhookdelivery"), action, follow=True)
    assert WebhookDelivery.objects.get().state == "dead"


def test_a_warning_text_with_a_wrong_placeholder_is_refused() -> None:
    row = WarningTemplate.objects.filter(rule__isnull=False).earliest("pk")
    page = saved(
        signed_in("risk"), place("warningtemplate", "change", row.pk), text_en="{left.real}"
    )
    assert "{left.real} is no placeholder." in errors(page)["text_en"][0]


def test_an_alert_shows_its_notes_who_was_told_and_the_customers_warning() -> None:
    account()
    routed()
    alert = stored("n1")
    comment_alert("n1", user(), "seen it")
    client = signed_in("risk")
    page = text(client.get(place("alert", "change", alert.pk)))
    warning = CustomerWarning.objects.get()
    for said in ("seen it", "desk", warning.text_en, alert.episode_id):
        assert said in page
    assert warning.text_en in text(client.get(place("customerwarning")))
    shown = text(client.get(place("customerwarning", "change", warning.pk)))
    assert "by the counter only" in shown
    assert "[warn] P01" in text(client.get(place("notification")))
    assert client.get(place("notification", "change", Notification.objects.get().pk)).status_code


@pytest.mark.parametrize(
    ("language", "reached", "over"),
    [("en", "B13.5 limit", "the trading day is over"), ("zh-hans", "B13.5 触限", "交易日已结束")],
)
def test_a_restrictions_history_is_in_the_readers_language(
    language: str, reached: str, over: str
) -> None:
    store_restrictions([
        Restricted(
            id="r1", scope={"account": ACCOUNT}, mask=(Act.OPEN,), since_ns=OPEN_NS,
            reason="B13.5 limit", rule="B13.5", level="limit",
        )
    ])  # fmt: skip
    row = Restriction.objects.get()
    note(row, RestrictionStep.Verb.PROPOSED, "B13.5 limit", by=user())
    note(row, RestrictionStep.Verb.DAY_OVER, DAY_OVER)
    client = signed_in("risk")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    shown = text(client.get(place("restriction", "change", row.pk)))
    assert f" – {reached}</div>" in shown
    # What a person wrote stays as it is.
    assert " risk B13.5 limit</div>" in shown
    assert f" {over}</div>" in shown
