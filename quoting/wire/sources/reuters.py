"""Reuters-like JSON messages: login, item requests, images and updates, states, pings.

An item (RIC) is one image that updates change field by field. Whose price it is stands in CTBTR_1.
"""

import re
from typing import NamedTuple

import msgspec

from quoting.domain.events import ProviderDown, SourceDown, Tick
from quoting.domain.source_settings import SourcePair, SourceSettings
from quoting.domain.sources import Steps
from quoting.wire.fix.values import NotOfItsType, timestamp
from quoting.wire.sources.problems import (
    BadPrice,
    LinkRefused,
    Said,
    Trouble,
    disowned,
    problem,
    ticks,
    units,
)
from riskgw.kernel.times import NS_PER_SECOND, utc_datetime

MESSAGES_MAX = 1_000
# A connection on which so much is missed is begun anew.
REQUESTS_MAX = 20
LOGIN_ID, ITEMS_ID = 1, 2
BID, ASK, BID_SIZE, ASK_SIZE = "BID", "ASK", "BIDSIZE", "ASKSIZE"
TIME, DAY, CONTRIBUTOR = "QUOTIM", "QUOTE_DATE", "CTBTR_1"
FIELDS = frozenset({BID, ASK, BID_SIZE, ASK_SIZE, TIME, DAY, CONTRIBUTOR})
_DAY_NS = 86_400 * NS_PER_SECOND
_CLOCK = re.compile(r"\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?", re.ASCII)


class _Name(msgspec.Struct, frozen=True):
    name: str = msgspec.field(name="Name", default="")


class _State(msgspec.Struct, frozen=True):
    """Stream Open or Closed, Data Ok or Suspect."""

    stream: str = msgspec.field(name="Stream", default="Open")
    data: str = msgspec.field(name="Data", default="Ok")
    text: str = msgspec.field(name="Text", default="")

    @property
    def is_good(self) -> bool:
        return (self.stream, self.data) == ("Open", "Ok")


class _Message(msgspec.Struct, frozen=True):
    type: str = msgspec.field(name="Type")
    domain: str = msgspec.field(name="Domain", default="MarketPrice")
    key: _Name = msgspec.field(name="Key", default=_Name())
    fields: dict[str, msgspec.Raw] = msgspec.field(name="Fields", default_factory=dict)
    state: _State | None = msgspec.field(name="State", default=None)
    number: int = msgspec.field(name="SeqNumber", default=0)
    text: str = msgspec.field(name="Text", default="")


_batch = msgspec.json.Decoder(list[msgspec.Raw])
_message = msgspec.json.Decoder(_Message)
_text = msgspec.json.Decoder(str)


class _Image(NamedTuple):
    """What is known of an item, and whose price it last was."""

    fields: dict[str, str]
    provider: str = ""


class ReutersStream:
    """The client's half of one connection; `replies` is what has to be sent."""

    def __init__(self, settings: SourceSettings, password: str = "") -> None:
        self._settings = settings
        self._pairs = {pair.name_there: pair for pair in settings.pairs}
        self._images: dict[str, _Image] = {}
        self._requests = 0
        self.replies: list[bytes] = []
        self._ask(ID=LOGIN_ID, Domain="Login", Key=_login_key(settings, password))

    def receive(self, data: bytes, at_ns: int) -> Said:
        """One WebSocket message: a JSON object, or an array of them."""
        try:
            items = _batch.decode(data) if data.lstrip()[:1] == b"[" else [data]
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            return self._missed(Trouble.UNREADABLE, str(wrong))
        if len(items) > MESSAGES_MAX:
            return self._missed(Trouble.TOO_MANY, f"{len(items)} messages at once")
        said: Said = []
        for item in items:
            try:
                message, fields = _decoded(item)
            except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
                said += self._missed(Trouble.UNREADABLE, str(wrong))
                continue
            said += self._take(message, fields, at_ns)
        return said

    def _missed(self, trouble: Trouble, text: str) -> Said:
        """It may have been about any item: none stands until all have been told anew."""
        if not self._requests:
            raise LinkRefused(f"before the login: {text}"[:200])
        self._ask_items()
        self._images.clear()
        return [problem(trouble, text), SourceDown(self._settings.name)]

    def _take(self, message: _Message, fields: dict[str, str], at_ns: int) -> Said:
        if message.type == "Ping":
            self._ask(Type="Pong")
            return []
        if message.type == "Pong":
            return []
        if message.type == "Error":
            return [problem(Trouble.REFUSED, message.text)]
        if message.type not in ("Refresh", "Update", "Status"):
            return [problem(Trouble.UNREADABLE, f"Type {message.type!r}")]
        if message.domain == "Login":
            return self._login(message)
        wanted = self._pairs.get(message.key.name)
        if wanted is None:
            return [problem(Trouble.UNKNOWN_SYMBOL, message.key.name)]
        if message.type == "Refresh":
            self._images[wanted.name_there] = self._emptied(wanted)
        image = self._images.get(wanted.name_there)
        if image is None and message.type == "Update":
            return []
        said: Said = []
        if image is not None and message.type != "Status":
            image.fields.update(fields)
            said = self._told(wanted, image, message.number, at_ns)
        if message.state is not None and not message.state.is_good:
            return self._suspect(wanted, message.state)
        return said

    def _login(self, message: _Message) -> Said:
        """Items are asked for once we are in; a login that ends takes all of them with it."""
        state = message.state or _State()
        if state.stream == "Closed":
            raise LinkRefused(f"login: {state.text or 'closed'}"[:200])
        if state.data == "Suspect":
            return [problem(Trouble.REFUSED, state.text), SourceDown(self._settings.name)]
        if message.type == "Refresh":
            self._ask_items()
        return []

    def _ask_items(self) -> None:
        """A later request takes the place of those before."""
        if self._requests >= REQUESTS_MAX:
            raise LinkRefused(f"messages were missed {self._requests} times")
        self._requests += 1
        self._ask(ID=ITEMS_ID, Key={"Name": list(self._pairs)})

    def _emptied(self, wanted: SourcePair) -> _Image:
        """An image starts anew; whose it was is kept, for that price is gone."""
        before = self._images.get(wanted.name_there)
        return _Image({}, before.provider if before else "")

    def _suspect(self, wanted: SourcePair, state: _State) -> Said:
        """The price is not to be relied on until a good one comes."""
        image = self._images.get(wanted.name_there)
        said: Said = [problem(Trouble.REFUSED, f"{wanted.name_there}: {state.data} {state.text}")]
        if image is not None and image.provider:
            said.append(ProviderDown(wanted.pair, self._settings.name, image.provider))
        return said

    def _told(self, wanted: SourcePair, image: _Image, number: int, at_ns: int) -> Said:
        fields, before = image
        source = self._settings.name
        provider = fields.get(CONTRIBUTOR) or source
        self._images[wanted.name_there] = _Image(fields, provider)
        said: Said = []
        try:
            bids = _step(fields, BID, BID_SIZE, wanted.decimals)
            asks = _step(fields, ASK, ASK_SIZE, wanted.decimals)
        except BadPrice as wrong:
            said += disowned(wrong.problem, wanted.pair, source, provider)
        else:
            source_ns, late = _quote_ns(fields, at_ns)
            said += late
            if bids or asks:
                said.append(Tick(wanted.pair, source, provider, bids, asks, source_ns, number))
            else:
                said.append(ProviderDown(wanted.pair, source, provider))
        if before and before != provider:
            said.append(ProviderDown(wanted.pair, source, before))
        return said

    def _ask(self, **message: object) -> None:
        self.replies.append(msgspec.json.encode(message))


def _login_key(settings: SourceSettings, password: str) -> dict[str, object]:
    key: dict[str, object] = {"Name": settings.username or settings.sender}
    return {**key, "Elements": {"Password": password}} if password else key


def _decoded(item: bytes | msgspec.Raw) -> tuple[_Message, dict[str, str]]:
    """A message, and the fields of it that count."""
    message = _message.decode(item)
    return message, {name: _plain(message.fields[name]) for name in FIELDS & message.fields.keys()}


def _plain(raw: msgspec.Raw) -> str:
    """The text of a JSON string or number; empty for null, and what it says of anything else."""
    data = bytes(raw)
    if data == b"null":
        return ""
    return _text.decode(data) if data[:1] == b'"' else data.decode(errors="replace")


def _step(fields: dict[str, str], price: str, size: str, decimals: int) -> Steps:
    if not fields.get(price):
        return ()
    return ((ticks(fields[price], decimals), units(fields.get(size) or "0")),)


def _quote_ns(fields: dict[str, str], at_ns: int) -> tuple[int, Said]:
    """When it was quoted, in UTC; without a date on the day that brings it nearest to now."""
    clock = fields.get(TIME, "")
    if not clock:
        return at_ns, []
    day = fields.get(DAY, "").replace("-", "")
    if not _CLOCK.fullmatch(clock):
        return at_ns, [problem(Trouble.NO_TIME, clock)]
    try:
        if day:
            return timestamp(f"{day}-{clock}"), []
        today = utc_datetime(at_ns).strftime("%Y%m%d")
        found = timestamp(f"{today}-{clock}")
    except NotOfItsType:
        return at_ns, [problem(Trouble.NO_TIME, f"{day} {clock}")]
    days = (at_ns - found + _DAY_NS // 2) // _DAY_NS
    return found + days * _DAY_NS, []
