"""Keep what accounts hold as a trading day begins; what was of an earlier day goes."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction

from riskgw.kernel.decimals import QUANTITY_DIGITS, plain
from riskgw.messages.base_data import PositionData
from riskgw.messages.holdings import Position
from riskgw.reference.models import Account, OvernightPosition
from riskgw.rows import insert_or_change

_KEY = ("account", "symbol", "side")
_COLUMNS = (*_KEY, "quantity", "sellable", "trading_day", "source")
_SYMBOL_SIZE_MAX = 40

Place = tuple[int, str, str]


@transaction.atomic
def keep_overnight(told: Iterable[PositionData], day: date, source: str = "") -> None:
    """Of known accounts; the same one told again takes the place of what was told before."""
    told = list(told)
    accounts = _accounts(told)
    rows: dict[Place, tuple[object, ...]] = {}
    for each in told:
        pk = accounts.get((each.exchange, each.account))
        # No contract has a longer name.
        if pk is not None and len(each.symbol) <= _SYMBOL_SIZE_MAX:
            place = pk, each.symbol, each.side
            rows[place] = (*place, each.quantity, each.sellable or None, day, source)
    owners = {pk for pk, _, _ in rows}
    gone = OvernightPosition.objects.filter(account__in=owners)
    # Base data name all that an account holds; a counter tells it in parts.
    (gone.filter(trading_day__lt=day) if source else gone).delete()
    insert_or_change(OvernightPosition, _COLUMNS, list(rows.values()), _KEY)


def position_data(position: Position) -> PositionData:
    """What a counter has told, as base data say it."""
    sellable = position.sellable
    return PositionData(
        account=position.account,
        exchange=position.exchange,
        symbol=position.symbol,
        quantity=plain(position.quantity, QUANTITY_DIGITS),
        sellable="" if sellable is None else plain(sellable, QUANTITY_DIGITS),
        side="short" if position.is_short else "long",
    )


def _accounts(told: Iterable[PositionData]) -> Mapping[tuple[str, str], int]:
    found = Account.objects.filter(code__in={each.account for each in told})
    rows = found.values_list("exchange_id", "code", "pk")
    return {(exchange, code): pk for exchange, code, pk in rows}
