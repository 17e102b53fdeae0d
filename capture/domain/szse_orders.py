"""SZSE Binary messages as business events (specification 1.32, chapter 4)."""

from collections.abc import Callable
from typing import Any

from mypy_extensions import mypyc_attr

from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.orphans import orphan
from capture.domain.sighting import Sighting, rule_time
from riskgw.kernel.times import NS_PER_SECOND, local_timestamp_ns
from riskgw.kernel.words import EventKind, Offset, OrderType, Side, TimeInForce
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem, ProblemKind

# Wire units to ours: Price 10**-4 to 10**-5, Qty 10**-2 to 10**-3.
_PRICE_FACTOR = 10
_QUANTITY_FACTOR = 10

_BUSINESS_REJECT, _ORDER_CANCEL_REQUEST, _CANCEL_REJECT = 4, 190007, 290008
_PLATFORM_STATE_INFO, _PLATFORM_INFO = 6, 9

# Gateways whose platform is remembered; the reports of others count under their address.
GATEWAYS_MAX = 65_536

_EXCHANGES = {"101": "SSE", "102": "SZSE"}  # SecurityIDSource
_SIDES = {
    "1": Side.BUY,
    "2": Side.SELL,
    "D": Side.SUBSCRIBE,
    "E": Side.REDEEM,
    "F": Side.LEND,
    "G": Side.BORROW,
}
_MARKET_STYLES = {1: OrderType.OPPOSITE_BEST, 5: OrderType.BEST_FIVE}  # by MaxPriceLevels
_TIMES_IN_FORCE = {"0": TimeInForce.DAY, "9": TimeInForce.AT_CROSSING}
_CASH_MARGIN_OFFSETS = {"2": Offset.OPEN, "3": Offset.CLOSE}
_POSITION_OFFSETS = {"O": Offset.OPEN, "C": Offset.CLOSE}
_EXECUTION_KINDS = {
    "0": EventKind.CONFIRM,
    "4": EventKind.CANCELLED,
    "8": EventKind.REJECT,
    "F": EventKind.FILL,
}

Fields = dict[str, Any]
Outcome = list[Event | Problem]


@mypyc_attr(allow_interpreted_subclasses=True)
class SzseOrders:
    """The SZSE side of an order feed; `next_number` numbers the events of the feed."""

    def __init__(self, orders: OrdersOfDay, next_number: Callable[[], int]) -> None:
        self._orders = orders
        self._next_number = next_number
        # Gateway address to platform: a gateway has one port for each platform.
        self._platforms: dict[str, str] = {}

    def hear(self, kind: int, fields: Fields, sighting: Sighting) -> Outcome:
        """Events and problems of one message; messages about the session have none."""
        if kind in (_PLATFORM_STATE_INFO, _PLATFORM_INFO):
            self._name_platform(str(fields["PlatformID"]), sighting)
            return []
        if kind == _ORDER_CANCEL_REQUEST:
            return self._cancel(fields, sighting)
        if kind == _CANCEL_REJECT:
            return self._cancel_reject(fields, sighting)
        if kind == _BUSINESS_REJECT:
            return self._business_reject(fields, sighting)
        family, message = divmod(kind % 100_000, 100)
        if not family:
            return []
        if kind < 200_000 and message == 1:
            return self._order(fields, sighting)
        if kind >= 200_000 and message in (2, 15):
            return self._execution(fields, sighting)
        return []

    def _order(self, fields: Fields, sighting: Sighting) -> Outcome:
        pbu, account = fields["SubmittingPBUID"], fields["AccountID"]
        self._orders.remember(pbu, fields["ClOrdID"], account)
        return [
            self._event(
                EventKind.ORDER,
                fields,
                sighting,
                account=account or None,
                price=fields["Price"] * _PRICE_FACTOR,
                quantity=fields["OrderQty"] * _QUANTITY_FACTOR,
            )
        ]

    def _cancel(self, fields: Fields, sighting: Sighting) -> Outcome:
        pbu, order = fields["SubmittingPBUID"], fields["OrigClOrdID"]
        account = self._orders.account_of(pbu, order)
        if account is not None:
            self._orders.remember(pbu, fields["ClOrdID"], account)
        event = self._event(
            EventKind.CANCEL,
            fields,
            sighting,
            account=account or None,
            cancel_of=order or None,
            quantity=fields["OrderQty"] * _QUANTITY_FACTOR or None,
        )
        return [event, *orphan(account, pbu, order)]

    def _cancel_reject(self, fields: Fields, sighting: Sighting) -> Outcome:
        if not self._is_new(fields, sighting):
            return []
        pbu, order = fields["SubmittingPBUID"], fields["OrigClOrdID"]
        account = self._orders.account_of(pbu, order)
        event = self._event(
            EventKind.CANCEL_REJECT,
            fields,
            sighting,
            account=account or None,
            cancel_of=order or None,
        )
        return [event, *orphan(account, pbu, order)]

    def _business_reject(self, fields: Fields, sighting: Sighting) -> Outcome:
        pbu, reference = fields["SubmittingPBUID"], fields["BusinessRejectRefID"]
        account = self._orders.account_of(pbu, reference)
        is_cancel = fields["RefMsgType"] == _ORDER_CANCEL_REQUEST
        event = self._event(
            EventKind.CANCEL_REJECT if is_cancel else EventKind.REJECT,
            fields,
            sighting,
            account=account or None,
            order_ref=reference or None,
        )
        return [event, *orphan(account, pbu, reference)]

    def _execution(self, fields: Fields, sighting: Sighting) -> Outcome:
        """200xx02 and 200xx15: confirmation, cancellation, rejection or trade."""
        kind = _EXECUTION_KINDS.get(fields["ExecType"])
        is_trade = "LastPx" in fields
        if kind is None or is_trade is not (kind is EventKind.FILL):
            return [Problem(ProblemKind.MALFORMED, f"ExecType {fields['ExecType']!r}")]
        if not self._is_new(fields, sighting):
            return []
        if kind is EventKind.FILL:
            price, quantity = fields["LastPx"], fields["LastQty"]
        else:
            price, quantity = fields["Price"], fields["OrderQty"]
        if kind is EventKind.CANCELLED:
            quantity -= fields["CumQty"]
        event = self._event(
            kind,
            fields,
            sighting,
            account=fields["AccountID"] or None,
            price=price * _PRICE_FACTOR,
            quantity=quantity * _QUANTITY_FACTOR,
            cancel_of=fields.get("OrigClOrdID") or None,
            exec_ref=fields["ExecID"] or None,
        )
        return [event]

    def _name_platform(self, platform: str, sighting: Sighting) -> None:
        gateway = _gateway(sighting)
        if gateway not in self._platforms:
            self._orders.name_platform(gateway, platform)
        if len(self._platforms) < GATEWAYS_MAX or gateway in self._platforms:
            self._platforms[gateway] = platform

    def _is_new(self, fields: Fields, sighting: Sighting) -> bool:
        """Before version 1.10 a platform had no partitions: all its reports are in one."""
        gateway = _gateway(sighting)
        return self._orders.is_new_report(
            fields["ReportingPBUID"],
            self._platforms.get(gateway, gateway),
            fields.get("PartitionNo", 0),
            fields["ReportIndex"],
        )

    def _event(self, kind: EventKind, fields: Fields, sighting: Sighting, **known: Any) -> Event:
        """`known` holds what differs between messages; without an order_ref, it is ClOrdID."""
        stated_ns = local_timestamp_ns(fields["TransactTime"])
        time_ns, time_source = rule_time(stated_ns, sighting.at_ns)
        known.setdefault("order_ref", fields.get("ClOrdID") or None)
        return Event(
            event=kind,
            exchange=_EXCHANGES.get(fields["SecurityIDSource"]),
            origin=fields["SubmittingPBUID"],
            symbol=fields["SecurityID"] or None,
            side=_SIDES.get(fields.get("Side", "")),
            order_type=_order_type(fields),
            tif=_time_in_force(fields),
            offset=_offset(fields),
            at_ns=sighting.at_ns,
            time_ns=time_ns,
            time_source=time_source,
            exchange_second=None if stated_ns is None else stated_ns // NS_PER_SECOND,
            conn=sighting.conn,
            dir=sighting.direction,
            message=sighting.message,
            source_seq=self._next_number(),
            fields=fields,
            **known,
        )


def _gateway(sighting: Sighting) -> str:
    """The address that an order system has connected to."""
    return sighting.conn.rpartition(">")[2]


def _order_type(fields: Fields) -> OrderType | None:
    kind = fields.get("OrdType")
    if kind == "2":
        return OrderType.LIMIT
    if kind == "U":
        return OrderType.OWN_BEST
    if kind != "1":
        return None
    return _MARKET_STYLES.get(fields.get("MaxPriceLevels", 0), OrderType.MARKET)


def _time_in_force(fields: Fields) -> TimeInForce | None:
    tif = fields.get("TimeInForce")
    if tif == "3":
        is_all = fields["MinQty"] and fields["MinQty"] == fields["OrderQty"]
        return TimeInForce.FOK if is_all else TimeInForce.IOC
    return _TIMES_IN_FORCE.get(tif or "")


def _offset(fields: Fields) -> Offset | None:
    if "PositionEffect" in fields:
        return _POSITION_OFFSETS.get(fields["PositionEffect"])
    return _CASH_MARGIN_OFFSETS.get(fields.get("CashMargin", ""))
