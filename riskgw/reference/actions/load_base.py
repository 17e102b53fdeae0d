"""Load base data: accounts, contracts, counters, access systems, calendars, what they name."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from riskgw.kernel.addresses import address_block, block_text
from riskgw.kernel.sessions import phase_lines, phases_of
from riskgw.messages.base_data import (
    AccountData,
    BaseData,
    CalendarData,
    ContractData,
    SessionTableData,
)
from riskgw.reference.actions.keep_overnight import keep_overnight
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
    Exchange,
    ExchangeCalendar,
    SessionTable,
)
from riskgw.reference.models.calendar import product_text
from riskgw.reference.queries import stored_sessions

BATCH_SIZE = 500
_ACCOUNT_UPDATES = ("group", "counter", "customer", "market_maker", "hedge")
_CONTRACT_UPDATES = (
    "name", "kind", "board", "tick", "lot", "order_quantity_max", "st", "market_quantity_max",
    "previous_close", "high_limit", "low_limit",
)  # fmt: skip


@transaction.atomic
def load_base(base: BaseData) -> None:
    """Add what is new, update what is known by exchange and code; nothing is deleted.

    History gets a line for what is new and for what has changed, and none for the rest.
    """
    told: tuple[AccountData | ContractData | CalendarData | SessionTableData, ...]
    told = (*base.accounts, *base.contracts, *base.calendars, *base.session_tables)
    for code in sorted({each.exchange for each in told}):
        Exchange.objects.get_or_create(code=code, defaults={"name": code})
    _store(Account, ("exchange_id", "code"), _ACCOUNT_UPDATES, _accounts(base))
    _store(Contract, ("exchange_id", "symbol"), _CONTRACT_UPDATES, _contracts(base))
    _store(CounterEndpoint, ("kind", "value"), ("counter",), _endpoints(base))
    _store(AccessSystem, ("code",), ("counter",), _access_systems(base))
    _store(AccessAddress, ("value",), ("access_system",), _access_addresses(base))
    # What people have entered of these is not told otherwise by a file.
    _store(ExchangeCalendar, ("exchange_id",), (), _calendars(base))
    _store(CalendarDay, ("calendar_id", "day"), (), _calendar_days(base))
    _store(SessionTable, ("exchange_id", "products", "effective_from"), (), _session_tables(base))
    _keep_positions(base)


def _keep_positions(base: BaseData) -> None:
    """Those without a day are of the clock's."""
    if not base.positions:
        return
    today = stored_sessions().trading_day(time.time_ns())
    for day in sorted({each.day or today for each in base.positions}):
        keep_overnight([each for each in base.positions if (each.day or today) == day], day)


def _accounts(base: BaseData) -> list[Account]:
    groups = _by_code(ControlGroup, (each.group for each in base.accounts))
    counters = _by_code(Counter, (each.counter for each in base.accounts))
    customers = _by_code(Customer, (each.customer for each in base.accounts))
    return [
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
    ]


def _contracts(base: BaseData) -> list[Contract]:
    return [
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
            market_quantity_max=each.market_quantity_max or None,
            multiplier=each.multiplier,
            previous_close=each.previous_close or None,
            high_limit=each.high_limit or None,
            low_limit=each.low_limit or None,
            same_day=each.same_day,
            severe_volatility=each.severe_volatility,
            pool=each.pool,
            index=each.index,
        )
        for each in base.contracts
    ]


def _endpoints(base: BaseData) -> list[CounterEndpoint]:
    """A mark that another counter had moves to the one that is named now."""
    counters = _by_code(Counter, (each.code for each in base.counters))
    kinds = CounterEndpoint.Kind
    return [
        CounterEndpoint(counter_id=counters[each.code], kind=kind, value=value)
        for each in base.counters
        for kind, values in (
            (kinds.PBU, each.pbus),
            (kinds.DATABASE, [name.lower() for name in each.databases]),
            (kinds.ADDRESS, map(_written, each.addresses)),
        )
        for value in values
    ]


def _access_systems(base: BaseData) -> list[AccessSystem]:
    counters = _by_code(Counter, (each.counter for each in base.access_systems))
    return [
        AccessSystem(code=each.code, counter_id=counters.get(each.counter))
        for each in base.access_systems
    ]


def _access_addresses(base: BaseData) -> list[AccessAddress]:
    systems = _by_code(AccessSystem, (each.code for each in base.access_systems))
    return [
        AccessAddress(access_system_id=systems[each.code], value=_written(address))
        for each in base.access_systems
        for address in each.addresses
    ]


def _calendars(base: BaseData) -> list[ExchangeCalendar]:
    return [
        ExchangeCalendar(
            exchange_id=each.exchange, known_until=each.known_until, source_note=each.source_note
        )
        for each in base.calendars
    ]


def _calendar_days(base: BaseData) -> list[CalendarDay]:
    calendars = dict(ExchangeCalendar.objects.values_list("exchange_id", "pk"))
    return [
        CalendarDay(
            calendar_id=calendars[each.exchange],
            day=day.day,
            is_open=day.is_open,
            has_night=day.has_night,
            note=day.note,
        )
        for each in base.calendars
        for day in each.days
    ]


def _session_tables(base: BaseData) -> list[SessionTable]:
    return [
        SessionTable(
            exchange_id=each.exchange,
            products=product_text(", ".join(each.products)),
            effective_from=each.effective_from,
            phases="\n".join(phase_lines(phases_of(each.phases))),
            source_note=each.source_note,
        )
        for each in base.session_tables
    ]


def _written(address: str) -> str:
    return block_text(address_block(address))


def _store(
    model: type[Model], key: tuple[str, ...], updates: Sequence[str], rows: list[Any]
) -> None:
    """Create the rows whose key is new; give the others the values of `updates`."""
    known = {_values(row, key): row for row in _all(model)}
    new = [row for row in rows if _values(row, key) not in known]
    bulk_create_with_history(new, model, batch_size=BATCH_SIZE)
    columns: list[Any] = [model._meta.get_field(name) for name in updates]  # noqa: SLF001  # public
    changed = []
    for row in rows:
        stored = known.get(_values(row, key))
        wanted = {each.attname: each.to_python(getattr(row, each.attname)) for each in columns}
        if stored is not None and any(getattr(stored, n) != v for n, v in wanted.items()):
            vars(stored).update(wanted)
            changed.append(stored)
    if changed:
        bulk_update_with_history(changed, model, list(updates), batch_size=BATCH_SIZE)


def _by_code(model: type[Model], codes: Iterable[str]) -> dict[str, int]:
    """Primary keys by code, after adding the codes that are new; blank ones are left out."""
    known = {row.code: row.pk for row in _all(model)}
    new = [model(code=code) for code in sorted({code for code in codes if code} - known.keys())]
    created = bulk_create_with_history(new, model, batch_size=BATCH_SIZE)
    return known | {row.code: row.pk for row in created}


def _all(model: type[Model]) -> Iterable[Any]:
    return model._default_manager.all()  # noqa: SLF001  # public by name in Django's documentation


def _values(row: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)
