"""What people and programs are shown of a pair: nothing as live that was not confirmed."""

from enum import StrEnum

import msgspec

from quoting.domain.auto_stop import Latch
from quoting.domain.cell import QUOTING, Cell, Phase
from quoting.domain.panel import Panel
from quoting.domain.publication import Standing
from quoting.domain.spread import Addends
from quoting.domain.words import Mode, Quality, Reason, Side
from riskgw.kernel.times import NS_PER_MS


class CellState(StrEnum):
    """A cell in one word."""

    STOPPED = "stopped"
    INVALID = "invalid"
    STALE = "stale"
    PENDING = "pending"
    LIVE = "live"
    WITHDRAWING = "withdrawing"
    UNKNOWN = "unknown"


class CellView(msgspec.Struct, frozen=True):
    """`price` stands on the panel, `target` is to be in the market, `published` is confirmed.

    `market` plus `addends` is the automatic price. `age_ms`: since something was last sent of it.
    """

    side: Side
    level: int
    size: int
    mode: Mode
    state: CellState
    reason: Reason
    is_editing: bool
    price: int | None
    target: int | None
    published: int | None
    published_size: int
    spread_adjust: int
    market: int | None
    addends: Addends
    age_ms: int | None
    expires_ns: int | None


class ProviderView(msgspec.Struct, frozen=True):
    """What one provider says, and what it is good for."""

    source: str
    name: str
    quality: Quality
    bid: int | None
    ask: int | None
    age_ms: int


class PanelView(msgspec.Struct, frozen=True):
    """The head of a panel and its cells; `mode` is None where cells differ."""

    pair: str
    channel: str
    is_channel_up: bool
    mode: Mode | None
    source: str
    bid: int | None
    ask: int | None
    bid_provider: str
    ask_provider: str
    position: int
    realised: int
    unrealised: int
    latch: Latch | None
    cells: list[CellView]


def cell_state(cell: Cell) -> CellState:
    standing = cell.publication.standing
    if standing is Standing.UNKNOWN:
        return CellState.UNKNOWN
    if standing is Standing.WITHDRAWING:
        return CellState.WITHDRAWING
    if cell.phase in QUOTING:
        return CellState.LIVE if standing is Standing.LIVE else CellState.PENDING
    if cell.phase is Phase.AUTO_INVALID:
        return CellState.STALE if cell.reason is Reason.STALE else CellState.INVALID
    return CellState.STOPPED


def cell_view(cell: Cell, at_ns: int) -> CellView:
    publication = cell.publication
    confirmed = publication.confirmed or (None, 0)
    refused = publication.refused is not None and publication.refused == (cell.target, cell.size)
    is_auto = cell.mode is Mode.AUTO
    return CellView(
        cell.side,
        cell.level,
        cell.size,
        cell.mode,
        cell_state(cell),
        Reason.REJECTED if refused else cell.reason,
        cell.is_editing,
        cell.own_price,
        cell.target,
        None if publication.is_unknown else confirmed[0],
        confirmed[1],
        cell.adjust,
        cell.market if is_auto else None,
        cell.addends if is_auto else (),
        (at_ns - publication.sent_ns) // NS_PER_MS if publication.sent_ns else None,
        cell.manual_until_ns or None if cell.phase is Phase.MANUAL_VALID else None,
    )


def panel_view(panel: Panel, at_ns: int) -> PanelView:
    cells = panel.rows.all()
    modes = {cell.mode for cell in cells}
    best, position = panel.market.best, panel.exposure.position
    mark = best.bid if position.net >= 0 else best.ask
    return PanelView(
        panel.settings.pair,
        panel.settings.channel,
        panel.publisher.channel.is_up,
        modes.pop() if len(modes) == 1 else None,
        panel.market.source,
        best.bid,
        best.ask,
        best.bid_provider,
        best.ask_provider,
        position.net,
        position.realised,
        position.unrealised(mark) if mark is not None else 0,
        panel.latch,
        [cell_view(cell, at_ns) for cell in cells],
    )


def provider_views(panel: Panel, at_ns: int) -> list[ProviderView]:
    """The quotes behind the price, for Details."""
    return [
        ProviderView(
            each.source,
            each.name,
            each.quality,
            each.prices.bid if each.prices else None,
            each.prices.ask if each.prices else None,
            (at_ns - each.heard_ns) // NS_PER_MS,
        )
        for each in panel.market.providers.values()
    ]
