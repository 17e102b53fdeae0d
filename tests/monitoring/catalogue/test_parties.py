"""Whom each rule of the catalogue leaves out, and whose orders it takes together, in one table."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from riskgw.cep.spec import CheckPoint, Cmp, ExemptionSpec, RuleSpec, WindowKind
from riskgw.kernel.words import TimeInForce
from riskgw.messages.event import Event
from tests.monitoring.catalogue.edges import Trial
from tests.monitoring.catalogue.flow import RULES, Item, moment, put, ruled
from tests.monitoring.catalogue.test_session_edges import EDGES, name

WHO: dict[str, dict[str, Any]] = {
    "hedge": {"account": "H"},
    "market_maker": {"account": "M"},
    "fak": {"tif": TimeInForce.IOC},
    "fok": {"tif": TimeInForce.FOK},
}
# Whom a rule does not count, `-` where it exempts nobody; whose orders count as one: those of a
# group, an account or a source.
# `single`: each event is judged by itself.
PARTIES: dict[str, str] = {
    **dict.fromkeys(("P01", "P02", "P06"), "- account"), "P03": "fak,fok account",
    **dict.fromkeys(("P04", "P04W", "P05", "P05S", "P05C"), "- group"),
    **dict.fromkeys(("F01", "F02", "F03", "F03X"), "hedge,market_maker,fak,fok group"),
    **dict.fromkeys(("F05", "F05P", "F07"), "hedge,market_maker group"),
    "F06": "hedge,market_maker account",
    **dict.fromkeys(("F04", "F08", "F08T", "F09", "F10", "F10W"), "- group"),
    **dict.fromkeys(("F11", "F12", "F13", "F16"), "- account"),
    **dict.fromkeys(("F14", "F15"), "- single"),
    **dict.fromkeys(("T01", "T02", "T03", "T06", "T07", "T08", "T09", "T10", "T11"), "- single"),
    **dict.fromkeys(("T04", "T05", "T13", "T13C"), "- account"),
    **dict.fromkeys(("S01", "S02", "S03", "S04", "S05", "S05A", "S06", "S07", "S07A"), "- group"),
    **dict.fromkeys(("S08", "S08A", "S09", "S10", "S11", "S11C"), "- group"),
    **dict.fromkeys(("S12", "S13", "S14", "S15"), "- group"), "S15Q": "- single",
    "H01": "- source",
}  # fmt: skip
TRIALS = [trial for trial, _ in EDGES]


def exempt(rule: str) -> list[str]:
    named = PARTIES[rule].split()[0]
    return [] if named == "-" else named.split(",")


def merged(rule: str) -> str:
    return PARTIES[rule].split()[1]


def of_all(items: Iterable[Item], changes: dict[str, Any]) -> list[Item]:
    return [
        msgspec.structs.replace(each, **changes) if isinstance(each, Event) else each
        for each in items
    ]


def last_order_of(items: Iterable[Item], account: str) -> list[Item]:
    """The last order of A, and what became of it, are another account's."""
    items = list(items)
    refs = [each.subject_ref for each in items if isinstance(each, Event) and each.account == "A"]
    return [
        msgspec.structs.replace(each, account=account)
        if isinstance(each, Event) and (each.account, each.subject_ref) == ("A", refs[-1])
        else each
        for each in items
    ]


def is_told_of(trial: Trial, items: list[Item], key: str, name: str) -> bool:
    """Whether the highest level is told of this account, group or source."""
    earliest = min(moment(each) for each in items if moment(each))
    core = ruled(trial.rule, trial.of, earliest - 1)
    if trial.rule.check_point is CheckPoint.PRE:
        *items, last = items
        assert isinstance(last, Event)
        alerts = [alert for item in items for alert in put(core, item)]
        alerts += core.check(core.preview(last))
    else:
        alerts = [alert for item in items for alert in put(core, item)]
    return any(each.level is trial.level and each.key.get(key, name) == name for each in alerts)


def exempted(rule: RuleSpec) -> set[str]:
    """By an exemption, or by a filter of all that it counts."""
    facts = {(each.field, value) for each in rule.exemptions for value in each.values}
    for counted in rule.indicators:
        for each in counted.filters:
            if each.field in ("hedge", "market_maker") and each.cmp is Cmp.EQ:
                facts.add((each.field, True))
            if each.field == "tif" and each.cmp is Cmp.NOT_IN:
                assert isinstance(each.value, tuple)
                facts.update(("tif", value) for value in each.value)
    words = {"hedge": "hedge", "market_maker": "market_maker", "ioc": "fak", "fok": "fok"}
    codes = (str(value) if field == "tif" else field for field, value in facts)
    return {words.get(code, code) for code in codes}


def faulty(rule: RuleSpec) -> str | None:
    """What the table does not say of a rule."""
    if rule.code not in PARTIES:
        return "no row"
    if not any(trial.rule.code == rule.code for trial in TRIALS):
        return "no trial"
    named = set(exempt(rule.code))
    if not named <= WHO.keys():
        return "an exemption that nothing tries"
    return None if exempted(rule) == named else "another exemption"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_every_rule_has_a_row_that_names_what_it_exempts(rule: RuleSpec) -> None:
    assert faulty(rule) is None


def test_no_row_is_of_a_rule_that_does_not_ship() -> None:
    assert PARTIES.keys() <= RULES.keys()


def test_a_rule_without_its_row_is_seen() -> None:
    assert faulty(msgspec.structs.replace(RULES["F02"], code="F99")) == "no row"


@pytest.mark.parametrize(
    ("code", "exemptions"),
    [
        ("F08", (ExemptionSpec(field="hedge", values=(True,)),)),
        ("F05", ()),
        ("F05", (ExemptionSpec(field="hedge", values=(True,)),)),
        ("P01", (ExemptionSpec(field="pool", values=("x",)),)),
    ],
)
def test_a_row_that_names_another_exemption_is_seen(
    code: str, exemptions: tuple[ExemptionSpec, ...]
) -> None:
    changed = msgspec.structs.replace(RULES[code], exemptions=exemptions)
    assert faulty(changed) == "another exemption"


@pytest.mark.parametrize(
    ("trial", "who"),
    [(trial, who) for trial in TRIALS for who in exempt(trial.rule.code)],
    ids=lambda each: each if isinstance(each, str) else name(each),
)
def test_what_is_exempt_is_not_counted(trial: Trial, who: str) -> None:
    assert not is_told_of(trial, of_all(trial.items, WHO[who]), "group", "G")


@pytest.mark.parametrize("trial", [each for each in TRIALS if merged(each.rule.code) == "group"],
                         ids=name)  # fmt: skip
def test_accounts_of_one_group_count_as_one_and_others_for_themselves(trial: Trial) -> None:
    assert is_told_of(trial, last_order_of(trial.items, "B"), "group", "G")
    assert not is_told_of(trial, last_order_of(trial.items, "C"), "group", "G")


@pytest.mark.parametrize("who", ["hedge", "market_maker"])
@pytest.mark.parametrize("trial", [each for each in TRIALS if merged(each.rule.code) == "group"],
                         ids=name)  # fmt: skip
def test_whoever_is_not_exempt_counts(trial: Trial, who: str) -> None:
    if who not in exempt(trial.rule.code):
        assert is_told_of(trial, last_order_of(trial.items, WHO[who]["account"]), "group", "G")


@pytest.mark.parametrize("trial", [each for each in TRIALS if merged(each.rule.code) == "account"],
                         ids=name)  # fmt: skip
def test_accounts_count_for_themselves_though_they_are_of_one_group(trial: Trial) -> None:
    assert is_told_of(trial, list(trial.items), "account", "A")
    changed = last_order_of(trial.items, "B")
    assert not is_told_of(trial, changed, "account", "A")
    assert not is_told_of(trial, changed, "account", "B")


@pytest.mark.parametrize("account", ["B", "C"])
def test_all_orders_of_an_unknown_source_count_as_one(account: str) -> None:
    [trial] = [each for each in TRIALS if merged(each.rule.code) == "source"]
    assert is_told_of(trial, last_order_of(trial.items, account), "source", "10.1.7.1")


@pytest.mark.parametrize("code", [code for code in PARTIES if merged(code) == "single"])
def test_what_is_judged_by_itself_keeps_nothing(code: str) -> None:
    windows = {each.window for each in RULES[code].indicators}
    assert windows == {WindowKind.INSTANT}
    assert "group" not in RULES[code].key
