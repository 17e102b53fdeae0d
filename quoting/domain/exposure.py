"""What a pair offers and holds, against its limits and those it shares with other pairs."""

from collections.abc import Iterable

from quoting.domain.cell import QUOTING, Cell
from quoting.domain.limits import NO_LIMIT, Breach, Limit, Usage, breach, overrun, together, used
from quoting.domain.position import Position
from quoting.domain.words import Side


class Exposure:
    """One pair's. `pending`: what tickets would buy and sell if they were accepted."""

    __slots__ = ("cells", "limit", "pending", "position", "scopes", "worth")

    def __init__(self, cells: dict[tuple[Side, int], Cell], limit: Limit, worth: int) -> None:
        self.cells = cells
        self.limit = limit
        self.worth = worth
        self.position = Position()
        self.pending = 0, 0
        self.scopes: list[Scope] = []

    def usage(self, without: Cell | None = None) -> Usage:
        """Of what the counterparty may have, and of what is about to be sent."""
        bid = ask = 0
        for cell in self.cells.values():
            if cell is without:
                continue
            size = cell.publication.size_at_most
            if cell.phase in QUOTING and cell.size > size:
                size = cell.size
            if cell.side is Side.BID:
                bid += size
            else:
                ask += size
        return used(self.position.net, self.pending, (bid, ask))

    def refusal(self, cell: Cell, size: int, beside: int = 0) -> Breach | None:
        """Why a cell may not quote so much beside all others, and others that wait with it."""
        found = None
        if self.limit != NO_LIMIT:
            found = breach(self.limit, self.usage(cell), cell.side, size, beside)
        for scope in self.scopes:
            if found is None and scope.limit != NO_LIMIT:
                usage, worth = scope.usage(self, cell), self.worth
                found = breach(scope.limit, usage, cell.side, size * worth, beside * worth)
        return found

    def oversized(self, cell: Cell) -> Breach | None:
        """Why a cell alone is too large."""
        found = breach(Limit(self.limit.single_max), Usage(), cell.side, cell.size)
        for scope in self.scopes:
            if found is None:
                single = Limit(scope.limit.single_max)
                found = breach(single, Usage(), cell.side, cell.size * self.worth)
        return found

    def single_refusal(self, side: Side, size: int) -> Breach | None:
        """Why a deal of this size is too large; what stood for it is counted already."""
        net = self.position.net + self.pending[0], self.pending[1] - self.position.net
        usage = Usage(net[0], net[1], 0)
        return breach(self.limit, usage, side, size)

    def intended(self) -> Usage:
        """Of what is to stand; what is on its way out has been dealt with."""
        bid = ask = 0
        for cell in self.cells.values():
            if cell.phase in QUOTING:
                bid += cell.size if cell.side is Side.BID else 0
                ask += cell.size if cell.side is Side.ASK else 0
        return used(self.position.net, self.pending, (bid, ask))

    def overrun(self) -> tuple[Side, Breach] | None:
        """The side that has to go."""
        return None if self.limit == NO_LIMIT else overrun(self.limit, self.intended())


class Scope:
    """Pairs that share a limit: a trader's, a channel's."""

    __slots__ = ("limit", "members", "name")

    def __init__(self, name: str, limit: Limit) -> None:
        self.name = name
        self.limit = limit
        self.members: list[Exposure] = []

    def add(self, exposures: Iterable[Exposure]) -> None:
        for exposure in exposures:
            self.members.append(exposure)
            exposure.scopes.append(self)

    def usage(self, own: Exposure | None = None, without: Cell | None = None) -> Usage:
        return together(
            (member.usage(without if member is own else None), member.worth)
            for member in self.members
        )

    def overrun(self) -> tuple[Side, Breach] | None:
        if self.limit == NO_LIMIT:
            return None
        usages = ((member.intended(), member.worth) for member in self.members)
        return overrun(self.limit, together(usages))
