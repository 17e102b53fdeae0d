"""Versions: what is in force when, who may say so, and what becomes of what was turned down."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from monitoring.actions.approve_version import AlreadyDecided, OwnVersion, approve_version
from monitoring.actions.publish_rules import publish_rules
from monitoring.actions.reject_version import reject_version
from monitoring.actions.set_threshold import set_threshold
from monitoring.actions.store_alerts import store_alerts
from monitoring.actions.switch_mode import IllegalMode, switch_mode
from monitoring.models import Alert, Indicator, Rule, RuleVersion, Threshold
from monitoring.rule_queries import live_rules, rules_mark
from riskgw.cep.engine import Engine
from riskgw.cep.spec import RuleMode, RuleSpec
from tests.alerts import alert_message
from tests.rules import seen
from tests.stored_rules import CODE, INDICATOR, stored_rule

pytestmark = pytest.mark.django_db

TWO_PM = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def rule() -> Rule:
    return stored_rule()


@pytest.fixture
def author() -> User:
    return User.objects.create(username="wang")


@pytest.fixture
def second() -> User:
    return User.objects.create(username="zhao")


@pytest.fixture
def watched() -> Rule:
    """A rule whose changes a second person approves."""
    rule = Rule.objects.get(code=CODE)
    rule.needs_approval = True
    rule.save()
    publish_rules(None)
    proposed = rule.versions.get(number=2)
    approve_version(proposed, User.objects.create(username="first.approver"))
    return Rule.objects.get(pk=rule.pk)


def warn_of(rule: str = CODE) -> Threshold:
    found = Threshold.objects.filter(condition__rule__code=rule, level="warn").first()
    assert found is not None
    return found


def in_force(code: str = CODE, at: datetime | None = None) -> RuleSpec | None:
    return next((each for each in live_rules(at) if each.code == code), None)


def number_in_force(code: str = CODE, at: datetime | None = None) -> int | None:
    found = in_force(code, at)
    return found.version if found else None


def changed(value: str, author: User) -> RuleVersion:
    """The version that another number for the rule's first warning makes."""
    set_threshold(warn_of().pk, Decimal(value), author)
    return RuleVersion.objects.filter(rule__code=CODE).latest("number")


def test_a_change_where_four_eyes_are_asked_is_only_proposed(watched: Rule, author: User) -> None:
    mark = rules_mark()
    version = changed("250", author)
    assert (version.number, version.state) == (3, "proposed")
    assert number_in_force() == 2
    assert rules_mark() == mark


def test_it_is_in_force_once_another_has_approved(
    watched: Rule, author: User, second: User
) -> None:
    version = changed("250", author)
    before = timezone.now()
    approve_version(version, second, "as the exchange asks")
    version.refresh_from_db()
    assert (version.state, version.decided_by, version.reason) == (
        "approved", second, "as the exchange asks",
    )  # fmt: skip
    # Not from before it was approved, whatever was proposed when.
    assert version.effective_from >= before
    assert number_in_force() == 3
    assert number_in_force(at=before) == 2


def test_nobody_approves_what_they_proposed(watched: Rule, author: User) -> None:
    version = changed("250", author)
    with pytest.raises(OwnVersion):
        approve_version(version, author)
    assert number_in_force() == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleVersion.objects.filter(pk=version.pk).update(state="approved", decided_by=author)


def test_what_is_decided_is_not_decided_again(watched: Rule, author: User, second: User) -> None:
    version = changed("250", author)
    approve_version(version, second)
    for decide in (approve_version, reject_version):
        with pytest.raises(AlreadyDecided):
            decide(version, second, "no")
    assert number_in_force() == 3


def test_what_is_turned_down_leaves_rule_and_rows_as_they_were(
    watched: Rule, author: User, second: User
) -> None:
    version = changed("250", author)
    reject_version(version, second, "too generous")
    version.refresh_from_db()
    assert (version.state, version.reason) == ("rejected", "too generous")
    assert number_in_force() == 2
    assert warn_of().value == 240
    assert publish_rules(author) == []


def test_a_proposal_is_withdrawn_by_its_author(watched: Rule, author: User) -> None:
    version = changed("250", author)
    reject_version(version, author, "a slip of the pen")
    version.refresh_from_db()
    assert version.state == "withdrawn"
    assert warn_of().value == 240


def test_the_next_change_takes_the_place_of_a_proposal(
    watched: Rule, author: User, second: User
) -> None:
    first, last = changed("250", author), changed("260", author)
    first.refresh_from_db()
    assert (first.state, last.state, last.number) == ("withdrawn", "proposed", 4)
    approve_version(last, second)
    assert number_in_force() == 4


def test_a_change_that_is_taken_back_leaves_nothing_to_approve(watched: Rule, author: User) -> None:
    version = changed("250", author)
    set_threshold(warn_of().pk, Decimal(240), author)
    version.refresh_from_db()
    assert version.state == "withdrawn"
    assert RuleVersion.objects.filter(rule=watched).count() == 3


def test_four_eyes_are_not_switched_off_by_two(watched: Rule, author: User, second: User) -> None:
    """Doing without is a change like any other: the second person sees it."""
    watched.needs_approval = False
    watched.save()
    publish_rules(author)
    version = changed("250", author)
    assert version.state == "proposed"
    approve_version(version, second)
    assert changed("255", author).state == "approved"


def test_a_watched_rule_is_not_switched_off_by_one(
    watched: Rule, author: User, second: User
) -> None:
    version = switch_mode(watched, "off", author, "quiet, please")
    assert version is not None
    assert (version.state, version.mode) == ("proposed", "off")
    assert number_in_force() == 2
    approve_version(version, second)
    assert number_in_force() is None


def test_turned_down_the_rule_stays_on(watched: Rule, author: User, second: User) -> None:
    version = switch_mode(watched, "off", author, "quiet, please")
    assert version is not None
    reject_version(version, second, "no")
    assert Rule.objects.get(code=CODE).mode == "live"
    assert number_in_force() == 2
    assert publish_rules(author) == []


def test_a_rule_that_was_never_in_force_is_a_draft_again_when_turned_down(
    author: User, second: User
) -> None:
    rule = Rule.objects.get(code=CODE)
    RuleVersion.objects.filter(rule=rule).delete()
    Rule.objects.filter(pk=rule.pk).update(mode="draft", needs_approval=True)
    version = switch_mode(Rule.objects.get(pk=rule.pk), "shadow", author, "a try")
    assert version is not None
    reject_version(version, second, "not yet")
    assert Rule.objects.get(pk=rule.pk).mode == "draft"
    assert number_in_force() is None


def test_an_indicator_that_was_turned_down_is_as_before_for_all(
    watched: Rule, author: User, second: User
) -> None:
    Indicator.objects.filter(code=INDICATOR).update(length_ms=2000)
    [version] = publish_rules(author)
    assert version.state == "proposed"
    reject_version(version, second, "no")
    assert Indicator.objects.get(code=INDICATOR).length_ms == 1000


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [("draft", "shadow"), ("draft", "live"), ("shadow", "live"), ("shadow", "off"),
     ("live", "shadow"), ("live", "off"), ("off", "shadow"), ("off", "live")],
)  # fmt: skip
def test_a_rule_goes_from_mode_to_mode(mode: str, wanted: str, author: User) -> None:
    rule = in_mode(mode)
    switch_mode(rule, wanted, author, "so be it")
    found = in_force()
    if wanted == "off":
        assert found is None
    else:
        assert found is not None
        assert found.mode == RuleMode(wanted)
    assert rule.versions.latest("number").note == "so be it"


@pytest.mark.parametrize(
    ("mode", "wanted"), [("shadow", "draft"), ("live", "draft"), ("off", "draft"), ("live", "live")]
)
def test_what_was_judged_is_never_a_draft_again(mode: str, wanted: str, author: User) -> None:
    rule = in_mode(mode)
    with pytest.raises(IllegalMode):
        switch_mode(rule, wanted, author, "back")
    assert Rule.objects.get(code=CODE).mode == mode


def in_mode(mode: str) -> Rule:
    """The rule, brought there."""
    rule = Rule.objects.get(code=CODE)
    if mode == "draft":
        RuleVersion.objects.filter(rule=rule).delete()
    Rule.objects.filter(pk=rule.pk).update(mode=mode)
    publish_rules(None)
    return Rule.objects.get(pk=rule.pk)


@pytest.mark.parametrize("mode", ["draft", "off"])
def test_what_is_not_judged_is_edited_without_versions(mode: str, author: User) -> None:
    in_mode(mode)
    count = RuleVersion.objects.count()
    set_threshold(warn_of().pk, Decimal(250), author)
    assert RuleVersion.objects.count() == count
    assert number_in_force() is None


def test_a_shadow_rule_has_versions_like_a_live_one(author: User) -> None:
    in_mode("shadow")
    changed("250", author)
    found = in_force()
    assert found is not None
    assert (found.version, found.mode) == (3, RuleMode.SHADOW)


def test_a_rule_that_was_switched_off_was_on_before() -> None:
    before = timezone.now()
    in_mode("off")
    assert number_in_force() is None
    assert number_in_force(at=before) == 1


def test_a_future_change_comes_into_force_when_it_is_due(author: User) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    Threshold.objects.filter(pk=warn_of().pk).update(value=250)
    [version] = publish_rules(author, "from tomorrow", tomorrow)
    assert version.effective_from == tomorrow
    mark = rules_mark()
    assert number_in_force() == 1
    assert number_in_force(at=tomorrow - timedelta(seconds=1)) == 1
    assert number_in_force(at=tomorrow) == 2
    assert rules_mark(tomorrow) != mark == rules_mark(tomorrow - timedelta(seconds=1))


def test_a_later_change_does_not_overtake_a_future_one(author: User) -> None:
    """It is the successor of what is yet to come, and holds that as well."""
    tomorrow = timezone.now() + timedelta(days=1)
    Threshold.objects.filter(pk=warn_of().pk).update(value=250)
    publish_rules(author, "", tomorrow)
    version = changed("260", author)
    assert version.effective_from == tomorrow
    assert number_in_force() == 1
    assert number_in_force(at=tomorrow) == 3


def test_a_change_is_never_in_force_before_it_was_made(author: User) -> None:
    before = timezone.now()
    Threshold.objects.filter(pk=warn_of().pk).update(value=250)
    [version] = publish_rules(author, "", before - timedelta(days=1))
    assert version.effective_from >= before


def test_a_number_edited_at_two_changes_verdicts_from_then_only(author: User) -> None:
    """Old alerts keep the version they were judged by."""
    RuleVersion.objects.update(effective_from=TWO_PM - timedelta(days=1))
    store_alerts([alert_message(rule=CODE)], ["1"])
    version = changed("2", author)
    RuleVersion.objects.filter(pk=version.pk).update(effective_from=TWO_PM)

    def alerts_at(at: datetime) -> list[int]:
        engine = Engine([rule for rule in live_rules(at) if rule.code == CODE])
        judged = [engine.observe(seen(at_ms)) for at_ms in range(3)]
        return [alert.version for found in judged for alert in found]

    assert alerts_at(TWO_PM - timedelta(milliseconds=1)) == []
    assert alerts_at(TWO_PM) == [2]
    assert Alert.objects.get().rule_version.number == 1
