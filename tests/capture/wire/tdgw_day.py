"""A morning between an order system and a TDGW, as both ends tell it and as the mirror saw it."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import count
from socket import socket
from typing import Any, NamedTuple

from tests.capture.wire.tdgw_peers import (
    DATE,
    OTHER_PBU,
    PBU,
    SETS,
    Clock,
    Meant,
    Passed,
    Peer,
    Truth,
    Values,
    ntime,
    relayed,
)
from tests.fakes import CLIENT_PORT, Conversation, Packet, captured

AUCTION, ISSUE = 100010, 300010
BUY, SELL = "1", "2"
_SIDES = {BUY: "buy", SELL: "sell"}
_ORDERS_IN_ONE_WRITE = 15
# An order that a packet of its own carries, and that no answer is about.
LONELY_ORDER = 42
SEGMENT_BYTES_MAX = 1460
# So that it wraps in the middle of the orders.
FIRST_SEQ = 2**32 - 1400


class OrderSystem(Peer):
    """The client: what it asks for."""

    def order(self, number: int, **changes: Any) -> tuple[Values, bytes]:
        values: Values = {
            "BizID": AUCTION,
            "BizPbu": PBU,
            "ClOrdID": f"J{number:09}",
            "SecurityID": "600519",
            "Account": f"A{number:09}",
            "OwnerType": 1,
            "Side": BUY if number % 2 else SELL,
            "Price": 1_162_500 + number,
            "OrderQty": 200_000 + 100_000 * number,
            "OrdType": "2",
            "TimeInForce": "0",
            "TransactTime": ntime(self.clock.tick()),
            "BranchID": "01000",
            "UserInfo": f"u{number}",
        } | changes
        self.meant("order", values, price=values["Price"], quantity=values["OrderQty"])
        return values, self.write(58, **values)

    def cancel(self, order: Values, reference: str) -> tuple[Values, bytes]:
        same = {name: order[name] for name in ("BizID", "BizPbu", "SecurityID")}
        values = same | {
            "ClOrdID": reference,
            "OrigClOrdID": order["ClOrdID"],
            "TransactTime": ntime(self.clock.tick()),
        }
        self.meant("cancel", values, account=order["Account"], cancel_of=order["ClOrdID"])
        return values, self.write(61, **values)

    def meant(self, event: str, values: Values, **known: Any) -> None:
        self.truth.meant.append(meant(event, values, **known))


class Gateway(Peer):
    """The server: what it answers, with reports numbered within each set."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._indexes = Counter[int]()
        self._trades = count(1)

    def greet(self) -> list[bytes]:
        pbus = [{"Pbu": PBU}, {"Pbu": OTHER_PBU}]
        return [
            self.write(209, PlatformState=2),
            self.write(208, pbus, [{"SetID": number} for number in SETS]),
        ]

    def confirm(self, order: Values, set_id: int = 1, *, rest_cancelled: int = 0) -> bytes:
        self.meant("confirm", order, price=order["Price"], quantity=order["OrderQty"])
        if rest_cancelled:
            self.meant("cancelled", order, price=order["Price"], quantity=rest_cancelled)
        values = self._about(order, set_id) | {"CxlQty": rest_cancelled, "OrdCnfmID": "8001"}
        return self.write(32, **values, ExecType="0", OrdStatus="0")

    def reject(self, order: Values, set_id: int = 1) -> bytes:
        self.meant("reject", order, price=order["Price"], quantity=order["OrderQty"])
        values = self._about(order, set_id) | {"OrdRejReason": 4012}
        return self.write(32, **values, ExecType="8", OrdStatus="8")

    def cancelled(self, order: Values, cancel: Values, quantity: int) -> bytes:
        reference = {"ClOrdID": cancel["ClOrdID"], "OrigClOrdID": order["ClOrdID"]}
        self.meant(
            "cancelled",
            order | {"ClOrdID": cancel["ClOrdID"]},
            price=order["Price"],
            quantity=quantity,
            cancel_of=order["ClOrdID"],
        )
        values = self._about(order, 1) | reference | {"CxlQty": quantity}
        return self.write(32, **values, ExecType="4", OrdStatus="4")

    def trade(self, order: Values, price: int, quantity: int, *, extra: bytes = b"") -> bytes:
        number = f"{next(self._trades):016}"
        self.meant("fill", order, price=price, quantity=quantity, exec_ref=number)
        values = self._about(order, 1)
        for name in ("Price", "OrdType", "TimeInForce"):
            del values[name]
        traded = {
            "ExecType": "F",
            "OrderEntryTime": order["TransactTime"],
            "LastPx": price,
            "LastQty": quantity,
            "GrossTradeAmt": -1,
            "LeavesQty": order["OrderQty"] - quantity,
            "OrdStatus": "1",
            "TrdCnfmID": number,
            "OrdCnfmID": "8001",
        }
        return self.write(103, extra=extra, **values | traded)

    def cancel_reject(self, order: Values, cancel: Values) -> bytes:
        self.meant("cancel_reject", cancel, account=order["Account"], cancel_of=order["ClOrdID"])
        wanted = ("BizID", "BizPbu", "ClOrdID", "SecurityID", "OrigClOrdID")
        values = {name: cancel[name] for name in wanted}
        return self.write(59, **values, **self._numbered(1), **self._now(), CxlRejReason=2040)

    def refuse(self, request: Values, reason: int, account: str) -> bytes:
        """Refused by the basic check, without an index, whatever was asked."""
        order = request.get("OrigClOrdID")
        event = "cancel_reject" if order else "reject"
        refused = {name: request[name] for name in ("BizID", "BizPbu", "ClOrdID", "SecurityID")}
        self.meant(event, refused, account=account, cancel_of=order)
        return self.write(204, **refused, **self._now(), OrdRejReason=reason)

    def meant(self, event: str, values: Values, **known: Any) -> None:
        self.truth.meant.append(meant(event, values, **known))

    def _about(self, order: Values, set_id: int) -> Values:
        return order | self._numbered(set_id) | self._now()

    def _numbered(self, set_id: int) -> Values:
        self._indexes[set_id] += 1
        return {"Pbu": PBU, "SetID": set_id, "ReportIndex": self._indexes[set_id]}

    def _now(self) -> Values:
        return {"TradeDate": DATE, "TransactTime": ntime(self.clock.tick())}


def meant(event: str, values: Values, **known: Any) -> Meant:
    facts: dict[str, Any] = {
        "order_ref": values["ClOrdID"],
        "account": values.get("Account", ""),
        "symbol": values["SecurityID"],
        "side": _SIDES.get(values.get("Side", "")),
        "price": None,
        "quantity": None,
        "cancel_of": None,
        "exec_ref": None,
    }
    return Meant(event, **facts | known)


class Day(NamedTuple):
    """What both ends wrote down, and the bytes of each connection in the order they passed."""

    truth: Truth
    replayed: Truth
    connections: list[list[Passed]]


class Talk:
    """Both ends of one connection; `reports` are the numbered ones, to be sent again."""

    def __init__(self, links: tuple[socket, socket], clock: Clock, truth: Truth) -> None:
        client, server = links
        self.oms = OrderSystem(client, "up", clock, truth)
        self.gateway = Gateway(server, "down", clock, truth)
        self.reports: list[bytes] = []

    def ask(self, *requests: bytes) -> None:
        self.oms.send(*requests)
        self.gateway.read(len(requests))

    def tell(self, *answers: bytes) -> None:
        self.gateway.send(*answers)
        self.oms.read(len(answers))

    def report(self, *answers: bytes) -> None:
        self.tell(*answers)
        self.reports += answers

    def log_on(self) -> None:
        oms, gateway = self.oms, self.gateway
        logon: Values = {"HeartBtInt": 30, "PrtclVersion": "0.57", "TradeDate": DATE}
        self.ask(oms.write(40, SenderCompID="OMS001", TargetCompID="TDGW", **logon))
        back: Values = logon | {"SenderCompID": "TDGW", "TargetCompID": "OMS001"}
        self.tell(gateway.write(40, **back), *gateway.greet())
        wanted: list[Values] = [
            {"Pbu": PBU, "SetID": number, "BeginReportIndex": 1} for number in SETS
        ]
        self.ask(oms.write(206, wanted))
        answers = [entry | {"EndReportIndex": 0} for entry in wanted]
        refused: Values = {"Pbu": "29999", "SetID": 7, "RejReason": 5010, "Text": "SetID Error"}
        self.tell(gateway.write(207, [*answers, refused]))

    def log_off(self) -> None:
        self.ask(self.oms.write(41, SessionStatus=0, Text="Normal Logout"))
        self.tell(self.gateway.write(41, SessionStatus=0, Text="Normal Logout"))


@cache
def day() -> Day:
    """Two connections: the second one synchronises from index 1, so all reports come again."""
    clock, truth, replayed = Clock(), Truth(), Truth()
    with relayed(clock) as (links, first):
        talk = Talk(links, clock, truth)
        talk.log_on()
        _cancel(talk, _place(talk))
        _say_odd_things(talk)
        talk.log_off()
    with relayed(clock) as (links, second):
        again = Talk(links, clock, replayed)
        again.log_on()
        again.tell(*talk.reports)
        again.log_off()
    return Day(truth, replayed, [first, second])


def _place(talk: Talk) -> list[Values]:
    """Orders of all styles in one write, and their answers in another."""
    styles: list[Values] = [{"OrdType": kind} for kind in "12345"]
    tags = ("XY", "RZ", "RQ", "PC")
    styles += [{"CreditTag": tag, "Account": "E000000001"} for tag in tags]
    styles.append({"BizID": ISSUE, "SecurityID": "730001", "OrdType": ""})
    styles += [{} for _ in range(_ORDERS_IN_ONE_WRITE - len(styles))]
    placed = [talk.oms.order(number, **each) for number, each in enumerate(styles, start=1)]
    talk.ask(*(request for _, request in placed))
    orders = [values for values, _ in placed]
    best_five, limit, *others = orders
    half, gateway = best_five["OrderQty"] // 2, talk.gateway
    talk.report(
        gateway.confirm(best_five, rest_cancelled=half),
        gateway.trade(best_five, 1_162_400, half),
        gateway.confirm(limit),
        *(gateway.confirm(order, number) for number, order in enumerate(others[:5], start=2)),
        gateway.confirm(others[7], 991),
        gateway.reject(others[5]),
    )
    talk.report(gateway.trade(limit, 1_162_500, 100_000, extra=b"\x00\x00\x00\x07new"))
    return orders


def _cancel(talk: Talk, orders: list[Values]) -> None:
    """One cancel in time, one too late, one refused at once; an order refused at once."""
    oms, gateway = talk.oms, talk.gateway
    _, limit, third, *_ = orders
    cancel, request = oms.cancel(limit, "C000000001")
    talk.ask(request)
    talk.report(gateway.cancelled(limit, cancel, limit["OrderQty"] - 100_000))
    late, request = oms.cancel(limit, "C000000002")
    talk.ask(request)
    talk.report(gateway.cancel_reject(limit, late))
    early, request = oms.cancel(third, "C000000003")
    talk.ask(request)
    talk.tell(gateway.refuse(early, 5009, third["Account"]))
    again, request = oms.order(40)
    talk.ask(request)
    talk.tell(gateway.refuse(again, 11270, again["Account"]))


def _say_odd_things(talk: Talk) -> None:
    """A type to come, heartbeats, a header that two writes share, the end of a set."""
    oms, gateway = talk.oms, talk.gateway
    talk.tell(gateway.write_unknown(299, b"a message to come"))
    talk.ask(oms.write(33))
    talk.tell(gateway.write(33))
    _, request = oms.order(41)
    oms.send(request[:7])
    oms.send(request[7:])
    gateway.read(1)
    _, request = oms.order(LONELY_ORDER)
    talk.ask(request)
    talk.tell(gateway.write(210, Pbu=PBU, SetID=1, EndReportIndex=99))


def frames_of(
    connections: list[list[Passed]], segment_bytes_max: int = SEGMENT_BYTES_MAX
) -> Iterator[tuple[bytes, int]]:
    """Frames with their times: each connection from SYN to FIN, its sequence numbers wrapping."""
    for number, passed in enumerate(connections):
        talk = Conversation(CLIENT_PORT + number, (FIRST_SEQ, 9000))
        start_ns = passed[0].at_ns
        yield from ((frame, start_ns) for frame in talk.open())
        for end, data, at_ns in passed:
            for at in range(0, len(data), segment_bytes_max):
                send = talk.down if end else talk.up
                yield send(data[at : at + segment_bytes_max]), at_ns
        yield from ((frame, passed[-1].at_ns) for frame in talk.close())


def packets_of(
    connections: list[list[Passed]], segment_bytes_max: int = SEGMENT_BYTES_MAX
) -> list[Packet]:
    frames = frames_of(connections, segment_bytes_max)
    return [captured([frame], at_ns)[0] for frame, at_ns in frames]
