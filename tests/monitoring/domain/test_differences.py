"""What two sets of rules make of the same events, beside each other."""

from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.differences import (
    Change,
    compared,
    counts_by_rule,
    difference_line,
    differences,
)
from riskgw.kernel.words import Level
from riskgw.messages.alert import Alert
from tests.alerts import alert_message
from tests.rules import OPEN_NS

ALERTS = st.lists(
    st.builds(
        alert_message,
        rule=st.sampled_from(["P01", "F02"]),
        level=st.sampled_from(Level),
        time_ns=st.integers(OPEN_NS, OPEN_NS + 2),
    ),
    max_size=8,
)


def changes(found: list[Alert], before: list[Alert]) -> list[tuple[str, str]]:
    return [(str(each.change), each.alert.rule) for each in differences(found, before)]


def test_an_alert_of_one_side_only_was_added_or_removed() -> None:
    one, other = alert_message(rule="F02"), alert_message(rule="P01")
    assert changes([one], [other]) == [("added", "F02"), ("removed", "P01")]


def test_the_same_moment_at_another_level_is_one_difference() -> None:
    (found,) = differences([alert_message(level=Level.LIMIT)], [alert_message(level=Level.WARN)])
    assert (found.change, found.alert.level) == (Change.LEVEL, Level.LIMIT)
    assert difference_line(found)["alert"]["level"] == "limit"


def test_each_alert_has_only_one_like() -> None:
    assert changes([alert_message(), alert_message()], [alert_message()]) == [("added", "P01")]


def test_a_version_alone_is_no_difference() -> None:
    assert differences([alert_message(version=2)], [alert_message(version=1)]) == []


@given(ALERTS)
def test_a_set_of_alerts_does_not_differ_from_itself_in_any_order(alerts: list[Alert]) -> None:
    assert differences(alerts, alerts[::-1]) == []


@given(ALERTS, ALERTS)
def test_what_one_side_adds_the_other_removes(left: list[Alert], right: list[Alert]) -> None:
    there = [each.change for each in differences(left, right)]
    back = [each.change for each in differences(right, left)]
    assert (there.count(Change.ADDED) > 0) <= (back.count(Change.REMOVED) > 0)
    assert there.count(Change.LEVEL) > 0 or len(there) == len(back)


def test_counts_are_by_rule_and_level() -> None:
    alerts = [alert_message(), alert_message(rule="F02", level=Level.LIMIT), alert_message()]
    assert counts_by_rule(alerts) == {"F02": {"limit": 1}, "P01": {"warn": 2}}


def test_what_both_raised_is_listed_once_among_what_differs() -> None:
    early, late = alert_message(time_ns=1), alert_message(time_ns=3)
    higher = alert_message(time_ns=2, level=Level.LIMIT)
    lower = alert_message(time_ns=2, level=Level.WARN)
    found = compared([early, higher], [early, lower, late])
    assert [(each.change, each.alert, each.level_before) for each in found] == [
        (Change.NONE, early, None),
        (Change.LEVEL, higher, Level.WARN),
        (Change.REMOVED, late, None),
    ]


def test_an_alert_raised_twice_is_alike_only_as_often_as_the_other_side_raised_it() -> None:
    alert = alert_message()
    changes = [each.change for each in compared([alert, alert], [alert])]
    assert sorted(changes) == [Change.ADDED, Change.NONE]
