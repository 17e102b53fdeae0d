"""Whom a restriction is told to is asked of the few rows it names, and is what all rows say."""

import pytest

from monitoring.domain.restrictions import Servers
from monitoring.restriction_queries import counters_concerned
from riskgw.messages.base_data import AccessSystemData, AccountData, BaseData, CounterData
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.queries import base_data

pytestmark = pytest.mark.django_db

BASE = BaseData(
    accounts=(
        AccountData("A", "SSE", "G", "ALPHA", customer="C"),
        AccountData("A", "SZSE", "G", "BETA", customer="C"),
        AccountData("B", "SSE", "", "BETA", customer="C"),
        AccountData("N", "SSE", "H", ""),
    ),
    counters=(CounterData("ALPHA", pbus=("1",)), CounterData("BETA", pbus=("2",))),
    access_systems=(AccessSystemData("GATE", "BETA", ("10.0.0.1",)),),
)


@pytest.mark.parametrize(
    ("scope", "counters"),
    [
        ({"account": "A"}, ("ALPHA", "BETA")),
        ({"account": "B"}, ("BETA",)),
        ({"account": "B", "contract": "SSE:600000"}, ("BETA",)),
        ({"account": "N"}, None),
        ({"account": "unknown"}, None),
        ({"group": "G"}, ("ALPHA", "BETA")),
        ({"group": "B"}, ("BETA",)),
        ({"customer": "C"}, ("ALPHA", "BETA")),
        ({"group": "G", "access_system": "GATE"}, ("BETA",)),
        ({"counter": "ALPHA"}, ("ALPHA",)),
        ({"product": "stock"}, None),
        ({}, None),
    ],
)
def test_the_counters_of_a_scope(scope: dict[str, str], counters: tuple[str, ...] | None) -> None:
    load_base(BASE)
    assert counters_concerned(scope) == counters
    assert Servers(base_data()).of(scope) == counters
