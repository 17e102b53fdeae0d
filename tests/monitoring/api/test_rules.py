"""Rules by REST: listed, shown in words, changed by two people, put into another mode."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from monitoring.actions import judge_figures
from monitoring.actions.keep_rule import keep_rule
from monitoring.actions.raise_system_alerts import spec_of as host_spec
from monitoring.domain.business_metrics import METRICS as FIGURES
from monitoring.domain.host_metrics import METRICS as HOSTS
from monitoring.models import Rule, RuleVersion, Threshold
from monitoring.rule_queries import FIGURE_CATEGORIES, catalogue, live_rules
from tests.pages import signed_in
from tests.stored_rules import CODE, INDICATOR, stored_rule

pytestmark = pytest.mark.django_db

RULES = "/api/v1/rules"


@pytest.fixture(autouse=True)
def rule() -> Rule:
    return stored_rule()


@pytest.fixture
def client() -> Client:
    return signed_in("risk")


@pytest.fixture
def second() -> Client:
    return signed_in("risk", "zhao")


def codes(client: Client, query: str) -> list[str]:
    return [row["code"] for row in client.get(f"{RULES}?{query}").json()["results"]]


def shown(client: Client, code: str = CODE) -> dict[str, Any]:
    answer: dict[str, Any] = client.get(f"{RULES}/{code}").json()
    return answer


def warn() -> Threshold:
    found = Threshold.objects.filter(condition__rule__code=CODE, level="warn").first()
    assert found is not None
    return found


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{RULES}/{path}", body, "application/json")


def propose(client: Client, value: str = "250", **changes: Any) -> Any:
    thresholds = [{"id": warn().pk, "value": value}]
    body = {"thresholds": thresholds, "note": "the exchange asked"} | changes
    return post(client, f"{CODE}/versions", **body)


def in_force() -> int:
    (found,) = [rule.version for rule in live_rules() if rule.code == CODE]
    return found


def test_rules_are_found_by_mode_family_level_and_part_of_a_name(client: Client) -> None:
    assert codes(client, f"search={CODE.lower()}") == [CODE]
    assert "P01" in codes(client, "search=high-freq")
    assert "P01" in codes(client, "search=高频")
    assert CODE in codes(client, "mode=live&level=restrict")
    assert CODE not in codes(client, "mode=draft")
    assert "P01" in codes(client, "category=programme")
    assert CODE not in codes(client, "category=programme")
    Threshold.objects.filter(condition__rule__code=CODE, level="restrict").delete()
    assert CODE not in codes(client, "level=restrict")
    assert Rule.objects.count() > len(codes(client, "level=restrict")) > 0


def test_what_stands_for_a_figure_is_no_rule_of_the_catalogue(client: Client) -> None:
    before = codes(client, "")
    for spec in (judge_figures.spec_of(next(iter(FIGURES.values()))), host_spec(next(iter(HOSTS)))):
        keep_rule(spec)
    assert Rule.objects.filter(category__in=FIGURE_CATEGORIES).count() == 2
    assert codes(client, "") == before
    admin = signed_in("risk").get("/admin/monitoring/rule/").content.decode()
    assert CODE in admin
    assert "B13.1" not in admin


def test_all_rules_are_listed_page_by_page_once(client: Client) -> None:
    found: list[str] = []
    cursor = ""
    while True:
        page = client.get(f"{RULES}?{cursor}").json()
        found += [row["code"] for row in page["results"]]
        if page["next"] is None:
            break
        cursor = f"cursor={page['next']}"
    assert found == sorted(Rule.objects.values_list("code", flat=True))


def test_a_list_asks_the_database_no_more_for_many_rules_than_for_one(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(10):
        codes(client, "")


@pytest.mark.parametrize(
    ("query", "field"),
    [("mode=asleep", "mode"), ("level=loud", "level"), ("cursor=x", "cursor"), ("sort=1", "sort")],
)
def test_a_filter_that_may_not_be_is_refused(client: Client, query: str, field: str) -> None:
    answer = client.get(f"{RULES}?{query}")
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_rule_is_shown_in_words_and_figures(client: Client) -> None:
    found = shown(client)
    assert found["key"] == "account"
    (condition,) = found["conditions"]
    assert (condition["cmp"], condition["levels"]) == ("≥", ["240", "280", "300"])
    assert found["indicators"][0]["code"] == INDICATOR
    assert found["indicators"][0]["window"] == "sliding 1,000 ms"
    assert (found["version"], found["proposed"], found["mode"]) == (1, None, "live")
    assert found["may_become"] == ["shadow", "off"]
    assert {each["level"] for each in found["thresholds"]} == {"warn", "restrict", "limit"}


def test_words_are_those_of_the_readers_language(client: Client) -> None:
    client.post("/api/v1/session/language", {"language": "zh-hans"}, "application/json")
    assert shown(client)["key"] == "账户"


def test_a_rule_that_is_not_there_is_not_found(client: Client) -> None:
    for path in ("NO1", "NO1/versions"):
        assert client.get(f"{RULES}/{path}").status_code == HTTPStatus.NOT_FOUND
    answer = post(client, "NO1/mode", mode="off", note="x")
    assert answer.status_code == HTTPStatus.NOT_FOUND


def test_every_rule_that_ships_is_shown(client: Client) -> None:
    for code in Rule.objects.values_list("code", flat=True):
        assert client.get(f"{RULES}/{code}").status_code == HTTPStatus.OK, code


def test_a_proposal_judges_nothing_until_another_approves(client: Client, second: Client) -> None:
    answer = propose(client)
    assert answer.status_code == HTTPStatus.CREATED
    version = answer.json()
    assert (version["number"], version["state"], version["before"]) == (2, "proposed", 1)
    (change,) = version["changes"]
    assert (change["old"], change["new"]) == ("240", "250")
    assert in_force() == 1
    assert (shown(client)["version"], shown(client)["proposed"]) == (1, 2)
    assert codes(client, "waiting=true") == [CODE]
    # The conditions are those in force, the rows the proposed ones.
    assert shown(client)["conditions"][0]["levels"][0] == "240"

    own = post(client, f"{CODE}/versions/2/approve")
    assert own.status_code == HTTPStatus.FORBIDDEN
    assert own.json()["type"] == "urn:riskgw:second_person"
    assert in_force() == 1

    approved = post(second, f"{CODE}/versions/2/approve", reason="seen")
    assert approved.json()["decided_by"] == "zhao"
    assert approved.json()["is_in_force"]
    assert in_force() == 2
    again = post(second, f"{CODE}/versions/2/approve")
    assert again.status_code == HTTPStatus.CONFLICT


def test_a_proposal_that_is_turned_down_leaves_the_rule_as_it_was(
    client: Client, second: Client
) -> None:
    propose(client)
    without = post(second, f"{CODE}/versions/2/reject")
    assert without.status_code == HTTPStatus.BAD_REQUEST
    rejected = post(second, f"{CODE}/versions/2/reject", reason="too generous")
    assert (rejected.json()["state"], rejected.json()["reason"]) == ("rejected", "too generous")
    assert warn().value == 240
    assert in_force() == 1


def test_only_who_proposed_a_version_withdraws_it(client: Client, second: Client) -> None:
    propose(client)
    refused = post(second, f"{CODE}/versions/2/withdraw", reason="mine")
    assert refused.status_code == HTTPStatus.FORBIDDEN
    withdrawn = post(client, f"{CODE}/versions/2/withdraw", reason="a slip")
    assert withdrawn.json()["state"] == "withdrawn"
    assert warn().value == 240


def test_versions_are_listed_with_what_they_changed(client: Client, second: Client) -> None:
    propose(client)
    post(second, f"{CODE}/versions/2/approve")
    post(client, f"{CODE}/mode", mode="shadow", note="on trial")
    newest, middle, first = client.get(f"{RULES}/{CODE}/versions").json()["results"]
    assert [newest["number"], middle["number"], first["number"]] == [3, 2, 1]
    assert [(each["old"], each["new"]) for each in newest["changes"]] == [("live", "shadow")]
    assert middle["note"] == "the exchange asked"
    assert (first["note"], first["changes"]) == ("imported", [])
    assert [newest["is_in_force"], middle["is_in_force"]] == [True, False]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"note": ""}, 400),
        ({"thresholds": [{"id": 999_999, "value": "1"}]}, 400),
        ({"thresholds": [{"id": 1, "value": "NaN"}]}, 400),
        ({"thresholds": [{"id": 1}]}, 400),
        ({"thresholds": "all"}, 400),
        ({"thresholds": [{"id": 1, "value": "1"}] * 501}, 400),
        ({"thresholds": [{"id": 1, "value": "1"}] * 2}, 400),
        ({"thresholds": []}, 409),
        ({"mode": "draft"}, 400),
        ({"effective_from": "soon"}, 400),
        ({"author": "zhao"}, 400),
    ],
)
def test_a_proposal_that_may_not_be_is_refused_and_nothing_is_changed(
    client: Client, changes: dict[str, Any], status: int
) -> None:
    assert propose(client, **changes).status_code == status
    assert RuleVersion.objects.filter(rule__code=CODE).count() == 1
    assert warn().value == 240


def test_a_proposal_the_engine_would_refuse_is_refused(client: Client) -> None:
    """A rule's levels rise."""
    answer = propose(client, "9999")
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["type"] == "urn:riskgw:rule_faulty"
    assert warn().value == 240


def test_a_threshold_of_another_rule_is_not_changed(client: Client) -> None:
    other = Threshold.objects.exclude(condition__rule__code=CODE).first()
    assert other is not None
    answer = propose(client, thresholds=[{"id": other.pk, "value": "1"}])
    assert answer.status_code == HTTPStatus.BAD_REQUEST


def test_a_mode_is_switched_with_a_note_and_only_where_it_leads(client: Client) -> None:
    answer = post(client, f"{CODE}/mode", mode="off", note="too noisy")
    assert (answer.json()["mode"], answer.json()["may_become"]) == ("off", ["shadow", "live"])
    assert CODE not in {rule.code for rule in live_rules()}
    again = post(client, f"{CODE}/mode", mode="off", note="again")
    assert again.status_code == HTTPStatus.CONFLICT
    assert again.json()["type"] == "urn:riskgw:illegal_mode"
    assert post(client, f"{CODE}/mode", mode="live").status_code == HTTPStatus.BAD_REQUEST


def test_where_four_eyes_are_asked_another_mode_is_only_proposed(
    client: Client, second: Client
) -> None:
    Rule.objects.filter(code=CODE).update(needs_approval=True)
    answer = post(client, f"{CODE}/mode", mode="shadow", note="on trial")
    assert answer.json()["proposed"] == 2
    assert in_force() == 1
    assert post(second, f"{CODE}/versions/2/approve").status_code == HTTPStatus.OK
    assert in_force() == 2


def test_every_family_of_the_catalogue_is_offered_by_the_page() -> None:
    offered = (Path(__file__).parents[3] / "static/src/api/rules.ts").read_text()
    (line,) = re.findall(r"^export const CATEGORIES = \[(.*)\]", offered, re.MULTILINE)
    shipped = {rule.category for file in catalogue() for rule in file.rules}
    assert set(re.findall(r"'(\w+)'", line)) == shipped
