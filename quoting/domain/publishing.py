"""From what should be in the market to messages: withdrawals first, prices as there is room."""

from quoting.domain.cell import Cell
from quoting.domain.channel import Channel
from quoting.domain.effects import Effect, Entry, Quote, WithdrawPair
from quoting.domain.publication import Offer
from quoting.domain.settings import OnUnknown
from quoting.domain.words import Mode, Reason, Side

_NEVER = 1 << 62


class Publisher:
    """The cells of one pair, also those that are leaving, and their channel."""

    __slots__ = ("_cells", "_is_stuck", "change_min", "channel", "pair")

    def __init__(
        self, pair: str, cells: dict[tuple[Side, int], Cell], channel: Channel, change_min: int
    ) -> None:
        self.pair = pair
        self.channel = channel
        self.change_min = change_min
        self._cells = cells
        # The channel refused to withdraw something: nothing new goes beside it.
        self._is_stuck = False

    def flush(self, out: list[Effect], at_ns: int) -> bool:
        """Sends what is not as it should be; whether anything went. Nothing goes without a link."""
        if not self.channel.is_up:
            return False
        gone: list[Cell] = []
        offered: list[Cell] = []
        material = False
        for cell in self._cells.values():
            offer, newest = self._offer(cell), cell.publication.newest
            if offer == newest and not cell.is_due:
                continue
            if offer is None:
                gone.append(cell)
            else:
                offered.append(cell)
                material = material or cell.is_due or self._is_material(offer, newest)
        if gone:
            self._withdraw(gone, out, at_ns, is_all=not offered)
        if not offered or not material:
            self.channel.waiting.pop(self.pair, None)
            return bool(gone)
        if not self.channel.has_room(self.pair, at_ns):
            return bool(gone)
        self._publish(self._with_unanswered(offered), out, at_ns)
        return True

    def acknowledge(self, quote: int) -> None:
        for cell in self._cells.values():
            cell.publication.acknowledge(quote)
        self._look()

    def reject(self, quote: int) -> bool:
        """Whether a price of ours was refused, or a withdrawal."""
        found = False
        for cell in self._cells.values():
            if cell.publication.reject(quote):
                # A refused withdrawal is tried again after the time for answers, not in a circle;
                # what is on its way already is not sent twice.
                is_stuck, has_newer = cell.publication.is_stuck, bool(cell.publication.flight)
                cell.is_due = not is_stuck and (cell.is_due or not has_newer)
                found = True
        self._look()
        return found

    def begin_anew(self, quote: int, at_ns: int) -> None:
        """A session begins with a withdrawal of everything."""
        for cell in self._cells.values():
            cell.publication.begin_anew(quote, at_ns)
            cell.is_due = False
        self._look()

    def withdrawn(self, quote: int, at_ns: int) -> None:
        """A withdrawal of all was sent for everybody."""
        for cell in self._cells.values():
            if cell.publication.may_stand:
                cell.publication.send(quote, None, at_ns)
                cell.is_due = False

    def lose(self) -> None:
        for cell in self._cells.values():
            cell.publication.lose()

    def watch(self, at_ns: int) -> None:
        """What was not answered in time is unknown, and due again."""
        confirm_ns = self.channel.settings.confirm_ns
        for cell in self._cells.values():
            if self.channel.is_up and cell.publication.waits_too_long(confirm_ns, at_ns):
                cell.is_due = True

    def next_ns(self) -> int:
        """When an answer is too late, or there is room again."""
        if not self.channel.is_up:
            return _NEVER
        confirm_ns = self.channel.settings.confirm_ns
        first = _NEVER
        for cell in self._cells.values():
            end_ns = cell.publication.next_ns(confirm_ns)
            # What is due already only waits for room.
            if end_ns is not None and end_ns < first and not cell.is_due:
                first = end_ns
        if self.pair in self.channel.waiting:
            first = min(first, self.channel.throttle.next_ns)
        return first

    def _offer(self, cell: Cell) -> Offer:
        target = cell.target
        publication = cell.publication
        if target is None or self._is_stuck or cell.is_leaving:
            return None
        if publication.is_unknown and self.channel.settings.on_unknown is OnUnknown.WITHDRAW:
            return None
        offer = target, cell.size
        return None if offer == publication.refused else offer

    def _is_material(self, offer: Offer, newest: Offer) -> bool:
        if offer is None or newest is None or offer[1] != newest[1]:
            return True
        return abs(offer[0] - newest[0]) >= self.change_min

    def _with_unanswered(self, offered: list[Cell]) -> list[Cell]:
        """A price that moves past one of the other side whose change was not answered yet takes it
        along: if that change is refused, the old one does not stand crossed beside it."""
        unanswered = [
            cell
            for cell in self._cells.values()
            if cell.publication.flight and cell not in offered and self._offer(cell)
        ]
        if not unanswered:
            return offered
        bids = [cell.target for cell in offered if cell.side is Side.BID and cell.target]
        asks = [cell.target for cell in offered if cell.side is Side.ASK and cell.target]
        along = [
            cell
            for cell in unanswered
            if (
                cell.side is Side.ASK
                and bids
                and min(cell.publication.prices, default=_NEVER) <= max(bids)
            )
            or (
                cell.side is Side.BID
                and asks
                and max(cell.publication.prices, default=0) >= min(asks)
            )
        ]
        return offered + along

    def _withdraw(self, gone: list[Cell], out: list[Effect], at_ns: int, *, is_all: bool) -> None:
        quote = self.channel.next_quote(self.pair)
        entries = tuple(Entry(cell.side, cell.level, None, 0, cell.reason) for cell in gone)
        left = any(cell.publication.may_stand and cell not in gone for cell in self._cells.values())
        # Who did not answer a withdrawal of all may still answer one of each.
        is_again = any(cell.publication.is_unknown for cell in gone)
        for cell in gone:
            cell.publication.send(quote, None, at_ns)
            cell.is_due = False
        if is_all and not left and not is_again and len(gone) > 1:
            out.append(WithdrawPair(self.channel.settings.name, self.pair, quote, gone[0].reason))
        else:
            out.append(
                Quote(self.channel.settings.name, self.pair, quote, entries, is_withdrawal=True)
            )

    def _publish(self, offered: list[Cell], out: list[Effect], at_ns: int) -> None:
        quote = self.channel.next_quote(self.pair)
        entries = []
        for cell in offered:
            target = cell.target
            assert target is not None
            cell.publication.send(quote, (target, cell.size), at_ns)
            cell.is_due = False
            if cell.mode is Mode.AUTO:
                entries.append(
                    Entry(
                        cell.side, cell.level, target, cell.size, Reason.NONE,
                        cell.market, cell.addends,
                    )
                )  # fmt: skip
            else:
                entries.append(Entry(cell.side, cell.level, target, cell.size))
        out.append(Quote(self.channel.settings.name, self.pair, quote, tuple(entries)))

    def _look(self) -> None:
        self._is_stuck = any(cell.publication.is_stuck for cell in self._cells.values())
        for key, cell in list(self._cells.items()):
            publication = cell.publication
            if cell.is_leaving and not publication.may_stand and not publication.flight:
                del self._cells[key]
