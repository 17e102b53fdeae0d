"""A single bank's tiered stream: one JSON object a line, numbered; docs/protocols/sources.md.

A tier says what its whole size costs at most; the steps of a price are what each larger tier adds.
"""

from collections.abc import Iterator

import msgspec

from quoting.domain.events import ProviderDown, SourceDown, Tick
from quoting.domain.source_settings import SourcePair, SourceSettings
from quoting.domain.sources import STEPS_MAX, Steps
from quoting.wire.sources.problems import (
    BadPrice,
    LinkRefused,
    Said,
    Trouble,
    disowned,
    problem,
    ticks,
)

LINE_BYTES_MAX = 8_192
PROTOCOL = 1
# A connection on which so much is missed is begun anew.
REQUESTS_MAX = 20
GARBAGE_MAX = 1_000


class Login(msgspec.Struct, frozen=True, tag_field="type", tag="login", omit_defaults=True):
    """The first word of a client."""

    user: str
    protocol: int
    password: str = ""


class Subscribe(msgspec.Struct, frozen=True, tag_field="type", tag="subscribe"):
    """All prices of these pairs from now on; a later request takes the place of those before."""

    request: int
    pairs: tuple[str, ...]


class Welcome(msgspec.Struct, frozen=True, tag_field="type", tag="welcome"):
    """The client is in; the bank says its name."""

    seq: int
    bank: str = ""


class Subscribed(msgspec.Struct, frozen=True, tag_field="type", tag="subscribed"):
    """A request is in force: from here on everything is told."""

    seq: int
    request: int


class Price(msgspec.Struct, frozen=True, tag_field="type", tag="price"):
    """All tiers of a pair: size, bid, ask; a side that is null is not quoted there."""

    seq: int
    pair: str
    ns: int
    tiers: tuple[tuple[int, str | None, str | None], ...]


class Withdrawn(msgspec.Struct, frozen=True, tag_field="type", tag="withdrawn"):
    """The bank quotes a pair no more."""

    seq: int
    pair: str


class Heartbeat(msgspec.Struct, frozen=True, tag_field="type", tag="heartbeat"):
    """Nothing else to say."""

    seq: int


class Error(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """Something of the client's was not taken; the bank closes where it is the login."""

    seq: int
    text: str


class _Numbered(msgspec.Struct, frozen=True):
    """What is left of a message that cannot be read."""

    seq: int
    pair: str = ""


BankMessage = Welcome | Subscribed | Price | Withdrawn | Heartbeat | Error
_from_bank = msgspec.json.Decoder(BankMessage)
_numbered = msgspec.json.Decoder(_Numbered)
_from_client = msgspec.json.Decoder(Login | Subscribe)
_encode = msgspec.json.Encoder().encode


def line(message: BankMessage | Login | Subscribe) -> bytes:
    return _encode(message) + b"\n"


def asked(data: bytes) -> Login | Subscribe:
    """What a client wants; msgspec.DecodeError for what is neither."""
    wanted: Login | Subscribe = _from_client.decode(data)
    return wanted


class Lines:
    """Bytes in, lines out; LinkRefused for one that is too long."""

    def __init__(self) -> None:
        self._pending = b""

    def receive(self, data: bytes) -> Iterator[bytes]:
        *whole, self._pending = (self._pending + data).split(b"\n")
        if max(map(len, whole), default=0) > LINE_BYTES_MAX or len(self._pending) > LINE_BYTES_MAX:
            raise LinkRefused(f"a line of more than {LINE_BYTES_MAX} bytes")
        yield from filter(None, whole)


class BankStream:
    """The client's half of one connection; `replies` is what has to be sent."""

    def __init__(self, settings: SourceSettings, password: str = "") -> None:
        self._settings = settings
        self._pairs = {pair.name_there: pair for pair in settings.pairs}
        self._lines = Lines()
        self._provider = settings.name
        self._seq = 0
        self._request = 0
        self._garbage = 0
        self._is_in_force = False
        user = settings.username or settings.sender
        self.replies = [line(Login(user, PROTOCOL, password))]

    def receive(self, data: bytes) -> Iterator[Said]:
        """What each line says."""
        for text in self._lines.receive(data):
            try:
                message = _from_bank.decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
                yield self._unreadable(text, str(wrong))
                continue
            yield self._take(message)

    def _unreadable(self, text: bytes, why: str) -> Said:
        """Its number counts, if it has one; else it is missed like one that did not come."""
        said: Said = [problem(Trouble.UNREADABLE, why)]
        try:
            rest = _numbered.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._garbage += 1
            if self._garbage > GARBAGE_MAX:
                raise LinkRefused(f"{self._garbage} lines of garbage") from None
            return said
        return said + self._take(rest)

    def _take(self, message: BankMessage | _Numbered) -> Said:
        self._garbage = 0
        if message.seq <= self._seq:
            return [problem(Trouble.DOUBLE, f"number {message.seq} after {self._seq}")]
        said: Said = []
        if message.seq != self._seq + 1:
            said = self._missed(message.seq)
        self._seq = message.seq
        match message:
            case _Numbered():
                said += self._withdrawn(message.pair) if message.pair else []
            case Welcome():
                self._provider = message.bank or self._settings.name
                self._subscribe()
            case Subscribed():
                self._is_in_force = self._is_in_force or message.request == self._request
            case Price():
                said += self._price(message)
            case Withdrawn():
                said += self._withdrawn(message.pair)
            case Error():
                said.append(problem(Trouble.REFUSED, message.text))
            case Heartbeat():
                pass
        return said

    def _missed(self, seq: int) -> Said:
        """Any price may be among what is missing: none stands until all are told anew."""
        found = problem(Trouble.GAP, f"number {seq} after {self._seq}")
        if not self._request:
            return [found]
        self._subscribe()
        return [found, SourceDown(self._settings.name)]

    def _subscribe(self) -> None:
        if self._request >= REQUESTS_MAX:
            raise LinkRefused(f"messages were missed {self._request} times")
        self._request += 1
        self._is_in_force = False
        self.replies.append(line(Subscribe(self._request, tuple(self._pairs))))

    def _price(self, message: Price) -> Said:
        wanted = self._pairs.get(message.pair)
        if wanted is None:
            return [problem(Trouble.UNKNOWN_SYMBOL, message.pair)]
        if not self._is_in_force:
            return []
        source = self._settings.name
        try:
            bids, asks = _side(message, 1, wanted), _side(message, 2, wanted)
        except BadPrice as wrong:
            return disowned(wrong.problem, wanted.pair, source, self._provider)
        if not bids and not asks:
            return [ProviderDown(wanted.pair, source, self._provider)]
        return [Tick(wanted.pair, source, self._provider, bids, asks, message.ns, message.seq)]

    def _withdrawn(self, symbol: str) -> Said:
        wanted = self._pairs.get(symbol)
        if wanted is None:
            return [problem(Trouble.UNKNOWN_SYMBOL, symbol)]
        return [ProviderDown(wanted.pair, self._settings.name, self._provider)]


def _side(message: Price, place: int, wanted: SourcePair) -> Steps:
    """Prices of one side, each with what its tier adds to the size of the one before."""
    if len(message.tiers) > STEPS_MAX:
        raise BadPrice(Trouble.TOO_MANY, f"{len(message.tiers)} tiers")
    steps: list[tuple[int, int]] = []
    before = 0
    for tier in message.tiers:
        text = tier[place]
        if text is None:
            continue
        assert isinstance(text, str)
        if tier[0] <= before:
            raise BadPrice(Trouble.TIERS, f"a tier of {tier[0]} after {before}")
        steps.append((ticks(text, wanted.decimals), tier[0] - before))
        before = tier[0]
    return tuple(steps)
