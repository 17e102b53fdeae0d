"""Load base data: accounts and contracts, and the groups, customers and counters they name."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Model

from riskgw.messages.base_data import BaseData
from riskgw.reference.models import Account, Contract, ControlGroup, Counter, Customer, Exchange


@transaction.atomic
def load_base(base: BaseData) -> None:
    """Add what is new, update what is known by exchange and code; nothing is deleted."""
    exchanges = {each.exchange for each in base.accounts}
    for code in sorted(exchanges | {each.exchange for each in base.contracts}):
        Exchange.objects.get_or_create(code=code, defaults={"name": code})
    groups = _by_code(ControlGroup, (each.group for each in base.accounts))
    counters = _by_code(Counter, (each.counter for each in base.accounts))
    customers = _by_code(Customer, (each.customer for each in base.accounts))
    Account.objects.bulk_create(
        [
            Account(
                code=each.id,
                exchange_id=each.exchange,
                group_id=groups.get(each.group),
                counter_id=counters.get(each.counter),
                customer_id=customers.get(each.customer),
                market_maker=each.market_maker,
                hedge=each.hedge,
            )
            for each in base.accounts
        ],
        update_conflicts=True,
        unique_fields=["exchange", "code"],
        update_fields=["group", "counter", "customer", "market_maker", "hedge"],
    )
    Contract.objects.bulk_create(
        [
            Contract(
                symbol=each.symbol,
                exchange_id=each.exchange,
                name=each.name,
                kind=each.kind,
                board=each.board,
                tick=each.tick,
                lot=each.lot,
                order_quantity_max=each.order_quantity_max,
                st=each.st,
            )
            for each in base.contracts
        ],
        update_conflicts=True,
        unique_fields=["exchange", "symbol"],
        update_fields=["name", "kind", "board", "tick", "lot", "order_quantity_max", "st"],
    )


def _by_code(model: type[Model], codes: Iterable[str]) -> dict[str, int]:
    """Primary keys by code, after adding the codes that are new; blank ones are left out."""
    wanted = {code for code in codes if code}
    manager = model._default_manager  # noqa: SLF001  # public by name in Django's documentation
    manager.bulk_create([model(code=code) for code in sorted(wanted)], ignore_conflicts=True)
    return dict(manager.filter(code__in=wanted).values_list("code", "pk"))
