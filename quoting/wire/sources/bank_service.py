"""The server's half of a single bank's stream, over a made-up market."""

from collections.abc import Mapping
from itertools import accumulate

import msgspec

from quoting.domain.digits import exact
from quoting.domain.generated_market import Quoted
from quoting.wire.sources.bank import (
    PROTOCOL,
    BankMessage,
    Error,
    Heartbeat,
    Lines,
    Login,
    Price,
    Subscribe,
    Subscribed,
    Welcome,
    asked,
    line,
)
from quoting.wire.sources.problems import LinkRefused
from quoting.wire.sources.reuters_service import Newest


def symbol(pair: str) -> str:
    """A pair's name among banks."""
    return pair.replace(".", "/")


class BankService:
    """One client. `newest` are the quotes of a pair as they stand."""

    def __init__(self, name: str, decimals: Mapping[str, int], newest: Newest) -> None:
        self._name = name
        self._decimals = decimals
        self._pairs = {symbol(pair): pair for pair in decimals}
        self._newest = newest
        self._lines = Lines()
        self._seq = 0
        self._is_in = False
        self._wanted: set[str] = set()

    def receive(self, data: bytes) -> list[bytes]:
        """What is to be sent; LinkRefused where there is no going on."""
        said: list[bytes] = []
        for text in self._lines.receive(data):
            try:
                message = asked(text)
            except msgspec.DecodeError as error:
                said.append(line(Error(self._next(), str(error))))
                continue
            said += self._answer(message)
        return said

    def say(self, quoted: Quoted) -> list[bytes]:
        return [line(self._price(quoted))] if quoted.pair in self._wanted else []

    def beat(self) -> list[bytes]:
        return [line(Heartbeat(self._next()))] if self._is_in else []

    def _answer(self, message: Login | Subscribe) -> list[bytes]:
        if isinstance(message, Login):
            if message.protocol != PROTOCOL:
                raise LinkRefused(f"protocol {message.protocol}")
            self._is_in = True
            return [line(Welcome(self._next(), self._name))]
        if not self._is_in:
            raise LinkRefused("no login")
        said: list[BankMessage] = []
        self._wanted = set()
        for name in message.pairs:
            if name in self._pairs:
                self._wanted.add(self._pairs[name])
            else:
                said.append(Error(self._next(), f"no {name}"))
        said.append(Subscribed(self._next(), message.request))
        for pair in sorted(self._wanted):
            said += [self._price(quoted) for quoted in self._newest(pair)]
        return [line(each) for each in said]

    def _price(self, quoted: Quoted) -> Price:
        decimals = self._decimals[quoted.pair]
        sizes = accumulate(size for _, size in quoted.bids)
        tiers = tuple(
            (size, exact(bid, decimals), exact(ask, decimals))
            for size, (bid, _), (ask, _) in zip(sizes, quoted.bids, quoted.asks, strict=True)
        )
        return Price(self._next(), symbol(quoted.pair), quoted.at_ns, tiers)

    def _next(self) -> int:
        self._seq += 1
        return self._seq
