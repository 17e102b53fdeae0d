"""Everything an engine is started with, or told anew: the book and what surrounds it."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

from quoting.domain.digits import Digits
from quoting.domain.settings import BookSettings
from quoting.domain.source_settings import SourceSettings
from quoting.domain.value_date import Convention


class Instrument(msgspec.Struct, frozen=True):
    """How a pair is named, drawn, typed and settled; `step`: ticks of one nudge."""

    pair: str
    digits: Digits
    convention: Convention
    trade_type: str = "ESP"
    step: int = 1


class Confirm(StrEnum):
    """When a channel has a quote: once it says so, or once it is written."""

    ACK = "ack"
    WRITE = "write"


class ChannelLink(msgspec.Struct, frozen=True):
    """A counterparty's session; its book is the channel of the same name."""

    name: str
    comp_id: str
    confirm: Confirm = Confirm.ACK


class EngineSettings(msgspec.Struct, frozen=True):
    """`strategies`: by pair, the name and version of what its prices are made by.

    `holidays`: by currency, the days on which it is not settled.
    """

    book: BookSettings = BookSettings()
    instruments: tuple[Instrument, ...] = ()
    sources: tuple[SourceSettings, ...] = ()
    links: tuple[ChannelLink, ...] = ()
    holidays: Mapping[str, tuple[date, ...]] = {}
    strategies: Mapping[str, str] = {}
