"""A rule as rows and as a specification is the same rule."""

from pathlib import Path

import msgspec
import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.actions.import_rules import RuleRefused, import_rules
from monitoring.actions.store_spec import store_spec
from monitoring.domain.spec_order import in_order
from monitoring.models import Rule, RuleVersion, Threshold
from monitoring.rule_queries import exported_rules, live_rules, rules_with_parts, shipped_rules
from monitoring.rule_rows import stored_spec
from riskgw.cep.spec import (
    Cmp,
    FilterSpec,
    RuleMode,
    RuleSpec,
    ScopeSpec,
    rules_from_json,
)
from tests.rules import day_indicator, rule
from tests.specs import rules

pytestmark = pytest.mark.django_db
many = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def stored(spec: RuleSpec) -> RuleSpec:
    columns = {"mode": spec.mode.value}
    store_spec(spec, columns, apps.get_model, may_change_indicators=True)
    return stored_spec(rules_with_parts().get(code=spec.code), spec.version)


@many
@given(spec=rules())
def test_what_was_stored_is_what_is_read(spec: RuleSpec) -> None:
    with transaction.atomic():
        assert in_order(stored(spec)) == in_order(spec)
        transaction.set_rollback(True)


@many
@given(before=rules(), after=rules())
def test_any_rule_becomes_any_other_in_its_rows(before: RuleSpec, after: RuleSpec) -> None:
    with transaction.atomic():
        stored(before)
        assert in_order(stored(after)) == in_order(after)
        transaction.set_rollback(True)


@many
@given(spec=rules())
def test_storing_the_same_again_touches_no_row(spec: RuleSpec) -> None:
    with transaction.atomic():
        stored(spec)
        history = Rule.history.count() + Threshold.history.count()
        stored(spec)
        assert Rule.history.count() + Threshold.history.count() == history
        transaction.set_rollback(True)


@given(spec=rules())
def test_an_exported_file_says_the_same_rule(spec: RuleSpec) -> None:
    data = msgspec.json.encode({"rules": [spec]})
    assert rules_from_json(data) == (spec,)


@given(spec=rules(), turn=st.randoms(use_true_random=False))
def test_the_order_of_parts_without_an_order_makes_no_difference(
    spec: RuleSpec, turn: object
) -> None:
    turned = {}
    for name in ("conditions", "indicators", "exemptions", "actions"):
        parts = list(getattr(spec, name))
        turn.shuffle(parts)  # type: ignore[attr-defined]  # a random.Random
        turned[name] = tuple(parts)
    assert in_order(msgspec.structs.replace(spec, **turned)) == in_order(spec)


def test_a_scope_that_names_nothing_is_no_scope() -> None:
    spec = rule()
    [condition] = spec.conditions
    empty = [msgspec.structs.replace(each, scope=ScopeSpec()) for each in condition.thresholds]
    condition = msgspec.structs.replace(condition, thresholds=tuple(empty))
    assert in_order(msgspec.structs.replace(spec, conditions=(condition,))) == in_order(spec)


def test_rules_that_ship_are_stored_as_they_were_written(tmp_path: Path) -> None:
    shipped = {each.code: in_order(each) for each in shipped_rules()}
    for each in live_rules():
        assert in_order(stored_spec(rules_with_parts().get(code=each.code))) == shipped[each.code]


def test_an_export_of_all_rules_is_what_the_engine_is_given() -> None:
    file = msgspec.json.encode(exported_rules(Rule.objects.filter(mode__in=["live", "shadow"])))
    assert list(rules_from_json(file)) == live_rules()


@pytest.mark.parametrize("values", [("a,b",), (" a",), ("",)])
def test_what_would_be_read_otherwise_than_it_was_written_is_refused(
    values: tuple[str, ...],
) -> None:
    filters = (FilterSpec(field="account", cmp=Cmp.IN, value=values),)
    spec = rule(indicators=(day_indicator(filters=filters),), code="Z01")
    spec = msgspec.structs.replace(
        spec, indicators=(msgspec.structs.replace(spec.indicators[0], code="z-orders"),),
        conditions=(msgspec.structs.replace(spec.conditions[0], indicator="z-orders"),),
    )  # fmt: skip
    with pytest.raises(RuleRefused):
        import_rules([spec])


def renamed(code: str, mode: RuleMode = RuleMode.LIVE) -> RuleSpec:
    spec = rule(indicators=(day_indicator(f"{code}-orders"),), code=code, mode=mode)
    condition = msgspec.structs.replace(spec.conditions[0], indicator=f"{code}-orders")
    return msgspec.structs.replace(spec, conditions=(condition,))


def test_an_imported_rule_is_in_the_mode_it_names() -> None:
    import_rules([renamed("Z01"), renamed("Z02", RuleMode.SHADOW)])
    modes = {each.code: each.mode for each in live_rules() if each.code.startswith("Z")}
    assert modes == {"Z01": RuleMode.LIVE, "Z02": RuleMode.SHADOW}
    assert dict(Rule.objects.filter(code__startswith="Z").values_list("code", "mode")) == {
        "Z01": "live", "Z02": "shadow",
    }  # fmt: skip


@pytest.mark.parametrize("mode", ["off", "draft"])
def test_rules_may_be_imported_without_being_judged(mode: str) -> None:
    import_rules([renamed("Z01")], mode=mode)
    assert Rule.objects.get(code="Z01").mode == mode
    assert not RuleVersion.objects.filter(rule__code="Z01").exists()


def test_a_faulty_rule_or_a_taken_code_stores_nothing() -> None:
    faulty = msgspec.structs.replace(renamed("Z02"), key=())
    taken = msgspec.structs.replace(renamed("Z03"), code="P01")
    for spec in (faulty, taken):
        with pytest.raises(RuleRefused), transaction.atomic():
            import_rules([renamed("Z01"), spec])
    assert not Rule.objects.filter(code__startswith="Z").exists()
