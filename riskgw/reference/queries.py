"""Reads: the base data the core starts a trading day with, and what its calendars lack."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from django.db.models import Max, Q

from riskgw.cep.sessions import Sessions
from riskgw.messages.base_data import (
    AccessSystemData,
    AccountData,
    BaseData,
    CalendarData,
    CalendarDayData,
    ContractData,
    CounterData,
    PositionData,
    SessionTableData,
)
from riskgw.reference.models import (
    AccessAddress,
    AccessSystem,
    Account,
    CalendarDay,
    Contract,
    ControlGroup,
    Counter,
    CounterEndpoint,
    Customer,
    ExchangeCalendar,
    OvernightPosition,
    SessionTable,
)
from riskgw.reference.models.calendar import NOTICE_DAYS, product_names


def base_data(day: date | None = None) -> BaseData:
    """All accounts and contracts, and the counters and access systems in use that have a mark.

    An account without a group is a group of its own. Positions are those of trading days from
    `day` on, none without it: what was held before an earlier day is held no more.
    """
    accounts = Account.objects.select_related("customer", "group", "counter")
    return BaseData(
        accounts=tuple(_account(account) for account in accounts),
        contracts=tuple(_contract(contract) for contract in Contract.objects.all()),
        counters=_counters(),
        access_systems=_access_systems(),
        positions=() if day is None else _positions(day),
        calendars=_calendars(),
        session_tables=_session_tables(),
    )


def base_about(scope: Mapping[str, str]) -> BaseData:
    """The accounts that a scope's account, group or customer names, and the access systems."""
    named = Q(pk=None)
    for name, value in scope.items():
        if name == "account":
            named |= Q(code=value)
        elif name == "group":
            named |= Q(group__code=value) | Q(group=None, code=value)
        elif name == "customer":
            named |= Q(customer__code=value)
    accounts = Account.objects.select_related("customer", "group", "counter").filter(named)
    systems = _access_systems() if "access_system" in scope else ()
    return BaseData(tuple(_account(each) for each in accounts), access_systems=systems)


def base_mark() -> str:
    """Another text after every change that `base_data` would show; costs twelve small reads.

    Of positions that counters have told the shards know already.
    """
    models = (
        Account, Contract, ControlGroup, Customer, Counter, CounterEndpoint, AccessSystem,
        AccessAddress, ExchangeCalendar, CalendarDay, SessionTable,
    )  # fmt: skip
    newest = (model.history.aggregate(newest=Max("history_id"))["newest"] for model in models)
    loaded = OvernightPosition.objects.filter(source="").aggregate(newest=Max("pk"))["newest"]
    return ".".join(str(each or 0) for each in (*newest, loaded))


def stored_sessions() -> Sessions:
    """Calendars and phases as they are stored now, without the contracts."""
    return _sessions(BaseData(calendars=_calendars(), session_tables=_session_tables()))


def ending_calendars(today: date) -> dict[str, int]:
    """Exchanges whose list of trading days ends soon, or has ended, by the days that are left."""
    known = ExchangeCalendar.objects.values_list("exchange_id", "known_until")
    left = {exchange: (until - today).days for exchange, until in known.order_by("exchange_id")}
    return {exchange: days for exchange, days in left.items() if days < NOTICE_DAYS}


@lru_cache(maxsize=1)
def _sessions(base: BaseData) -> Sessions:
    """Made anew when something of it has changed."""
    return Sessions(base)


def _positions(day: date) -> tuple[PositionData, ...]:
    rows = OvernightPosition.objects.filter(trading_day__gte=day).select_related("account")
    return tuple(
        PositionData(
            account=each.account.code,
            exchange=each.account.exchange_id,
            symbol=each.symbol,
            quantity=_plain(each.quantity),
            sellable=_plain(each.sellable),
            side=each.side,
            day=each.trading_day,
        )
        for each in rows.order_by("pk")
    )


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
        index=contract.index,
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


def _calendars() -> tuple[CalendarData, ...]:
    return tuple(
        CalendarData(
            exchange=each.exchange_id,
            known_until=each.known_until,
            days=tuple(
                CalendarDayData(day.day, is_open=day.is_open, has_night=day.has_night)
                for day in each.days.all()
            ),
        )
        for each in ExchangeCalendar.objects.prefetch_related("days")
    )


def _session_tables() -> tuple[SessionTableData, ...]:
    return tuple(
        SessionTableData(
            exchange=each.exchange_id,
            effective_from=each.effective_from,
            phases=tuple(each.phases.splitlines()),
            products=product_names(each.products),
        )
        for each in SessionTable.objects.all()
    )


def _plain(value: object) -> str:
    """Decimal text without trailing zeros; unknown is empty."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
