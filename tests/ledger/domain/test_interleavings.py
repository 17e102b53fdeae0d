"""Every interleaving of two transactions: late, repeated, crossing messages, a freeze anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product

import pytest

from ledger.domain.account import Account, Usability
from ledger.domain.admission import decide, reserved
from ledger.domain.direction import OPPOSITE, Direction, Side, normal
from ledger.domain.legs import Leg
from ledger.domain.transaction import VERDICTS, State, Step, after

ACCOUNTS = ("h", "j")
DELIVERIES_MAX = 2
AMOUNTS = (1, 2)

Legs = tuple[Leg, ...]


@dataclass(frozen=True)
class Life:
    """One transaction: as the ledger has it, and what its coordinator does."""

    legs: Legs
    state: State = State.UNKNOWN
    held: tuple[tuple[str, int], ...] = ()
    tries: int = 0
    verdict: State | None = None
    decision: Step | None = None
    decided: int = 0


@dataclass(frozen=True)
class World:
    """Everything there is between two steps."""

    accounts: tuple[Account, ...]
    lives: tuple[Life, ...]
    is_frozen: bool = False

    @property
    def named(self) -> dict[str, Account]:
        return dict(zip(ACCOUNTS, self.accounts, strict=True))

    def living(self, place: int, life: Life, accounts: dict[str, Account]) -> "World":
        lives = (*self.lives[:place], life, *self.lives[place + 1 :])
        return replace(self, lives=lives, accounts=tuple(accounts.values()))


def tried(world: World, place: int) -> Iterator[World]:
    """A try arrives, perhaps again, perhaps after the cancel."""
    life = world.lives[place]
    if life.tries == DELIVERIES_MAX:
        return
    life = replace(life, tries=life.tries + 1)
    if life.state is not State.UNKNOWN:
        yield world.living(place, replace(life, verdict=VERDICTS[life.state]), world.named)
        return
    verdict = decide(life.legs, world.named)
    state = after(life.state, Step.REJECT if verdict.reason else Step.ADMIT)
    life = replace(life, state=state, verdict=state, held=tuple(verdict.reserves.items()))
    yield world.living(place, life, reserved(world.named, verdict.reserves))


def decided(world: World, place: int) -> Iterator[World]:
    """The coordinator makes up its mind once, and says so until it is heard."""
    life = world.lives[place]
    if life.decision is None:
        yield world.living(place, replace(life, decision=Step.CANCEL), world.named)
        if life.verdict is State.TRIED:
            yield world.living(place, replace(life, decision=Step.CONFIRM), world.named)
    elif life.decided < DELIVERIES_MAX:
        # Neither confirm nor cancel can be refused: an IllegalStep here fails the search.
        state = after(life.state, life.decision)
        yield world.living(place, replace(life, state=state, decided=life.decided + 1), world.named)


def posted(world: World, place: int) -> Iterator[World]:
    """The poster comes by, whenever it likes: posts, or gives back what a cancel freed."""
    life, accounts = world.lives[place], world.named
    if life.state is State.CONFIRMED:
        for leg in life.legs:
            accounts[leg.account] = accounts[leg.account].posting(leg.side, leg.amount)
        yield world.living(
            place, replace(life, state=after(life.state, Step.POST), held=()), accounts
        )
    elif life.state is State.CANCELLED and life.held:
        for name, amount in life.held:
            accounts[name] = accounts[name].releasing(amount)
        yield world.living(place, replace(life, held=()), accounts)


def frozen(world: World) -> Iterator[World]:
    if not world.is_frozen:
        for usability in (Usability.NO_DECREASES, Usability.FROZEN):
            accounts = (replace(world.accounts[0], usability=usability), *world.accounts[1:])
            yield replace(world, is_frozen=True, accounts=accounts)


def following(world: World) -> Iterator[World]:
    for place in range(len(world.lives)):
        yield from tried(world, place)
        yield from decided(world, place)
        yield from posted(world, place)
    yield from frozen(world)


def check(world: World, opening: int) -> None:
    held = dict.fromkeys(ACCOUNTS, 0)
    for life in world.lives:
        for name, amount in life.held:
            held[name] += amount
    for name, account in world.named.items():
        assert account.reserved == held[name]
        if account.available is not None:
            assert account.available >= 0
            assert normal(account.direction, account.posted) + account.overdraft >= 0
    assert sum(account.posted for account in world.accounts) == opening


def check_end(world: World) -> None:
    """Nothing can happen any more: all is settled and nothing is held."""
    assert all(account.reserved == 0 for account in world.accounts)
    ends = {State.POSTED: Step.CONFIRM, State.CANCELLED: Step.CANCEL, State.REJECTED: Step.CANCEL}
    for life in world.lives:
        assert ends[life.state] is life.decision


def search(start: World) -> int:
    """All worlds that can be reached; how many there are."""
    opening = sum(account.posted for account in start.accounts)
    seen, waiting = {start}, [start]
    while waiting:
        world = waiting.pop()
        check(world, opening)
        is_end = True
        for each in following(world):
            is_end = False
            if each not in seen:
                seen.add(each)
                waiting.append(each)
        if is_end:
            check_end(world)
    return len(seen)


def transfers() -> Iterator[Legs]:
    """h against j, either way; and one that takes and gives on h at once."""
    for side, amount in product(Side, AMOUNTS):
        yield (Leg("h", side, amount), Leg("j", OPPOSITE[side], amount))
    yield (Leg("h", Side.DEBIT, 2), Leg("h", Side.CREDIT, 2))


def starts(h: Direction, j: Direction) -> Iterator[World]:
    signs = {Direction.CREDIT: 1, Direction.DEBIT: -1, Direction.UNRESTRICTED: 1}
    for balance, overdraft in ((0, 0), (1, 1)):
        account = Account(h, signs[h] * balance, overdraft=0 if signs[h] == 0 else overdraft)
        for first, second in combinations_with_replacement(transfers(), 2):
            yield World((account, Account(j, signs[j])), (Life(first), Life(second)))


@pytest.mark.long
@pytest.mark.parametrize(("h", "j"), list(product(Direction, Direction)))
def test_no_interleaving_of_two_transactions_overdraws_or_gets_stuck(
    h: Direction, j: Direction
) -> None:
    # A search that reaches little shows little.
    assert sum(search(start) for start in starts(h, j)) > 10_000
