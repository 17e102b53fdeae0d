"""Limits on what is offered and held, by pair, trader and channel; what is pending counts too."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from quoting.domain.words import Reason, Side


class Limit(msgspec.Struct, frozen=True):
    """The most that may be, in units; 0 is without limit."""

    single_max: int = 0
    net_max: int = 0
    gross_max: int = 0


NO_LIMIT = Limit()


class Usage(NamedTuple):
    """What would be held if all that is offered and pending were dealt.

    `long`: position, pending purchases and bids; `short`: the other way round.
    """

    long: int = 0
    short: int = 0
    gross: int = 0


class Breach(NamedTuple):
    """Which limit, what it would come to, and what is allowed."""

    reason: Reason
    value: int
    limit: int


def used(position: int, pending: tuple[int, int], quoted: tuple[int, int]) -> Usage:
    """Of one pair; `pending` and `quoted` are what we would buy and what we would sell."""
    buying, selling = pending[0] + quoted[0], pending[1] + quoted[1]
    return Usage(position + buying, selling - position, buying + selling)


def together(parts: Iterable[tuple[Usage, int]]) -> Usage:
    """Of several pairs, each with the worth of its unit; pairs do not net each other."""
    long = short = gross = 0
    for usage, weight in parts:
        long += max(0, usage.long) * weight
        short += max(0, usage.short) * weight
        gross += usage.gross * weight
    return Usage(long, short, gross)


def breach(limit: Limit, usage: Usage, side: Side, size: int, beside: int = 0) -> Breach | None:
    """Why a price of this size is not to be added on a side; `beside` is to be added with it."""
    if limit.single_max and size > limit.single_max:
        return Breach(Reason.SINGLE_LIMIT, size, limit.single_max)
    exposed = (usage.long if side is Side.BID else usage.short) + size + beside
    if limit.net_max and exposed > limit.net_max:
        return Breach(Reason.NET_LIMIT, exposed, limit.net_max)
    gross = usage.gross + size + beside
    if limit.gross_max and gross > limit.gross_max:
        return Breach(Reason.GROSS_LIMIT, gross, limit.gross_max)
    return None


def overrun(limit: Limit, usage: Usage) -> tuple[Side, Breach] | None:
    """The side that has to go, if what stands is too much: the one that leads further out."""
    side = Side.BID if usage.long >= usage.short else Side.ASK
    exposed = max(usage.long, usage.short)
    if limit.net_max and exposed > limit.net_max:
        return side, Breach(Reason.NET_LIMIT, exposed, limit.net_max)
    if limit.gross_max and usage.gross > limit.gross_max:
        return side, Breach(Reason.GROSS_LIMIT, usage.gross, limit.gross_max)
    return None
