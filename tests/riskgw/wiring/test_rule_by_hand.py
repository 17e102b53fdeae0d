"""A rule made by nothing but clicks fires on the next replay."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import call_command

from monitoring.models import Indicator
from monitoring.rule_queries import shipped_rules
from riskgw.cep.spec import RulesFile
from tests.pages import address, as_shown, signed_in, with_rows

pytestmark = pytest.mark.django_db

SELLS_MIN = 5


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small day: ordinary orders, and no scenarios but those of one rule."""
    folder = tmp_path_factory.mktemp("day")
    rules = folder / "rules.json"
    only = tuple(rule for rule in shipped_rules() if rule.code == "T01")
    rules.write_bytes(msgspec.json.encode(RulesFile(only)))
    call_command(
        "simulate_day", "--seed=3", f"--out={folder / 'day.pcap'}", "--orders=300", "--quick",
        f"--rules={rules}", verbosity=0,
    )  # fmt: skip
    return folder / "day.pcap"


def replayed(day: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> list[dict[str, Any]]:
    """The lines of a replay against the live rules."""
    capsysbinary.readouterr()
    labels = day.with_suffix(".labels.json")
    call_command("replay", day, "--inline", "--rules", "live", "--base", labels)
    return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]


def posted(model: str, data: dict[str, Any], prefix: str, row: dict[str, Any]) -> None:
    """Fill in an empty page and save it."""
    client, path = signed_in("risk"), address(model, "add")
    answer = client.post(path, with_rows(as_shown(client.get(path)) | data, prefix, [row]))
    assert answer.status_code == 302


def test_a_new_code_indicator_and_key_fire_on_the_next_replay(
    day: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    before = replayed(day, capsysbinary)
    indicator = {
        "code": "counter_sells", "name_en": "Sells of a counter", "op": "count",
        "event_types": ["order"], "window": "day", "key": ["counter", "side"],
    }  # fmt: skip
    posted("indicator", indicator, "filters", {"field": "side", "cmp": "eq", "value": "sell"})
    rule = {"code": "X77", "name_en": "Sells", "mode": "live", "key": ["side", "counter"]}
    condition = {
        "group": 1, "indicator": Indicator.objects.get(code="counter_sells").pk, "minus": "0",
        "cmp": "ge", "unit": "count", "warn": str(SELLS_MIN), "limit": str(2 * SELLS_MIN),
    }  # fmt: skip
    posted("rule", rule, "conditions", condition)

    *alerts, summary = replayed(day, capsysbinary)
    ours = [alert for alert in alerts if alert["rule"] == "X77"]
    assert [alert for alert in alerts if alert["rule"] != "X77"] == before[:-1]
    assert summary["alerts"]["X77"] == {"warn": 2, "limit": 2}
    assert {(alert["key"]["counter"], alert["level"]) for alert in ours} == {
        ("ALPHA", "warn"), ("ALPHA", "limit"), ("BETA", "warn"), ("BETA", "limit"),
    }  # fmt: skip
    first = next(alert for alert in ours if alert["level"] == "warn")
    assert (first["version"], first["order_count"]) == (1, SELLS_MIN)
    assert first["values"] == [
        {
            "indicator": "counter_sells", "value": SELLS_MIN, "cmp": "ge",
            "threshold": SELLS_MIN, "unit": "count",
        }
    ]  # fmt: skip
    assert len(set(first["order_refs"])) == SELLS_MIN


def test_a_threshold_changed_by_hand_moves_the_alert(
    day: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """One order is over 100 % of its contract's largest; 120 % lets it pass."""
    levels = [line["level"] for line in replayed(day, capsysbinary)[:-1] if line["rule"] == "T01"]
    assert "limit" in levels
    client = signed_in("risk")
    page = client.get(address("threshold", "changelist") + "?level__exact=limit&q=T01")
    [row] = page.context["cl"].queryset
    path = address("threshold", "change", row)
    client.post(path, as_shown(client.get(path)) | {"value": "120"})
    moved = [line for line in replayed(day, capsysbinary)[:-1] if line["rule"] == "T01"]
    assert {line["version"] for line in moved} == {2}
    assert "limit" not in {line["level"] for line in moved}
