"""One pair on one channel: its cells, market, limits and requests. Events in, effects out."""

from collections.abc import Callable, Mapping
from typing import Any

from quoting.domain.auto_stop import AutoStop, Latch
from quoting.domain.cell import QUOTING, STARTED, Cell, Gesture, Phase
from quoting.domain.channel import Channel
from quoting.domain.dealing import Dealing
from quoting.domain.effects import Breached, Cleansed, Effect, Refused, Released, Stopped
from quoting.domain.events import (
    Carried,
    DealRequested,
    Enable,
    Event,
    Feed,
    Halt,
    Heard,
    Instruct,
    PriceRequested,
    ProviderDown,
    Release,
    Resize,
    SourceDown,
    Tick,
    TicketAnswered,
    Timer,
    Touch,
)
from quoting.domain.exposure import Exposure
from quoting.domain.ladder import LadderRefused, Level, followed, ordered, with_size, without
from quoting.domain.limits import Breach
from quoting.domain.market import Market
from quoting.domain.moving import Mover
from quoting.domain.pricing import Instruction, PairPricing
from quoting.domain.publishing import Publisher
from quoting.domain.rows import Rows
from quoting.domain.settings import PairSettings
from quoting.domain.words import SIDES, Mode, Profile, Reason, Side

_NEVER = 1 << 62


class Panel:
    """`due_ns`: not before then can time alone change anything."""

    def __init__(self, settings: PairSettings, channel: Channel) -> None:
        self.settings = settings
        self.is_leaving = False
        # As they were set when they were last followed; people may have changed them since.
        self._set_levels = settings.levels
        self.rows = Rows(channel, ordered(settings.levels))
        self.cells = self.rows.cells
        self.market = Market(settings)
        self.pricing = PairPricing(settings)
        self.exposure = Exposure(self.cells, settings.limit, settings.unit_worth)
        self.mover = Mover(settings, self.rows.rows, self.market, self.pricing, self.exposure)
        self.publisher = Publisher(settings.pair, self.cells, channel, settings.change_min)
        self.auto_stop = AutoStop()
        self.dealing = Dealing(settings, self.rows.rows, self.exposure, self._dealt)
        self.due_ns = 0
        # Sooner than this nothing that was just sent is due again.
        self._shortest_ns = self._found_shortest()
        # In the source's profile a valid price renews what stands, also where it is the same.
        self._renewed_ns = 0
        self._handlers: Mapping[type, Callable[[Any], None]] = {
            Touch: self._touch,
            Feed: self._feed,
            Resize: self._resize,
            Halt: self._halt,
            Release: self._release,
            Heard: self._heard,
            SourceDown: self._source_down,
            ProviderDown: self._provider_down,
            Enable: self._enable,
            Instruct: self._instruct,
            DealRequested: self._request,
            PriceRequested: self._request_price,
            TicketAnswered: self._answer,
            Carried: self._carried,
            Timer: self._timer,
        }

    @property
    def latch(self) -> Latch | None:
        return self.auto_stop.latch

    def apply(self, event: Event, out: list[Effect], at_ns: int) -> None:
        """What follows from an event; whatever time has brought comes first."""
        self._begin(out, at_ns)
        if at_ns >= self.due_ns:
            self._on_time()
        self._handlers[type(event)](event)
        self.settle(out, at_ns)

    def tick(self, event: Tick, out: list[Effect], at_ns: int) -> None:
        """The way of most events: only what prices may change is looked at."""
        self._begin(out, at_ns)
        is_late = at_ns >= self.due_ns
        if is_late:
            self._on_time()
        is_changed, rejection = self.market.hear(event, at_ns)
        if rejection is not None:
            self._tell_cleansed(event, rejection)
        if self.market.good_ns == at_ns:
            self._renewed_ns = at_ns
        self.due_ns = min(self.due_ns, self.market.next_ns())
        if is_changed or (self.mover.waits and self.market.good_ns == at_ns):
            is_changed = self.mover.follow()
            self._watch_loss()
        if is_late or out:
            self.settle(out, at_ns)
        elif is_changed and self.publisher.flush(out, at_ns):
            self.due_ns = min(self.due_ns, at_ns + self._shortest_ns)

    def settle(self, out: list[Effect], at_ns: int) -> None:
        """The channel gets what changed, and the next time is worked out."""
        self._begin(out, at_ns)
        self._watch_feed()
        self.publisher.flush(out, at_ns)
        self._arm()

    def reprice(self, out: list[Effect], at_ns: int) -> None:
        """Something beside the market changed: positions, settings, the channel."""
        self._begin(out, at_ns)
        net, (buying, selling) = self.exposure.position.net, self.exposure.pending
        self.pricing.position_bid, self.pricing.position_ask = net + buying, net - selling
        self.mover.reprice()

    def configure(self, settings: PairSettings, out: list[Effect], at_ns: int) -> None:
        """Other settings, in force at once; levels follow by `follow_levels`."""
        self._begin(out, at_ns)
        self.settings = settings
        self.market.configure(settings)
        self.pricing.configure(settings)
        self.mover.settings = self.dealing.settings = settings
        self.exposure.limit, self.exposure.worth = settings.limit, settings.unit_worth
        self.publisher.change_min = settings.change_min
        self._shortest_ns = self._found_shortest()
        self.reprice(out, at_ns)
        self.mover.recheck_manual()

    def follow_levels(self, out: list[Effect], at_ns: int) -> None:
        """Levels that are set otherwise than before; what people made of the others stays.

        What goes, or would be too large, is withdrawn; a level that is new is stopped.
        """
        self._begin(out, at_ns)
        before = {level.number: level.size for level in self.rows.levels}
        try:
            levels = followed(self.rows.levels, self._set_levels, self.settings.levels)
        except LadderRefused as refused:
            self._refuse("resize", refused.reason)
            return
        self._set_levels = self.settings.levels
        if levels == self.rows.levels:
            return
        for number in before.keys() - dict(levels).keys():
            self.mover.stop([self.cells[side, number] for side in SIDES], Reason.CLEARED)
            self.rows.remove(number)
        for number, size in levels:
            if number not in before:
                self.rows.put(Level(number, size))
            elif size != before[number]:
                self._set_size(number, size)
        self.rows.arrange(levels)
        self.mover.reprice()
        self.mover.recheck_manual()

    def _set_size(self, number: int, size: int) -> None:
        for side in SIDES:
            cell = self.cells[side, number]
            breach = self.exposure.refusal(cell, size) if cell.phase in QUOTING else None
            if breach is not None and size > cell.size:
                self._tell_breach(side, breach, "pair")
                self.mover.withdraw([cell], breach.reason)
            cell.size = size

    def leave(self, out: list[Effect], at_ns: int) -> None:
        """Out of use: everything goes, and stays known until the channel has let go of it."""
        self._begin(out, at_ns)
        self.is_leaving = True
        self.mover.halted = Reason.OUT_OF_USE
        self.mover.stop(self.rows.all(), Reason.OUT_OF_USE)
        for cell in self.cells.values():
            cell.is_leaving = True
            cell.is_editing = False
        self.publisher.flush(out, at_ns)
        self.dealing.expire(out, at_ns, Reason.OUT_OF_USE)
        self.settle(out, at_ns)

    @property
    def has_left(self) -> bool:
        """Nothing of it can stand any more."""
        return self.is_leaving and not any(
            cell.publication.may_stand or cell.publication.flight for cell in self.cells.values()
        )

    def stop(self, reason: Reason, out: list[Effect], at_ns: int) -> None:
        """All cells; withdrawn by whoever asked, or by the next flush."""
        self._begin(out, at_ns)
        self.mover.stop(self.rows.all(), reason)

    def halt(self, latch: Latch, out: list[Effect], at_ns: int) -> None:
        """Stopped until a person releases it."""
        self._begin(out, at_ns)
        if self.auto_stop.latch is None:
            self.auto_stop.close(latch)
            self.mover.halted = latch.reason
            out.append(
                Stopped(self.settings.pair, latch.reason, latch.value, latch.limit, latch.by)
            )
            self.mover.stop(self.rows.all(), latch.reason)
            self.dealing.expire(out, at_ns, latch.reason)

    def breach(self, side: Side, found: Breach, scope: str) -> bool:
        """A limit is overrun: the side goes, or both; whether there was anything to go."""
        both = self.settings.breach_takes_both
        cells = [c for c in self.rows.all() if c.phase in QUOTING and (both or c.side is side)]
        if cells:
            self._tell_breach(side, found, scope)
            self.mover.withdraw(cells, found.reason)
        return bool(cells)

    def _begin(self, out: list[Effect], at_ns: int) -> None:
        self.mover.out, self.mover.at_ns = out, at_ns

    # gestures

    def _touch(self, event: Touch) -> None:
        cells = [
            cell
            for cell in self.rows.all()
            if event.side in (None, cell.side) and event.level in (None, cell.level)
        ]
        if not cells:
            self._refuse(event.gesture.value, Reason.UNKNOWN_CELL)
        for cell in cells:
            self.mover.touch(cell, event.gesture, event.value)
        self.mover.reprice()

    def _feed(self, event: Feed) -> None:
        if not self.market.choose(event.source):
            self._refuse(Gesture.FEED.value, Reason.UNKNOWN_SOURCE)
            return
        self.pricing.price(self.mover.rows, self.market, self.mover.at_ns)
        for cell in self.rows.all():
            self.mover.feed(cell)
        self.mover.reprice()

    def _resize(self, event: Resize) -> None:
        try:
            levels = (
                with_size(self.rows.levels, event.level, event.size)
                if event.size
                else without(self.rows.levels, event.level)
            )
        except LadderRefused as refused:
            self._refuse("resize", refused.reason)
            return
        if event.size == 0:
            self.mover.stop([self.cells[side, event.level] for side in SIDES], Reason.CLEARED)
            self.rows.remove(event.level)
        elif any(level.number == event.level for level in self.rows.levels):
            for side in SIDES:
                cell = self.cells[side, event.level]
                breach = self.exposure.refusal(cell, event.size)
                if cell.phase in QUOTING and breach:
                    self._refuse("resize", breach.reason)
                    return
            for side in SIDES:
                self.cells[side, event.level].size = event.size
        else:
            self.rows.put(Level(event.level, event.size))
        self.rows.arrange(levels)
        self.mover.reprice()
        self.mover.recheck_manual()

    def _halt(self, event: Halt) -> None:
        latch = Latch(event.reason, self.mover.at_ns, event.value, 0, event.by)
        self.halt(latch, self.mover.out, self.mover.at_ns)

    def _release(self, event: Release) -> None:
        latch = self.auto_stop.latch
        if latch is None or not event.by or not event.comment:
            self._refuse("release", Reason.NO_EFFECT)
            return
        self.auto_stop.release()
        self.mover.halted = Reason.NONE
        self.mover.out.append(Released(self.settings.pair, latch.reason, event.by, event.comment))

    # prices

    def _heard(self, event: Heard) -> None:
        self.market.heard(event.source, self.mover.at_ns)

    def _source_down(self, event: SourceDown) -> None:
        self.market.down(event.source)
        self.mover.reprice()

    def _provider_down(self, event: ProviderDown) -> None:
        self.market.down(event.source, event.provider)
        self.mover.reprice()

    def _enable(self, event: Enable) -> None:
        if not self.market.enable((event.source, event.provider), event.is_enabled):
            self._refuse("enable", Reason.UNKNOWN_SOURCE)
            return
        self.mover.reprice()

    def _instruct(self, event: Instruct) -> None:
        self.pricing.instruction = Instruction(event.strategy, event.bid, event.ask, event.until_ns)
        self.mover.reprice()

    def _tell_breach(self, side: Side, found: Breach, scope: str) -> None:
        self.mover.out.append(
            Breached(self.settings.pair, scope, side, found.reason, found.value, found.limit)
        )

    def _tell_cleansed(self, event: Tick, found: Any) -> None:
        bid = event.bids[0][0] if event.bids else None
        ask = event.asks[0][0] if event.asks else None
        self.mover.out.append(
            Cleansed(
                self.settings.pair, event.source, event.provider,
                found.rule, found.value, found.limit, bid, ask,
            )
        )  # fmt: skip

    # requests

    def _request(self, event: DealRequested) -> None:
        self.dealing.request(event, self.mover.halted, self.mover.out, self.mover.at_ns)
        self._after_deals()

    def _request_price(self, event: PriceRequested) -> None:
        self.dealing.request_price(event, self.mover.halted, self.mover.out, self.mover.at_ns)

    def _answer(self, event: TicketAnswered) -> None:
        if not self.dealing.answer(event, self.mover.out, self.mover.at_ns):
            self._refuse("ticket", Reason.UNKNOWN_TICKET)
        self._after_deals()

    def _carried(self, event: Carried) -> None:
        position = self.exposure.position
        position.net, position.cost, position.realised = event.net, event.cost, event.realised
        self._after_deals()

    def _dealt(self, side: Side) -> None:
        total = self.exposure.position.total(self._mark())
        latch = self.auto_stop.filled(self.settings.stops, side, total, self.mover.at_ns)
        if latch is not None:
            self.halt(latch, self.mover.out, self.mover.at_ns)

    def keep_limit(self) -> None:
        """Cells go that are too large, and sides where the pair is over its limit."""
        for cell in self.rows.all():
            oversized = self.exposure.oversized(cell) if cell.phase in QUOTING else None
            if oversized is not None:
                self._tell_breach(cell.side, oversized, "pair")
                self.mover.withdraw([cell], oversized.reason)
        for _ in SIDES:
            found = self.exposure.overrun()
            if found is None or not self.breach(*found, "pair"):
                return

    def _after_deals(self) -> None:
        self.keep_limit()
        self.reprice(self.mover.out, self.mover.at_ns)

    def _mark(self) -> int | None:
        """What the open position is worth by: the price at which it would be closed."""
        best = self.market.best
        return best.bid if self.exposure.position.net >= 0 else best.ask

    # time

    def _timer(self, event: Timer) -> None:
        """What was due has been done."""

    def _on_time(self) -> None:
        at_ns = self.mover.at_ns
        self.market.expire(at_ns)
        self.mover.reprice()
        for cell in self.rows.all():
            if cell.phase is Phase.MANUAL_VALID and 0 < cell.manual_until_ns <= at_ns:
                self.mover.expire(cell, Gesture.MANUAL_TTL)
            if cell.phase in QUOTING and at_ns >= self._publish_end_ns(cell):
                self.mover.expire(cell, Gesture.PUBLISH_TTL)
        self.dealing.expire(self.mover.out, at_ns)
        self.publisher.watch(at_ns)

    def _publish_end_ns(self, cell: Cell) -> int:
        """When what was sent is too old, or where it is sent again, shortly before that."""
        ttl_ns = self.settings.ttls.publish_ns
        if not ttl_ns or cell.is_due or cell.publication.newest is None:
            return _NEVER
        if self.settings.profile is Profile.SOURCE:
            renewed_ns = self._renewed_ns if cell.mode is Mode.AUTO else 0
            return max(cell.publication.sent_ns, renewed_ns) + ttl_ns
        return cell.publication.sent_ns + ttl_ns * 3 // 4

    def _found_shortest(self) -> int:
        ends_ns = [self.publisher.channel.settings.confirm_ns]
        if self.settings.ttls.publish_ns:
            ends_ns.append(self.settings.ttls.publish_ns // 2)
        return min(ends_ns)

    def _watch_feed(self) -> None:
        """Without any price for too long quoting stops, if anything was to quote by prices."""
        if not self.settings.stops.feed_loss_ns:
            return
        waits = any(cell.mode is Mode.AUTO and cell.phase in STARTED for cell in self.rows.all())
        has_price = self.market.best.bid is not None or not waits
        latch = self.auto_stop.fed(self.settings.stops, has_price, self.mover.at_ns)
        if latch is not None:
            self.halt(latch, self.mover.out, self.mover.at_ns)

    def _watch_loss(self) -> None:
        if not self.settings.stops.loss_max or not self.exposure.position.net:
            return
        total = self.exposure.position.total(self._mark())
        latch = self.auto_stop.lost(self.settings.stops, total, self.mover.at_ns)
        if latch is not None:
            self.halt(latch, self.mover.out, self.mover.at_ns)

    def _arm(self) -> None:
        due = min(
            self.market.next_ns(),
            self.pricing.next_ns(),
            self.publisher.next_ns(),
            self.dealing.next_ns(),
        )
        for cell in self.rows.all():
            if cell.phase is Phase.MANUAL_VALID and cell.manual_until_ns:
                due = min(due, cell.manual_until_ns)
            if cell.phase in QUOTING:
                due = min(due, self._publish_end_ns(cell))
        lost_ns = self.auto_stop.next_ns(self.settings.stops)
        self.due_ns = due if lost_ns is None else min(due, lost_ns)

    def _refuse(self, gesture: str, reason: Reason) -> None:
        self.mover.out.append(Refused(self.settings.pair, gesture, reason))
