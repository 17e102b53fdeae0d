"""The server's half of a Reuters-like connection, over a made-up market."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from quoting.domain.digits import exact
from quoting.domain.generated_market import Quoted
from quoting.wire.fix.values import timestamp_text
from quoting.wire.sources.problems import LinkRefused
from quoting.wire.sources.reuters import (
    ASK,
    ASK_SIZE,
    BID,
    BID_SIZE,
    CONTRIBUTOR,
    DAY,
    MESSAGES_MAX,
    TIME,
)
from riskgw.messages.market_frame import FrameError
from riskgw.messages.websocket import ServedWebSocket

_OPEN = {"Stream": "Open", "Data": "Ok"}
_UNKNOWN = {"Stream": "Closed", "Data": "Suspect", "Text": "no such item"}
_DAY_CHARACTERS = 8
Newest = Callable[[str], Iterable[Quoted]]


def ric(pair: str) -> str:
    """A pair's name among these: the dollar goes without saying."""
    base, _, other = pair.partition(".")
    if base == "USD":
        return f"{other}="
    return f"{base}=" if other == "USD" else f"{base}{other}="


class ReutersService:
    """One client. `newest` are the quotes of a pair as they stand."""

    def __init__(self, decimals: Mapping[str, int], newest: Newest) -> None:
        self._decimals = decimals
        self._pairs = {ric(pair): pair for pair in decimals}
        self._newest = newest
        self._socket = ServedWebSocket()
        self._numbers: dict[str, int] = {}
        self._is_in = False

    def receive(self, data: bytes) -> list[bytes]:
        """What is to be sent; LinkRefused where there is no going on."""
        said: list[bytes] = []
        try:
            messages = list(self._socket.receive(data))
        except FrameError as error:
            raise LinkRefused(str(error)) from None
        for message in messages:
            said += self._answer(message)
        replies, self._socket.replies = self._socket.replies, []
        return [*replies, *said]

    def say(self, quoted: Quoted) -> list[bytes]:
        name = ric(quoted.pair)
        if name not in self._numbers:
            return []
        return [self._item("Update", quoted)]

    def beat(self) -> list[bytes]:
        return [self._text({"Type": "Ping"})] if self._socket.is_open else []

    def _answer(self, data: bytes) -> list[bytes]:
        try:
            message = msgspec.json.decode(data, type=dict[str, Any])
        except msgspec.DecodeError as error:
            return [self._text({"Type": "Error", "Text": str(error)})]
        if message.get("Type") in ("Ping", "Pong"):
            return []
        if message.get("Domain") == "Login":
            self._is_in = True
            return [self._text({"Type": "Refresh", "Domain": "Login", "State": _OPEN})]
        if not self._is_in:
            raise LinkRefused("no login")
        key = message.get("Key")
        names = key.get("Name") if isinstance(key, dict) else None
        if not isinstance(names, list) or len(names) > MESSAGES_MAX:
            return [self._text({"Type": "Error", "Text": "no items"})]
        return [each for name in names for each in self._subscribed(str(name))]

    def _subscribed(self, name: str) -> list[bytes]:
        pair = self._pairs.get(name)
        if pair is None:
            return [self._text({"Type": "Status", "Key": {"Name": name}, "State": _UNKNOWN})]
        self._numbers[name] = 0
        images = [self._item("Refresh", quoted) for quoted in self._newest(pair)]
        empty = {"Type": "Refresh", "Key": {"Name": name}, "Fields": {}, "State": _OPEN}
        return images or [self._text(empty)]

    def _item(self, kind: str, quoted: Quoted) -> bytes:
        name = ric(quoted.pair)
        self._numbers[name] += 1
        (bid, bid_size), (ask, ask_size) = quoted.bids[0], quoted.asks[0]
        decimals = self._decimals[quoted.pair]
        text = timestamp_text(quoted.at_ns)
        day, clock = text[:_DAY_CHARACTERS], text[_DAY_CHARACTERS + 1 :]
        fields = {
            BID: msgspec.Raw(exact(bid, decimals).encode()),
            ASK: msgspec.Raw(exact(ask, decimals).encode()),
            BID_SIZE: bid_size,
            ASK_SIZE: ask_size,
            CONTRIBUTOR: quoted.provider,
            DAY: f"{day[:4]}-{day[4:6]}-{day[6:]}",
            TIME: clock,
        }
        message = {
            "Type": kind,
            "Key": {"Name": name},
            "SeqNumber": self._numbers[name],
            "Fields": fields,
        }
        return self._text({**message, "State": _OPEN} if kind == "Refresh" else message)

    def _text(self, message: dict[str, Any]) -> bytes:
        return self._socket.text(msgspec.json.encode([message]))
