"""What the engine answers its desks, from the book as it stands; nothing here changes it."""

import copy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from quoting.domain.book import Book
from quoting.domain.cell import QUOTING, Cell
from quoting.domain.dealing import Ticket
from quoting.domain.engine_settings import Instrument
from quoting.domain.exposure import Exposure
from quoting.domain.limits import Limit, Usage
from quoting.domain.panel import Panel
from quoting.domain.panel_frame import Frame, Shot, shot
from quoting.domain.pricing import PairPricing
from quoting.domain.rows import Row
from quoting.domain.settings import PairSettings
from quoting.domain.view import cell_state, cell_view, panel_view, provider_views
from quoting.domain.words import SIDES, Mode, Reason, Side
from quoting.wire.desk import (
    CellDetails,
    Details,
    Preview,
    PreviewCell,
    Tile,
    Tiles,
    UsageLine,
)


def panel_shot(panel: Panel, at_ns: int, more: Mapping[str, Any]) -> Shot:
    """`more`: of `instrument_fields`, and what only the engine knows."""
    settings = panel.settings
    return shot(
        panel_view(panel, at_ns),
        {
            "algorithm": settings.algorithm.value,
            "choices": list(settings.choices),
            "deal_mode": settings.deals.mode.value,
            "profile": settings.profile.value,
            "tickets": [_ticket(name, each) for name, each in panel.dealing.tickets.items()],
            **more,
        },
    )


def with_ages(frame: Frame, panel: Panel, at_ns: int) -> Frame:
    """Who asks once has no clock to tell them by."""
    ages = [cell_view(cell, at_ns).age_ms for cell in panel.rows.all()]
    cells = tuple((index, {**fields, "age_ms": ages[index]}) for index, fields in frame.cells)
    return msgspec.structs.replace(frame, cells=cells)


def instrument_fields(instrument: Instrument) -> dict[str, Any]:
    """How the screen names, draws and types a pair."""
    return {
        "digits": instrument.digits._asdict(),
        "step": instrument.step,
        "trade_type": instrument.trade_type,
    }


def tiles(book: Book, sources: Mapping[str, str], trouble: str = "") -> Tiles:
    channels = {name: "up" if channel.is_up else "down" for name, channel in book.channels.items()}
    found = tuple(_tile(panel) for panel in book.panels.values())
    return Tiles(found, sources, channels, trouble)


def details(panel: Panel, strategy: str, cleansed: Iterable[Any], at_ns: int) -> Details:
    """The newest faults of prices first."""
    cells = []
    for cell in panel.rows.all():
        view = cell_view(cell, at_ns)
        cells.append(CellDetails(view.side, view.level, view.market, view.addends, view.price))
    found = tuple(msgspec.to_builtins(each) for each in cleansed)
    return Details(tuple(provider_views(panel, at_ns)), tuple(cells), strategy, found)


def usage(panel: Panel) -> list[UsageLine]:
    """Of the pair's limits, and of those that it shares."""
    exposure = panel.exposure
    lines = list(_usage("pair", exposure.limit, exposure.usage(), [exposure]))
    for scope in exposure.scopes:
        lines += _usage(scope.name, scope.limit, scope.usage(), scope.members)
    return lines


def preview(panel: Panel, settings: PairSettings, at_ns: int) -> Preview:
    """The same market and the same adjustments, priced by other settings; levels stay."""
    market = copy.deepcopy(panel.market)
    market.configure(settings)
    pricing = PairPricing(settings)
    pricing.instruction = panel.pricing.instruction
    pricing.position_bid = panel.pricing.position_bid
    pricing.position_ask = panel.pricing.position_ask
    rows = [Row(copy.copy(row.bid), copy.copy(row.ask)) for row in panel.rows.rows]
    pricing.price(rows, market, at_ns)
    cells = [
        PreviewCell(now.side, now.level, now.own_price, then.own_price, _why(then))
        for old, new in zip(panel.rows.rows, rows, strict=True)
        for now, then in zip(old, new, strict=True)
    ]
    return Preview(tuple(cells))


def _why(cell: Cell) -> Reason:
    """Why the price could not be quoted."""
    return cell.unfit if cell.mode is Mode.AUTO else Reason.NONE


def _ticket(name: str, ticket: Ticket) -> dict[str, Any]:
    asked = ticket.asked
    return {
        "ticket": name,
        "side": asked.side.value if asked else None,
        "price": asked.price if asked else None,
        "size": ticket.size,
        "until_ns": ticket.until_ns,
        "party": ticket.party,
    }


def _tile(panel: Panel) -> Tile:
    states = Counter(cell_state(cell).value for cell in panel.rows.all())
    return Tile(
        panel.settings.pair,
        panel.settings.channel,
        panel.publisher.channel.is_up,
        dict(sorted(states.items())),
        panel.latch,
        len(panel.dealing.tickets),
    )


def _usage(
    scope: str, limit: Limit, usage: Usage, members: Iterable[Exposure]
) -> Iterator[UsageLine]:
    """A shared limit counts in the worth of its members' units, a pair's own in units."""
    is_shared = scope != "pair"
    sizes = dict.fromkeys(SIDES, 0)
    for member in members:
        for cell in member.cells.values():
            size = max(cell.publication.size_at_most, cell.size if cell.phase in QUOTING else 0)
            worth = member.worth if is_shared else 1
            sizes[cell.side] = max(sizes[cell.side], size * worth)
    for side in SIDES:
        yield UsageLine(scope, Reason.SINGLE_LIMIT, side, sizes[side], limit.single_max)
    for side, used in ((Side.BID, usage.long), (Side.ASK, usage.short)):
        yield UsageLine(scope, Reason.NET_LIMIT, side, used, limit.net_max)
    yield UsageLine(scope, Reason.GROSS_LIMIT, None, usage.gross, limit.gross_max)
