"""The FX desk of `make run` among the accounts and contracts of the risk core."""

from datetime import date

from django.conf import settings

from quoting.domain.digits import exact
from quoting.models import Pair
from riskgw.messages.base_data import AccountData, BaseData, ContractData, SessionTableData
from riskgw.reference.actions.load_base import load_base

_QUANTITY_MAX = "1000000000"
# A trading day of ours begins with the evening before, which is the end of the FX day.
_HOURS = ("19:00 night", "03:00 closed", "09:30 morning", "18:59 closed")
_SOURCE = "Interbank FX market since 2023-01-03: 09:30 to 03:00 (press); to be confirmed"


def load_desk() -> None:
    """Its account, a contract for each pair, and the hours in which quotes are owed."""
    desk = settings.RISKGW_DESK
    exchange, account, counter = desk["exchange"], desk["account"], desk["counter"]
    contracts = tuple(
        ContractData(
            name, exchange, exact(1, decimals), "1", _QUANTITY_MAX, name=name, kind="fx"
        )
        for name, decimals in Pair.objects.values_list("name", "decimals")
    )  # fmt: skip
    owner = AccountData(
        account, exchange, f"G{account}", counter, f"C{account}",
        market_maker=True, permissions=("*",),
    )  # fmt: skip
    hours = SessionTableData(exchange, date(2023, 1, 3), _HOURS, source_note=_SOURCE)
    load_base(BaseData(accounts=(owner,), contracts=contracts, session_tables=(hours,)))
