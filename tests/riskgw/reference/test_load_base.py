"""Base data comes in: what is new, what has changed, and what stays as it is."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.reference.actions.load_base import load_base
from riskgw.reference.models import Account, Contract, ControlGroup, Customer
from riskgw.reference.queries import base_data

pytestmark = pytest.mark.django_db

ACCOUNT = AccountData(id="A1", exchange="SSE", group="G1", counter="ALPHA", customer="C1")
CONTRACT = ContractData(
    symbol="600000", exchange="SSE", tick="0.01", lot="100", order_quantity_max="1000000"
)
BASE = BaseData(accounts=(ACCOUNT,), contracts=(CONTRACT,))


def with_account(**changes: Any) -> BaseData:
    return msgspec.structs.replace(BASE, accounts=(msgspec.structs.replace(ACCOUNT, **changes),))


def with_contract(**changes: Any) -> BaseData:
    return msgspec.structs.replace(BASE, contracts=(msgspec.structs.replace(CONTRACT, **changes),))


def test_what_is_loaded_is_what_the_core_starts_with() -> None:
    load_base(BASE)
    assert base_data() == BASE


def test_the_same_data_again_leaves_rows_and_history_alone() -> None:
    load_base(BASE)
    load_base(BASE)
    for model in (Account, Contract, ControlGroup, Customer):
        assert model.objects.count() == 1
        assert [each.history_type for each in model.history.all()] == ["+"]


def test_a_changed_account_moves_to_its_new_group_and_history_says_so() -> None:
    load_base(BASE)
    load_base(with_account(group="G2", hedge=True))
    row = Account.objects.get()
    assert (str(row.group), row.hedge, str(row.customer)) == ("G2", True, "C1")
    newest, first = row.history.all()
    assert newest.diff_against(first).changed_fields == ["group", "hedge"]


def test_a_changed_number_is_kept_with_the_one_before() -> None:
    load_base(BASE)
    load_base(with_contract(order_quantity_max="500000"))
    numbers = [each.order_quantity_max for each in Contract.objects.get().history.all()]
    assert numbers == [Decimal(500000), Decimal(1000000)]


def test_an_account_that_is_no_longer_named_stays() -> None:
    load_base(BASE)
    load_base(with_account(id="A2"))
    assert set(Account.objects.values_list("code", flat=True)) == {"A1", "A2"}


def test_the_same_code_at_two_exchanges_is_two_accounts() -> None:
    load_base(BASE)
    load_base(with_account(exchange="SZSE"))
    assert Account.objects.count() == 2


def test_an_account_without_a_group_is_a_group_of_its_own() -> None:
    load_base(with_account(group="", counter="", customer=""))
    assert (base_data().accounts[0].group, ControlGroup.objects.count()) == ("A1", 0)
