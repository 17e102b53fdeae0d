"""SSE TDGW Binary messages as business events (IS122 Binary 0.57, chapters 3 and 4)."""

from collections.abc import Callable
from typing import Any

from capture.domain.credit_tags import OFFSETS
from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.orphans import orphan
from capture.domain.sighting import Sighting, rule_time
from riskgw.kernel.times import NS_PER_SECOND, local_date, local_timestamp_ns
from riskgw.kernel.words import EventKind, OrderType, Side, TimeInForce
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem, ProblemKind

EXCHANGE = "SSE"
# Reports are numbered by PBU and set, whatever gateway passes them on (3.2.5).
_PLATFORM = "TDGW"

_NEW_ORDER_SINGLE, _ORDER_CANCEL = 58, 61
_CONFIRM, _CANCEL_REJECT, _REPORT, _ORDER_REJECT = 32, 59, 103, 204

_SIDES = {"1": Side.BUY, "2": Side.SELL}
_BEST_FIVE_REST_CANCELLED = "1"
_ORDER_TYPES = {
    _BEST_FIVE_REST_CANCELLED: OrderType.BEST_FIVE,
    "2": OrderType.LIMIT,
    "3": OrderType.BEST_FIVE,
    "4": OrderType.OWN_BEST,
    "5": OrderType.OPPOSITE_BEST,
}
_CONFIRM_KINDS = {"0": EventKind.CONFIRM, "4": EventKind.CANCELLED, "8": EventKind.REJECT}
_TRADE = "F"

# ntime HHMMSSsssnnnn counts 100 ns; LocalTimeStamp's milliseconds are its first nine digits.
_NTIME_PER_MS = 10_000
_NTIME_END = 24 * 10**11
_NS_PER_NTIME = 100
_DATES = range(1900_00_00, 10000_00_00)
_DATE_SHIFT = 10**9

Fields = dict[str, Any]
Outcome = list[Event | Problem]


class TdgwOrders:
    """The TDGW side of an order feed; `next_number` numbers the events of the feed."""

    def __init__(self, orders: OrdersOfDay, next_number: Callable[[], int]) -> None:
        self._orders = orders
        self._next_number = next_number

    def hear(self, kind: int, fields: Fields, sighting: Sighting) -> Outcome:
        """Events and problems of one message; messages about the session have none."""
        if kind == _NEW_ORDER_SINGLE:
            return self._order(fields, sighting)
        if kind == _ORDER_CANCEL:
            return self._cancel(fields, sighting)
        if kind == _ORDER_REJECT:
            return self._order_reject(fields, sighting)
        if kind == _CONFIRM:
            return self._confirm(fields, sighting)
        if kind == _REPORT:
            return self._trade(fields, sighting)
        if kind == _CANCEL_REJECT:
            return self._cancel_reject(fields, sighting)
        return []

    def _order(self, fields: Fields, sighting: Sighting) -> Outcome:
        account = fields["Account"]
        self._orders.remember(fields["BizPbu"], fields["ClOrdID"], account)
        return [self._event(EventKind.ORDER, fields, sighting, **_priced(fields))]

    def _cancel(self, fields: Fields, sighting: Sighting) -> Outcome:
        """The account of a cancel is not in use (4.3.2): it is that of the order."""
        pbu, reference, order = fields["BizPbu"], fields["ClOrdID"], fields["OrigClOrdID"]
        account = fields["Account"] or self._orders.account_of(pbu, order)
        if account is not None:
            self._orders.remember(pbu, reference, account)
        self._orders.remember_cancel(pbu, reference, order)
        event = self._event(
            EventKind.CANCEL, fields, sighting, account=account or None, cancel_of=order or None
        )
        return [event, *orphan(account, pbu, order)]

    def _confirm(self, fields: Fields, sighting: Sighting) -> Outcome:
        """32: an order was taken, an order was refused, or a cancel succeeded."""
        kind = _CONFIRM_KINDS.get(fields["ExecType"])
        if kind is None:
            return [_malformed(fields)]
        if not self._is_new(fields, sighting):
            return []
        if kind is EventKind.CANCELLED:
            return [self._cancelled(fields, sighting)]
        events: Outcome = [self._event(kind, fields, sighting, **_priced(fields))]
        # Appendix 5: what a best-five order could not trade at once is told with its confirmation.
        is_rest_cancelled = fields["OrdType"] == _BEST_FIVE_REST_CANCELLED and fields["CxlQty"] > 0
        if kind is EventKind.CONFIRM and is_rest_cancelled:
            events.append(self._cancelled(fields, sighting))
        return events

    def _cancelled(self, fields: Fields, sighting: Sighting) -> Event:
        pbu, reference = fields["BizPbu"], fields["ClOrdID"]
        order = fields["OrigClOrdID"] or self._orders.order_to_cancel(pbu, reference)
        return self._event(
            EventKind.CANCELLED,
            fields,
            sighting,
            price=fields["Price"],
            quantity=fields["CxlQty"],
            cancel_of=order or None,
        )

    def _trade(self, fields: Fields, sighting: Sighting) -> Outcome:
        if fields["ExecType"] != _TRADE:
            return [_malformed(fields)]
        if not self._is_new(fields, sighting):
            return []
        event = self._event(
            EventKind.FILL,
            fields,
            sighting,
            price=fields["LastPx"],
            quantity=fields["LastQty"],
            exec_ref=fields["TrdCnfmID"] or None,
        )
        return [event]

    def _cancel_reject(self, fields: Fields, sighting: Sighting) -> Outcome:
        if not self._is_new(fields, sighting):
            return []
        pbu, order = fields["BizPbu"], fields["OrigClOrdID"]
        account = self._orders.account_of(pbu, order)
        event = self._event(
            EventKind.CANCEL_REJECT,
            fields,
            sighting,
            account=account or None,
            cancel_of=order or None,
        )
        return [event, *orphan(account, pbu, order)]

    def _order_reject(self, fields: Fields, sighting: Sighting) -> Outcome:
        """204 refuses an order or a cancel and does not say which: the request tells."""
        pbu, reference = fields["BizPbu"], fields["ClOrdID"]
        account = self._orders.account_of(pbu, reference)
        order = self._orders.order_to_cancel(pbu, reference)
        event = self._event(
            EventKind.REJECT if order is None else EventKind.CANCEL_REJECT,
            fields,
            sighting,
            account=account or None,
            cancel_of=order or None,
        )
        return [event, *orphan(account, pbu, reference)]

    def _is_new(self, fields: Fields, sighting: Sighting) -> bool:
        return self._orders.is_new_report(
            fields["Pbu"], _PLATFORM, fields["SetID"], fields["ReportIndex"]
        )

    def _event(self, kind: EventKind, fields: Fields, sighting: Sighting, **known: Any) -> Event:
        """`known` holds what differs between messages; without an account, it is Account."""
        stated_ns = _stated_ns(fields, sighting.at_ns)
        time_ns, time_source = rule_time(stated_ns, sighting.at_ns)
        known.setdefault("account", fields.get("Account") or None)
        side = _SIDES.get(fields.get("Side", ""))
        return Event(
            event=kind,
            exchange=EXCHANGE,
            origin=fields["BizPbu"],
            symbol=fields["SecurityID"] or None,
            side=side,
            order_ref=fields["ClOrdID"] or None,
            order_type=_ORDER_TYPES.get(fields.get("OrdType", "")),
            tif=_time_in_force(fields),
            offset=OFFSETS.get((fields.get("CreditTag", ""), side)) if side else None,
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


def _priced(fields: Fields) -> Fields:
    """The wire's units, 10**-5 and 10**-3, are ours."""
    return {"price": fields["Price"], "quantity": fields["OrderQty"]}


def _malformed(fields: Fields) -> Problem:
    return Problem(ProblemKind.MALFORMED, f"ExecType {fields['ExecType']!r}")


def _time_in_force(fields: Fields) -> TimeInForce | None:
    if fields.get("OrdType") == _BEST_FIVE_REST_CANCELLED:
        return TimeInForce.IOC
    return TimeInForce.DAY if fields.get("TimeInForce") == "0" else None


def _stated_ns(fields: Fields, at_ns: int) -> int | None:
    """TransactTime on its TradeDate; requests state no date, theirs is the capture's."""
    date, time = fields.get("TradeDate") or local_date(at_ns), fields["TransactTime"]
    if not time < _NTIME_END or date not in _DATES:
        return None
    milliseconds, rest = divmod(time, _NTIME_PER_MS)
    start_ns = local_timestamp_ns(date * _DATE_SHIFT + milliseconds)
    return None if start_ns is None else start_ns + rest * _NS_PER_NTIME
