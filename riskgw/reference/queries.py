"""Reads: the base data the core starts a trading day with."""

from django.db.models import Max

from riskgw.messages.base_data import (
    AccessSystemData,
    AccountData,
    BaseData,
    ContractData,
    CounterData,
)
from riskgw.reference.models import (
    AccessAddress,
    AccessSystem,
    Account,
    Contract,
    ControlGroup,
    Counter,
    CounterEndpoint,
    Customer,
)


def base_data() -> BaseData:
    """All accounts and contracts, and the counters and access systems in use that have a mark.

    An account without a group is a group of its own.
    """
    accounts = Account.objects.select_related("customer", "group", "counter")
    return BaseData(
        accounts=tuple(_account(account) for account in accounts),
        contracts=tuple(_contract(contract) for contract in Contract.objects.all()),
        counters=_counters(),
        access_systems=_access_systems(),
    )


def base_mark() -> str:
    """Another text after every change that `base_data` would show; costs eight small reads."""
    models = (
        Account, Contract, ControlGroup, Customer, Counter, CounterEndpoint, AccessSystem,
        AccessAddress,
    )  # fmt: skip
    newest = (model.history.aggregate(newest=Max("history_id"))["newest"] for model in models)
    return ".".join(str(each or 0) for each in newest)


def _account(account: Account) -> AccountData:
    return AccountData(
        id=account.code,
        exchange=account.exchange_id,
        group=account.group.code if account.group else account.code,
        counter=account.counter.code if account.counter else "",
        customer=account.customer.code if account.customer else "",
        market_maker=account.market_maker,
        hedge=account.hedge,
        permissions=_permissions(account.permissions),
    )


def _contract(contract: Contract) -> ContractData:
    return ContractData(
        symbol=contract.symbol,
        exchange=contract.exchange_id,
        tick=_plain(contract.tick),
        lot=_plain(contract.lot),
        order_quantity_max=_plain(contract.order_quantity_max),
        kind=contract.kind,
        board=contract.board,
        st=contract.st,
        market_quantity_max=_plain(contract.market_quantity_max),
        multiplier=_plain(contract.multiplier),
        previous_close=_plain(contract.previous_close),
        high_limit=_plain(contract.high_limit),
        low_limit=_plain(contract.low_limit),
        same_day=contract.same_day,
        severe_volatility=contract.severe_volatility,
        pool=contract.pool,
    )


def _permissions(text: str) -> tuple[str, ...] | None:
    """None where nobody keeps them; the word none is no product, so that it permits nothing."""
    return tuple(each.strip() for each in text.split(",") if each.strip()) or None


def _counters() -> tuple[CounterData, ...]:
    counters = Counter.objects.filter(is_active=True, endpoints__isnull=False).distinct()
    return tuple(_counter(each) for each in counters.prefetch_related("endpoints"))


def _counter(counter: Counter) -> CounterData:
    marks: dict[str, list[str]] = {kind: [] for kind in CounterEndpoint.Kind.values}
    for each in counter.endpoints.all():
        marks[each.kind].append(each.value)
    pbus, databases, addresses = map(tuple, marks.values())
    return CounterData(counter.code, pbus, databases, addresses)


def _access_systems() -> tuple[AccessSystemData, ...]:
    systems = AccessSystem.objects.filter(is_active=True, addresses__isnull=False).distinct()
    return tuple(
        AccessSystemData(
            code=each.code,
            counter=each.counter.code if each.counter and each.counter.is_active else "",
            addresses=tuple(address.value for address in each.addresses.all()),
        )
        for each in systems.select_related("counter").prefetch_related("addresses")
    )


def _plain(value: object) -> str:
    """Decimal text without trailing zeros; unknown is empty."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
