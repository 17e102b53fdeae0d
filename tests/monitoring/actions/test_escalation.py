"""Escalation: who hears of an alert that nobody takes up, once a step, also after a restart."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from monitoring.actions.acknowledge_alert import acknowledge_alert
from monitoring.actions.close_alert import close_alert, reopen_alert
from monitoring.actions.escalate_alerts import ALERTS_MAX, REACH, escalate_alerts
from monitoring.models import Alert, Escalation, EscalationStep, Notification
from riskgw.kernel.words import Level
from tests.telling import channel, climbed, p01, silence, stored, user

pytestmark = pytest.mark.django_db


def step(minutes: int = 5, **changes: Any) -> EscalationStep:
    values: dict[str, Any] = {"name": f"after {minutes}", "level_min": "warn"}
    if not changes.keys() & {"role", "user", "channel"}:
        changes["channel"] = channel()
    return EscalationStep.objects.create(after_minutes=minutes, **(values | changes))


def later(minutes: float) -> datetime:
    return timezone.now() + timedelta(minutes=minutes)


def test_an_open_alert_is_escalated_at_its_time_and_not_before() -> None:
    step(5)
    stored()
    assert escalate_alerts(later(4.9)) == 0
    assert escalate_alerts(later(5)) == 1
    row = Notification.objects.get()
    assert (row.kind, row.address) == ("escalation", "")
    assert row.text.startswith("Nobody has taken this up for 5 minutes.")


def test_a_step_is_taken_once_however_often_and_whoever_looks() -> None:
    step(5)
    stored()
    assert [escalate_alerts(later(minutes)) for minutes in (5, 5.1, 60)] == [1, 0, 0]
    assert Notification.objects.count() == Escalation.objects.count() == 1


def test_what_another_has_just_taken_is_not_told_again() -> None:
    first = step(5)
    alert = stored()
    Escalation.objects.create(alert=alert, step=first, at=timezone.now())
    assert escalate_alerts(later(6)) == 0
    assert not Notification.objects.exists()


def test_steps_follow_each_other() -> None:
    to = channel()
    step(5, channel=to)
    step(15, channel=to)
    stored()
    assert [escalate_alerts(later(minutes)) for minutes in (5, 14, 15, 90)] == [1, 0, 1, 0]


def test_what_somebody_has_taken_up_or_closed_is_left_and_what_is_given_back_is_not() -> None:
    step(5)
    stored("n1")
    acknowledge_alert("n1", user())
    assert escalate_alerts(later(6)) == 0
    reopen_alert("n1", user(), "not mine")
    assert escalate_alerts(later(6)) == 1
    stored("n2", key={"account": "B"})
    close_alert("n2", user(), "known")
    assert escalate_alerts(later(6)) == 0


@pytest.mark.parametrize(
    ("policy", "count"),
    [
        ({"level_min": "warn"}, 1),
        ({"level_min": "restrict"}, 0),
        ({"category": "programme"}, 1),
        ({"category": "futures"}, 0),
        ({"is_active": False}, 0),
    ],
)
def test_a_policy_is_for_its_level_and_category(policy: dict[str, Any], count: int) -> None:
    step(5, **policy)
    stored()
    assert escalate_alerts(later(6)) == count


def test_a_policy_may_be_for_one_rule() -> None:
    step(5, rule=p01())
    stored("n1")
    stored("n2", rule="P03")
    assert escalate_alerts(later(6)) == 1
    assert Escalation.objects.get().alert.number == "n1"


def test_trials_silenced_ones_and_what_has_climbed_on_are_not_escalated() -> None:
    step(5)
    stored("n1", shadow=True)
    silence(rule="P03")
    stored("n2", rule="P03")
    stored("n3", key={"account": "B"})
    climbed(Level.LIMIT, "n4", key={"account": "B"})
    assert escalate_alerts(later(6)) == 1
    assert Escalation.objects.get().alert.number == "n4"


def test_a_new_policy_does_not_dig_up_the_past() -> None:
    step(5)
    stored()
    Alert.objects.update(stored_at=timezone.now() - REACH)
    assert escalate_alerts(later(5)) == 0


def test_a_user_and_each_user_of_a_role_are_written_to() -> None:
    to = channel()
    chief = user("chief", email="chief@example.org")
    group = Group.objects.create(name="duty")
    for name in ("one", "two", "gone"):
        user(name, email=f"{name}@example.org", is_active=name != "gone").groups.add(group)
    step(5, user=chief, channel=to)
    step(6, role=group, channel=to)
    stored()
    escalate_alerts(later(6))
    found = set(Notification.objects.values_list("address", flat=True))
    assert found == {"chief@example.org", "one@example.org", "two@example.org"}


def test_one_look_takes_so_many_and_the_next_the_rest() -> None:
    step(5, user=user())
    stored("n1")
    row = Alert.objects.get()
    Alert.objects.bulk_create(
        Alert(
            number=f"x{number}", rule_version=row.rule_version, trading_day=row.trading_day,
            level="limit", key=row.key, key_text=f"k{number}", at=row.at, time_ns=number,
            values=row.values, order_count=1, order_refs=[], episode_id=f"x{number}",
        )
        for number in range(ALERTS_MAX)
    )  # fmt: skip
    at = later(6)
    assert escalate_alerts(at) == ALERTS_MAX
    assert escalate_alerts(at + timedelta(seconds=5)) == 1
