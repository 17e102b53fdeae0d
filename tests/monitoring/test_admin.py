"""Thresholds, versions, alerts and the first page as their users see them."""

from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from monitoring.actions.acknowledge_alert import acknowledge_alert
from monitoring.actions.keep_rule import keep_rule
from monitoring.actions.store_alerts import store_alerts
from monitoring.domain.live_alert import admin_url
from monitoring.models import Alert, Indicator, Rule, RuleVersion, Threshold
from riskgw.cep.spec import RuleSpec
from riskgw.messages.alert import Reading
from tests.alerts import alert_message
from tests.pages import ADMIN, address, as_shown, errors, signed_in

pytestmark = pytest.mark.django_db


def threshold(rule: str = "P01", level: str = "warn") -> Threshold:
    found = Threshold.objects.filter(condition__rule__code=rule, level=level).first()
    assert found is not None
    return found


def changed(client: Client, row: Threshold, **values: Any) -> Any:
    """The answer to saving a threshold's page with other values."""
    path = address("threshold", "change", row)
    data = as_shown(client.get(path)) | values
    return client.post(path, data, follow=True)


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def stored_alert(**changes: Any) -> Alert:
    store_alerts([alert_message(**changes)], ["1"])
    return Alert.objects.get()


def test_changing_a_threshold_publishes_its_rule_and_no_other() -> None:
    page = changed(signed_in("risk"), threshold(), value="250")
    assert "P01 v2 is live." in text(page)
    newest = RuleVersion.objects.order_by("-pk")[0]
    assert (str(newest), newest.author.username if newest.author else "") == ("P01 v2", "risk")
    first = newest.spec["conditions"][0]["thresholds"][0]
    assert (first["level"], first["value"]) == ("warn", "250")
    assert RuleVersion.objects.filter(number=2).count() == 1


def test_saving_a_threshold_untouched_publishes_nothing() -> None:
    changed(signed_in("risk"), threshold())
    assert not RuleVersion.objects.filter(number=2).exists()


def test_the_history_of_a_threshold_begins_with_the_number_that_shipped() -> None:
    client, row = signed_in("risk"), threshold()
    changed(client, row, value="250")
    changed(client, row, value="260.5")
    shown = text(client.get(address("threshold", "history", row)))
    assert 'Value: 250 <span aria-label="becomes">→</span> <b>260.5</b>' in shown
    assert 'Value: 240 <span aria-label="becomes">→</span> <b>250</b>' in shown
    assert shown.count("<td>risk</td>") == 2
    assert [record.value for record in row.history.order_by("pk")] == [240, 250, 260.5]


def test_the_past_is_shown_and_never_put_back() -> None:
    client, row = signed_in(ADMIN), threshold()
    changed(client, row, value="250")
    record = row.history.earliest()
    path = f"{address('threshold', 'history', row)}{record.pk}/"
    assert client.get(path).status_code == 200
    assert client.post(path, {"value": "240"}).status_code == 403
    row.refresh_from_db()
    assert row.value == 250


def test_a_threshold_out_of_order_is_refused_beside_its_field() -> None:
    page = changed(signed_in("risk"), threshold(), value="301")
    assert errors(page) == {"value": ["limit is reached before warn"]}
    assert threshold().value == 240
    assert not RuleVersion.objects.filter(number=2).exists()


@pytest.mark.parametrize("value", ["", "many", "1e3000", "0.000000001"])
def test_a_threshold_that_is_no_number_is_refused_beside_its_field(value: str) -> None:
    assert list(errors(changed(signed_in("risk"), threshold(), value=value))) == ["value"]
    assert threshold().value == 240


@pytest.mark.parametrize("role", ["ops", "trader", "auditor"])
def test_who_may_only_look_sees_a_threshold_and_changes_nothing(role: str) -> None:
    client, row = signed_in(role), threshold()
    path = address("threshold", "change", row)
    shown = text(client.get(path))
    assert "240" in shown
    assert 'name="_save"' not in shown
    assert client.post(path, {"value": "1", "source_note": ""}).status_code == 403
    assert threshold().value == 240
    assert not RuleVersion.objects.filter(number=2).exists()


@pytest.mark.parametrize("role", ["ops", "trader", "auditor"])
def test_who_may_only_look_changes_no_rule(role: str) -> None:
    client, rule = signed_in(role), Rule.objects.get(code="P01")
    data = as_shown(signed_in("risk").get(address("rule", "change", rule))) | {"mode": "off"}
    assert client.post(address("rule", "change", rule), data).status_code == 403
    assert Rule.objects.get(code="P01").mode == "live"


def test_the_list_of_versions_says_what_each_one_changed() -> None:
    client = signed_in("risk")
    changed(client, threshold(), value="250")
    shown = text(client.get(address("ruleversion", "changelist")))
    assert 'Submissions in 1 s · warn: 240 <span aria-label="becomes">→</span> <b>250</b>' in shown


def test_a_rule_leads_to_its_versions() -> None:
    rule = Rule.objects.get(code="T01")
    page = signed_in("auditor").get(f"/admin/monitoring/rule/{rule.pk}/versions", follow=True)
    assert list(page.context["cl"].queryset) == list(rule.versions.all())


def test_a_version_is_shown_in_words_and_as_it_is_stored() -> None:
    version = RuleVersion.objects.get(rule__code="P03")
    shown = text(signed_in("trader").get(address("ruleversion", "change", version)))
    assert "Cancelled orders / Orders" in shown
    assert "age of the order (ms) ≤ 1000; time in force is none of ioc, fok" in shown
    assert "&quot;code&quot;: &quot;instant_cancels&quot;" in shown


def test_an_alert_shows_values_beside_thresholds_and_its_orders() -> None:
    shown = text(signed_in("trader").get(address("alert", "change", stored_alert())))
    assert "2026-11-23 09:30:00.005" in shown
    assert "account A000000007" in shown
    row = '<td class="number"><b>16,000</b></td> <td class="number">≥ 16,000</td>'
    assert f"<td>Submissions today</td> {row}" in shown
    assert "The first 2 and the last:" in shown
    assert "<li>R1</li><li>R2</li><li>R16000</li>" in shown


def test_an_alert_is_found_by_the_number_that_links_name_it_by() -> None:
    store_alerts([alert_message()], ["2026-11-23.0.7.0"])
    shown = signed_in("trader").get(admin_url("2026-11-23.0.7.0"))
    assert shown.status_code == HTTPStatus.OK
    assert shown.context["original"] == Alert.objects.get()
    unknown = signed_in("trader").get(admin_url("2026-11-23.0.8.0"))
    assert unknown.status_code == HTTPStatus.FOUND


def test_a_condition_that_did_not_cause_the_alert_is_told_apart() -> None:
    alert = stored_alert()
    shown = text(signed_in("ops").get(address("alert", "change", alert)))
    assert '<tr class="unreached"> <td>Submissions in 1 s</td>' in shown
    assert shown.count('class="unreached"') == 1
    listed = text(signed_in("ops").get(address("alert", "changelist")))
    assert '<div class="reading unreached">Submissions in 1 s <b>5</b> (≥ 240)</div>' in listed
    assert '<div class="reading">Submissions today <b>16,000</b> (≥ 16,000)</div>' in listed


def test_a_ratio_is_shown_with_both_its_indicators_and_its_unit() -> None:
    readings = (
        Reading("instant_cancels", 401, "gt", 400, "count"),
        Reading("cancelled_orders", "42.166141", "gt", 40, "percent"),
        Reading("cancelled_amount", None, "gt", 40, "percent"),
    )
    stored_alert(rule="P03", values=readings)
    listed = text(signed_in("ops").get(address("alert", "changelist")))
    assert "Cancelled orders / Orders <b>42.166141 %</b> (&gt; 40 %)" in listed
    assert "Cancelled amount / Ordered amount <b>–</b>" in listed


@pytest.mark.parametrize(("unit", "shown"), [("times", "×"), ("days", "days")])
def test_a_figure_that_no_condition_reads_is_called_as_its_rule(unit: str, shown: str) -> None:
    keep_rule(
        RuleSpec(
            code="B13.9",
            name_en="Quotes over trades",
            key=("account",),
            indicators=(),
            conditions=(),
            category="business",
        )
    )
    stored_alert(rule="B13.9", values=(Reading("quotes", "3.5", "ge", "3", unit),))
    listed = text(signed_in("ops").get(address("alert", "changelist")))
    assert f"Quotes over trades <b>3.5 {shown}</b> (≥ 3 {shown})" in listed


@pytest.mark.parametrize("role", ["risk", ADMIN])
def test_an_alert_is_changed_by_nobody(role: str) -> None:
    client, alert = signed_in(role), stored_alert()
    path = address("alert", "change", alert)
    assert 'name="_save"' not in text(client.get(path))
    assert client.post(path, {"level": "limit"}).status_code == 403
    action = {"action": "delete_selected", "_selected_action": [alert.pk], "post": "yes"}
    client.post(address("alert", "changelist"), action)
    assert Alert.objects.get().level == "warn"


def test_alerts_are_found_by_account_and_by_level() -> None:
    stored_alert()
    client = signed_in("ops")
    for query, found in (("q=A000000007", 1), ("q=B1", 0), ("level__exact=warn", 1),
                         ("level__exact=limit", 0)):  # fmt: skip
        page = client.get(f"{address('alert', 'changelist')}?{query}")
        assert page.context["cl"].result_count == found, query


def queries_for(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


def test_a_list_asks_the_database_as_often_for_many_alerts_as_for_two() -> None:
    client, path = signed_in("ops"), address("alert", "changelist")
    alerts = [alert_message(key={"account": f"A{number}"}) for number in range(20)]
    numbers = [f"{number}" for number in range(20)]
    store_alerts(alerts[:2], numbers[:2])
    few = queries_for(client, path)
    store_alerts(alerts, numbers)
    assert queries_for(client, path) == few


def test_the_first_page_counts_the_newest_trading_day_by_level_and_rule() -> None:
    stored_alert()
    page = signed_in("trader").get("/admin/")
    day = page.context["day"]
    assert [(tile["level"], tile["number"]) for tile in day["tiles"]] == [
        ("limit", "0"), ("restrict", "0"), ("warn", "1"),
    ]  # fmt: skip
    assert [(row["code"], row["numbers"]) for row in day["rules"]] == [("P01", ["0", "0", "1"])]
    assert "09:30:00.005" in text(page)
    linked = [signed_in("trader").get(tile["link"]) for tile in day["tiles"]]
    assert [each.context["cl"].result_count for each in linked] == [0, 0, 1]


def test_an_empty_list_says_why_it_is_empty() -> None:
    shown = text(signed_in("trader").get(address("alert", "changelist")))
    assert "An alert appears here when a live rule&#x27;s threshold is reached." in shown


def test_everything_is_said_in_chinese_too() -> None:
    client, alert = signed_in("risk"), stored_alert()
    client.cookies["django_language"] = "zh-hans"
    shown = text(client.get(address("alert", "change", alert)))
    for word in (
        "预警",
        "账户 A000000007",
        "当日报撤单笔数",
        "处置建议",
        "最早的 2 笔和最后一笔：",
    ):
        assert word in shown
    page = changed(client, threshold(), value="301")
    assert errors(page) == {"value": ["“触限”会先于“预警”达到"]}


def test_exported_rules_are_what_replay_takes() -> None:
    rule = Rule.objects.get(code="T01")
    data = {"action": "export_json", "_selected_action": [rule.pk]}
    answer = signed_in("auditor").post(address("rule", "changelist"), data)
    assert answer["Content-Type"] == "application/json"
    [exported] = answer.json()["rules"]
    assert (exported["code"], exported["version"]) == ("T01", 1)


def test_indicators_that_ship_have_names_in_both_languages() -> None:
    assert not Indicator.objects.filter(name_zh="").exists()
    assert not Indicator.objects.filter(name_en="").exists()


def test_an_alert_shows_who_took_care_of_it_and_what_they_said() -> None:
    alert, client = stored_alert(), signed_in("ops")
    user = User.objects.create(username="wang.li")
    acknowledge_alert(alert.number, user, "called the client")
    shown = text(client.get(address("alert", "change", alert)))
    assert all(each in shown for each in ("called the client", "wang.li", "acknowledged"))
    path = address("alert", "changelist")
    for state, found in (("acknowledged", 1), ("open", 0)):
        page = client.get(f"{path}?state__exact={state}")
        assert page.context["cl"].result_count == found, state
