"""Parts of rules, modes, versions and thresholds for less than all, as people change them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.models import Condition, Rule, RuleVersion, Threshold
from monitoring.rule_queries import live_rules
from riskgw.cep.spec import RuleMode, RuleSpec, ScopeSpec, rule_from_builtins
from tests.pages import ADMIN, address, as_shown, errors, signed_in, with_rows
from tests.stored_rules import CODE, stored_rule

pytestmark = pytest.mark.django_db

EXEMPTION = {"field": "tif", "values": "ioc, fok"}
ACTION = {"level": "limit", "action": "restrict_open", "mask": ["open"], "release": "trader"}
SCOPED = Threshold.objects.filter(condition__rule__code=CODE)
OFFICES = ["ops", "trader", "accountant", "auditor"]


@pytest.fixture(autouse=True)
def stored() -> Rule:
    return stored_rule()


def rule(code: str = CODE) -> Rule:
    return Rule.objects.get(code=code)


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def saved(client: Client, changes: dict[str, Any], **tables: list[dict[str, Any]]) -> Any:
    """The rule's page with other values, and rows added to its tables."""
    path = address("rule", "change", rule())
    data = as_shown(client.get(path)) | changes
    for prefix, rows in tables.items():
        data = with_rows(data, prefix, rows)
    return client.post(path, data, follow=True)


def act(client: Client, model: str, record: Any, what: str, **given: str) -> Any:
    path = reverse(f"admin:monitoring_{model}_{what}", args=[record.pk])
    return client.post(path, given | {"_form_submitted": "on"})


def newest(code: str = CODE) -> RuleVersion:
    return RuleVersion.objects.filter(rule__code=code).latest("number")


def spec(code: str = CODE) -> RuleSpec:
    return rule_from_builtins(newest(code).spec)


def test_every_part_of_a_rule_is_edited_on_its_page_and_frozen_in_its_version() -> None:
    indicator = rule().conditions.get().indicator
    step = {"indicator": indicator.pk, "side": "opposite", "cmp": "ge", "value": "10",
            "within_ms": "1800000"}  # fmt: skip
    changes = {
        "sessions": ["morning", "afternoon"], "repeat": "3", "for_ms": "500",
        "cooldown_ms": "60000", "clear_percent": "90", "inhibits": ["P01"],
        "change_note": "notice 2026-7",
    }  # fmt: skip
    page = saved(
        signed_in("risk"), changes, exemptions=[EXEMPTION], then_step=[step], level_actions=[ACTION]
    )
    assert "Z01 v2 is live." in text(page)
    frozen = spec()
    assert (frozen.sessions, frozen.repeat, frozen.for_ms, frozen.cooldown_ms) == (
        ("morning", "afternoon"), 3, 500, 60_000,
    )  # fmt: skip
    assert (frozen.clear_percent, frozen.inhibits) == ("90", ("P01",))
    assert [(each.field, each.values) for each in frozen.exemptions] == [("tif", ("ioc", "fok"))]
    assert frozen.then is not None
    assert (frozen.then.value, frozen.then.within_ms) == ("10", 1_800_000)
    assert [(each.action, each.mask) for each in frozen.actions] == [("restrict_open", ("open",))]
    assert newest().note == "notice 2026-7"
    shown = text(signed_in("trader").get(address("ruleversion", "change", newest())))
    for words in (
        "Trading phases: – <span", "<b>morning, afternoon</b>",
        "stops openings; ended by the trader",
        "Exemption · time in force", "Step that follows · within (ms)", "1,800,000",
    ):  # fmt: skip
        assert words in shown
    # Who may only look sees them in words, too.
    page = text(signed_in("trader").get(address("rule", "change", rule())))
    assert "morning, afternoon" in page
    assert "[&#x27;" not in page


@pytest.mark.parametrize(
    ("changes", "tables", "field"),
    [
        ({"sessions": ["midnight"]}, {}, "sessions"),
        ({"repeat": "-1"}, {}, "repeat"),
        ({"inhibits": ["Z99"]}, {}, "inhibits"),
        ({"check_point": "never"}, {}, "check_point"),
        ({"mode": "draft"}, {}, "mode"),
        ({"clear_percent": "0"}, {}, "clear_percent"),
        ({}, {"exemptions": [EXEMPTION | {"field": "weather"}]}, "exemptions-0-field"),
        ({}, {"exemptions": [EXEMPTION | {"values": "never"}]}, "exemptions-0-values"),
        ({}, {"level_actions": [ACTION | {"action": "shout"}]}, "level_actions-0-action"),
        ({}, {"level_actions": [ACTION | {"mask": ["all"]}]}, "level_actions-0-mask"),
        ({}, {"then_step": [{"indicator": "99999", "cmp": "ge", "value": "1"}]},
         "then_step-0-indicator"),
    ],
)  # fmt: skip
def test_a_faulty_part_is_refused_beside_its_field_and_nothing_is_saved(
    changes: dict[str, Any], tables: dict[str, list[dict[str, Any]]], field: str
) -> None:
    page = saved(signed_in("risk"), {"advice_en": "Stop."} | changes, **tables)
    assert field in errors(page)
    assert rule().advice_en != "Stop."
    assert newest().number == 1


def test_a_step_without_an_end_is_refused_beside_it() -> None:
    indicator = rule().conditions.get().indicator
    step = {"indicator": indicator.pk, "side": "opposite", "cmp": "ge", "value": "10"}
    found = errors(saved(signed_in("risk"), {}, then_step=[step]))
    assert [name.rpartition("-")[0] for name in found] == ["then_step-0"]


def test_a_rule_goes_from_shadow_to_live_with_a_note_on_its_own_button() -> None:
    client = signed_in("risk")
    act(client, "rule", rule(), "switch_mode", mode="shadow", note="watch it first")
    assert spec().mode is RuleMode.SHADOW
    answer = act(client, "rule", rule(), "switch_mode", mode="live", note="a quiet week")
    assert answer.headers["HX-Redirect"] == address("rule", "change", rule())
    assert (newest().number, newest().mode, newest().note) == (3, "live", "a quiet week")
    shown = text(client.get(address("ruleversion", "change", newest())))
    assert 'Mode: shadow <span aria-label="becomes">→</span> <b>live</b>' in shown


@pytest.mark.parametrize(
    ("given", "text_shown"),
    [
        ({"mode": "shadow"}, "This field is required."),
        ({"mode": "draft", "note": "back"}, "Select a valid choice."),
        ({"mode": "live", "note": "again"}, "Select a valid choice."),
    ],
)
def test_a_switch_without_a_note_or_to_nowhere_is_refused(
    given: dict[str, str], text_shown: str
) -> None:
    page = act(signed_in("risk"), "rule", rule(), "switch_mode", **given)
    assert text_shown in text(page)
    assert rule().mode == "live"


def test_a_draft_that_the_engine_would_refuse_does_not_go_live() -> None:
    Rule.objects.create(code="X01", key=["account"])
    given = {"mode": "live", "note": "try"}
    page = act(signed_in("risk"), "rule", rule("X01"), "switch_mode", **given)
    assert "a rule needs a condition" in text(page)
    assert rule("X01").mode == "draft"


@pytest.mark.parametrize("role", OFFICES)
def test_the_wrong_role_switches_no_mode(role: str) -> None:
    answer = act(signed_in(role), "rule", rule(), "switch_mode", mode="off", note="quiet")
    assert answer.status_code == 403
    assert rule().mode == "live"


@pytest.fixture
def proposed() -> RuleVersion:
    """The rule asks for four eyes from version 2 on, and version 2 waits."""
    saved(signed_in("risk"), {"needs_approval": "on"})
    version = newest()
    assert version.state == "proposed"
    return version


def test_a_proposal_says_that_it_waits_and_the_list_shows_it(proposed: RuleVersion) -> None:
    client = signed_in("auditor")
    assert "for approval" in text(client.get(address("rule", "changelist")))
    path = f"{address('ruleversion', 'changelist')}?state__exact=proposed"
    assert list(client.get(path).context["cl"].queryset) == [proposed]


def test_another_risk_officer_approves_on_the_versions_page(proposed: RuleVersion) -> None:
    second = signed_in("risk", "risk.second")
    act(second, "ruleversion", proposed, "approve", reason="as agreed")
    assert (newest().state, newest().reason) == ("approved", "as agreed")
    assert {each.version for each in live_rules() if each.code == CODE} == {2}
    shown = text(second.get(address("ruleversion", "change", proposed)))
    assert "risk.second" in shown
    assert "as agreed" in shown


@pytest.mark.parametrize("role", ["risk", *OFFICES])
def test_its_author_and_the_wrong_roles_approve_nothing(role: str, proposed: RuleVersion) -> None:
    client = signed_in(role)
    assert act(client, "ruleversion", proposed, "approve", reason="").status_code == 403
    assert newest().state == "proposed"


def test_even_the_superuser_does_not_approve_their_own() -> None:
    client = signed_in(ADMIN)
    saved(client, {"needs_approval": "on"})
    assert act(client, "ruleversion", newest(), "approve", reason="").status_code == 403


def test_a_stranger_decides_nothing(proposed: RuleVersion) -> None:
    for what in ("approve", "reject"):
        answer = act(Client(), "ruleversion", proposed, what, reason="no")
        assert answer["Location"].startswith(reverse("admin:login"))
    assert newest().state == "proposed"


def test_turning_down_needs_a_reason_and_puts_the_rule_back(proposed: RuleVersion) -> None:
    second = signed_in("risk", "risk.second")
    page = act(second, "ruleversion", proposed, "reject", reason="")
    assert "This field is required." in text(page)
    act(second, "ruleversion", proposed, "reject", reason="not needed")
    assert (newest().state, rule().needs_approval) == ("rejected", False)
    assert act(second, "ruleversion", proposed, "reject", reason="again").status_code == 403


def new_threshold(client: Client, **changes: str) -> Any:
    condition = Condition.objects.get(rule__code=CODE)
    data = {"condition": str(condition.pk), "level": "limit", "value": "450", "change_note": "7"}
    path = address("threshold", "add")
    return client.post(path, as_shown(client.get(path)) | data | changes, follow=True)


def test_a_number_for_less_than_all_is_added_and_taken_away_in_the_list() -> None:
    client = signed_in("risk")
    page = new_threshold(client, product="IF", effective_from="2026-12-01")
    assert "Z01 v2 is live." in text(page)
    [*_, added] = sorted(spec().conditions[0].thresholds, key=lambda each: bool(each.scope))
    assert (added.value, added.scope, added.effective_from) == (
        "450", ScopeSpec(product="IF"), "2026-12-01",
    )  # fmt: skip
    assert newest().note == "7"
    # The rule's page knows it, and saving that page keeps it.
    shown = text(client.get(address("rule", "change", rule())))
    assert ">+1</a>" in shown
    saved(client, {})
    assert newest().number == 2
    row = SCOPED.get(product="IF")
    client.post(address("threshold", "delete", row), {"post": "yes"})
    assert not SCOPED.filter(product="IF").exists()
    assert newest().number == 3


@pytest.mark.parametrize(
    ("changes", "field", "text_shown"),
    [
        ({}, "__all__", "Say what it is for, or from which day"),
        ({"product": "IF", "value": "x"}, "value", "Enter a number."),
        ({"segment": "main"}, "segment", "main is not one of the available choices"),
        ({"product": "IF", "effective_from": "soon"}, "effective_from", "Enter a valid date."),
    ],
)
def test_a_faulty_number_is_refused_beside_its_field(
    changes: dict[str, str], field: str, text_shown: str
) -> None:
    found = errors(new_threshold(signed_in("risk"), **changes))
    assert list(found) == [field]
    assert text_shown in found[field][0]
    assert newest().number == 1


def test_a_number_is_said_once_for_its_scope_and_day() -> None:
    client = signed_in("risk")
    for day in ("", "2026-12-01"):
        new_threshold(client, product="IF", effective_from=day)
        found = errors(new_threshold(client, product="IF", effective_from=day, value="451"))
        assert found["__all__"][0].startswith(
            "This condition already has a threshold for the level and scope"
        )
    assert SCOPED.filter(product="IF").count() == 2


def test_a_number_for_all_is_not_deleted_in_the_list() -> None:
    row = Threshold.objects.filter(condition__rule__code=CODE).first()
    answer = signed_in("risk").post(address("threshold", "delete", row), {"post": "yes"})
    assert answer.status_code == 403
    assert Threshold.objects.filter(pk=row.pk if row else 0).exists()
