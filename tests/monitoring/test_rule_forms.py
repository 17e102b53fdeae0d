"""Rules and indicators made by hand: what the engine would refuse is refused beside its field."""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from monitoring.models import (
    Condition,
    Indicator,
    IndicatorFilter,
    Rule,
    RuleVersion,
    Threshold,
)
from monitoring.rule_queries import live_rules
from tests.pages import address, as_shown, errors, signed_in, with_rows
from tests.stored_rules import stored_rule

pytestmark = pytest.mark.django_db

STORED = (Rule, Condition, Threshold, Indicator, IndicatorFilter, RuleVersion)
INDICATOR = {
    "code": "sells", "op": "count", "event_types": ["order"], "window": "day", "key": ["account"],
}  # fmt: skip
FILTER = {"field": "side", "cmp": "eq", "value": "sell"}
RULE = {"code": "X01", "mode": "live", "key": ["account"]}


def condition(**changes: Any) -> dict[str, Any]:
    indicator = Indicator.objects.get(code="submissions_1s")
    row = {
        "group": 1, "indicator": indicator.pk, "minus": "0", "cmp": "ge", "unit": "count",
        "warn": "10", "limit": "20",
    }  # fmt: skip
    return row | changes


def added(client: Client, model: str, data: dict[str, Any], rows: Any = ()) -> Any:
    """The answer to filling in an empty page; `rows` go into its table."""
    path = address(model, "add")
    prefix = "conditions" if model == "rule" else "filters"
    filled = with_rows(as_shown(client.get(path)) | data, prefix, rows)
    return client.post(path, filled, follow=True)


def saved(client: Client, model: str, record: Any, **changes: Any) -> Any:
    path = address(model, "change", record)
    return client.post(path, as_shown(client.get(path)) | changes, follow=True)


def counts() -> list[int]:
    return [model.objects.count() for model in STORED]


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"op": "median"}, "op", "median is not one of the available choices"),
        ({"window": "week"}, "window", "week is not one of the available choices"),
        ({"event_types": ["order", "auction"]}, "event_types", "auction is not one of"),
        ({"key": ["account", "planet"]}, "key", "planet is not one of the available choices"),
        ({"key": []}, "key", "This field is required."),
        ({"op": "sum", "value_field": "weight"}, "value_field", "weight is not one of"),
        ({"op": "sum"}, "value_field", "sum of a field needs a field"),
        ({"op": "sum", "value_field": "side"}, "value_field", "needs a number, side is none"),
        ({"value_field": "price"}, "value_field", "count needs no field"),
        ({"window": "sliding"}, "length_ms", "a sliding window, and only that, has a length"),
        ({"length_ms": "5"}, "length_ms", "a sliding window, and only that, has a length"),
        ({"window": "sliding", "length_ms": "0"}, "length_ms", "1 to 3600000 ms"),
        ({"window": "sliding", "length_ms": "3600001"}, "length_ms", "1 to 3600000 ms"),
        ({"code": "orders"}, "code", "Indicator with this Code already exists."),
        ({"code": "no spaces"}, "code", "Enter a valid"),
    ],
)
def test_a_faulty_indicator_is_refused_beside_its_field(
    changes: dict[str, Any], field: str, text: str
) -> None:
    before = counts()
    page = added(signed_in("risk"), "indicator", INDICATOR | changes)
    found = errors(page)
    assert list(found) == [field]
    assert text in found[field][0]
    assert escape(found[field][0]) in page.content.decode()
    assert counts() == before


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"field": "weight"}, "field", "weight is not one of the available choices"),
        ({"cmp": "like"}, "cmp", "like is not one of the available choices"),
        ({"cmp": "gt"}, "cmp", "> compares numbers, side is text"),
        ({"value": "up"}, "value", '"up" is none of buy, sell'),
        ({"field": "price", "value": "cheap"}, "value", '"cheap" is no number'),
        ({"field": "price", "value": "1.123456"}, "value", "at most 5 decimals"),
        ({"field": "hedge", "value": "yes"}, "value", 'hedge is true or false, not "yes"'),
        ({"cmp": "in", "value": "buy, up"}, "value", '"up" is none of buy, sell'),
    ],
)
def test_a_faulty_filter_is_refused_beside_its_field(
    changes: dict[str, str], field: str, text: str
) -> None:
    before = counts()
    page = added(signed_in("risk"), "indicator", INDICATOR, [FILTER, FILTER | changes])
    found = errors(page)
    assert list(found) == [f"filters-1-{field}"]
    assert text in found[f"filters-1-{field}"][0]
    assert counts() == before


@pytest.mark.parametrize(
    ("changes", "row", "field", "text"),
    [
        ({"key": ["account", "planet"]}, {}, "key", "planet is not one of"),
        ({"mode": "secret"}, {}, "mode", "secret is not one of the available choices"),
        ({"category": "weather"}, {}, "category", "weather is not one of"),
        ({}, {"unit": "parsec"}, "conditions-0-unit", "parsec is not one of"),
        ({}, {"cmp": "in"}, "conditions-0-cmp", "in is not one of the available choices"),
        ({}, {"indicator": "99999"}, "conditions-0-indicator", "not one of the available choices"),
        ({}, {"warn": "30"}, "conditions-0-limit", "limit is reached before warn"),
        ({}, {"warn": "few"}, "conditions-0-warn", "Enter a number."),
        ({}, {"warn": "", "limit": ""}, "conditions-0-warn", "a condition needs a threshold"),
        ({}, {"floor": "2"}, "conditions-0-floor", "a divisor is needed for this"),
        ({"key": ["contract"]}, {}, "conditions-0-indicator", "kept by account, which is not in"),
    ],
)
def test_a_faulty_rule_is_refused_beside_its_field(
    changes: dict[str, Any], row: dict[str, str], field: str, text: str
) -> None:
    before = counts()
    page = added(signed_in("risk"), "rule", RULE | changes, [condition(**row)])
    found = errors(page)
    assert list(found) == [field]
    assert text in found[field][0]
    assert counts() == before


def test_a_live_rule_without_conditions_is_refused_above_its_table() -> None:
    before = counts()
    page = added(signed_in("risk"), "rule", RULE)
    assert errors(page) == {"conditions": ["a rule needs a condition"]}
    assert counts() == before


def test_a_group_that_cannot_hold_is_refused_beside_its_first_condition() -> None:
    """Levels that one group has and another lacks could never be reached."""
    rows = [condition(), condition(group=2, limit="")]
    page = added(signed_in("risk"), "rule", RULE, rows)
    assert errors(page) == {"conditions-1-limit": ["group 2 has no threshold for limit"]}


def test_the_second_condition_is_told_from_the_first() -> None:
    page = added(signed_in("risk"), "rule", RULE, [condition(), condition(warn="30")])
    assert list(errors(page)) == ["conditions-1-limit"]


def test_what_was_typed_is_still_there_beside_the_fault() -> None:
    page = added(signed_in("risk"), "rule", RULE, [condition(warn="30")])
    shown = as_shown(page)
    assert (shown["code"], shown["conditions-0-warn"]) == ("X01", "30")


def test_a_draft_may_be_incomplete_and_makes_no_version() -> None:
    client = signed_in("risk")
    assert added(client, "rule", RULE | {"mode": "draft"}).redirect_chain
    assert not RuleVersion.objects.filter(rule__code="X01").exists()
    page = saved(client, "rule", Rule.objects.get(code="X01"), mode="live")
    assert errors(page) == {"conditions": ["a rule needs a condition"]}
    assert Rule.objects.get(code="X01").mode == "draft"


def test_saving_a_live_rule_publishes_it_and_saving_it_again_does_not() -> None:
    client = signed_in("risk")
    page = added(client, "rule", RULE, [condition()])
    assert "X01 v1 is live." in page.content.decode()
    rule = Rule.objects.get(code="X01")
    saved(client, "rule", rule)
    assert rule.versions.count() == 1
    saved(client, "rule", rule, advice_en="Slow down.")
    newest = rule.versions.order_by("-number")[0]
    assert (newest.number, newest.spec["advice_en"]) == (2, "Slow down.")
    assert [spec.version for spec in live_rules() if spec.code == "X01"] == [2]


def test_a_rule_that_is_switched_off_is_no_longer_judged() -> None:
    saved(signed_in("risk"), "rule", Rule.objects.get(code="T01"), mode="off")
    assert "T01" not in {spec.code for spec in live_rules()}


def test_a_threshold_left_empty_is_taken_away_and_its_history_says_by_whom() -> None:
    rule = stored_rule()
    saved(signed_in("risk"), "rule", rule, **{"conditions-0-restrict": ""})
    levels = Threshold.objects.filter(condition__rule=rule).values_list("level", flat=True)
    assert set(levels) == {"warn", "limit"}
    gone = Threshold.history.filter(history_type="-").get()
    assert (gone.level, gone.history_user.username) == ("restrict", "risk")


def test_changing_an_indicator_publishes_the_rules_that_use_it() -> None:
    indicator = Indicator.objects.get(code="submissions_1s")
    saved(signed_in("risk"), "indicator", indicator, length_ms="2000")
    newest = RuleVersion.objects.filter(number=2)
    assert [(str(version), version.note) for version in newest] == [
        ("P01 v2", "indicator submissions_1s")
    ]


def test_an_indicator_that_would_break_a_live_rule_is_refused() -> None:
    indicator = Indicator.objects.get(code="submissions_1s")
    page = saved(signed_in("risk"), "indicator", indicator, key=["account", "side"])
    [text] = errors(page)["filters"]
    assert text.startswith("P01: kept by side")
    assert Indicator.objects.get(code="submissions_1s").key == ["account"]


def test_an_indicator_in_use_is_not_deleted() -> None:
    indicator = Indicator.objects.get(code="submissions_1s")
    signed_in("risk").post(address("indicator", "delete", indicator), {"post": "yes"})
    assert Indicator.objects.filter(code="submissions_1s").exists()


def test_a_rule_that_was_ever_live_is_not_deleted() -> None:
    rule = Rule.objects.get(code="P01")
    signed_in("risk").post(address("rule", "delete", rule), {"post": "yes"})
    assert Rule.objects.filter(code="P01").exists()


def test_a_category_from_elsewhere_is_kept() -> None:
    rule = Rule.objects.get(code="P01")
    Rule.objects.filter(pk=rule.pk).update(category="options")
    saved(signed_in("risk"), "rule", rule, advice_en="Slow down.")
    rule.refresh_from_db()
    assert (rule.category, rule.advice_en) == ("options", "Slow down.")
