"""Every state that one cell can reach, and every event in each: the invariants hold on all ways.

The cell stands beside a stopped one of the other side. A state is what decides what happens next,
without times and numbers of messages. Two walks: with a counterparty that answers at once, through
all gestures, prices, limits and links; and with one that keeps its answers back or refuses.
"""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from quoting.domain.cell import MODES, QUOTING, STARTED, Gesture, Phase
from quoting.domain.events import ChannelDown, ChannelUp, Configure, Feed
from quoting.domain.ladder import Level
from quoting.domain.limits import Limit
from quoting.domain.moving import LIMIT_REASONS
from quoting.domain.publication import Standing
from quoting.domain.settings import BookSettings, ChannelSettings, OnUnknown, PairSettings, Ttls
from quoting.domain.words import Mode, Profile, Side
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.domain.desk import CHANNEL, PAIR, SIZE, Desk

BID, ASK, OUT = 64_688, 64_701, 63_000
LOW = 64_000
SOURCE_TTL, MANUAL_TTL = 10 * NS_PER_SECOND, 25 * NS_PER_SECOND
SETTINGS = PairSettings(
    PAIR,
    CHANNEL,
    levels=(Level(0, SIZE),),
    choices={"CMDSB": ("CMDSB",), "REUTERS": ("REUTERS",)},
    price_low=LOW,
    ttls=Ttls(source_ns=SOURCE_TTL, manual_ns=MANUAL_TTL),
)
SMALL = Limit(single_max=SIZE - 1)

Step = Callable[[Desk], Any]


def touch(gesture: Gesture, value: int | None = None) -> Step:
    return lambda desk: desk.touch(gesture, value=value)


def limit(desk: Desk, found: Limit) -> None:
    pairs = (replace(desk.settings.pairs[0], limit=found),)
    desk.settings = BookSettings(pairs, desk.settings.channels)
    desk.do(Configure(desk.settings))


def down(desk: Desk) -> None:
    """The counterparty drops what it had with the session; we cannot know that."""
    desk.do(ChannelDown(CHANNEL))
    desk.peer.held.clear()
    desk.pending.clear()


def nudge(desk: Desk) -> None:
    """There and back, or there would be no end of states."""
    cell = desk.cell()
    moved = cell.adjust if cell.mode is Mode.AUTO else (cell.manual or BID) - BID
    if moved in (0, 1):
        desk.touch(Gesture.NUDGE, value=1 - 2 * moved)


GESTURES: dict[str, Step] = {
    "start": touch(Gesture.START),
    "stop": touch(Gesture.STOP),
    "clear": touch(Gesture.CLEAR),
    "nudge": nudge,
    "double click": touch(Gesture.DOUBLE_CLICK),
    "enter": touch(Gesture.ENTER, BID),
    "enter out": touch(Gesture.ENTER, OUT),
    "enter and start": touch(Gesture.ENTER_START, BID),
    "esc": touch(Gesture.ESC),
    "a": touch(Gesture.AUTO),
    "keep": touch(Gesture.KEEP),
    "feed": lambda desk: desk.do(Feed(PAIR, "CMDSB")),
}
PRICES: dict[str, Step] = {
    "tick": lambda desk: desk.tick(BID, ASK),
    "bad tick": lambda desk: desk.tick(ASK, BID),
    "tick out of limits": lambda desk: desk.tick(OUT, ASK),
}
TIMES: dict[str, Step] = {
    "source ttl": lambda desk: desk.wait(SOURCE_TTL),
    "manual ttl": lambda desk: desk.wait(MANUAL_TTL),
}
LIMITS: dict[str, Step] = {
    "limit": lambda desk: limit(desk, SMALL),
    "limit gone": lambda desk: limit(desk, Limit()),
}
LINK: dict[str, Step] = {"down": down, "up": lambda desk: desk.do(ChannelUp(CHANNEL))}
ANSWERS: dict[str, Step] = {
    "ack": lambda desk: desk.acknowledge() if desk.pending else None,
    "reject": lambda desk: desk.reject() if desk.pending else None,
    "timeout": lambda desk: desk.wait(NS_PER_SECOND),
}
# What must leave nothing behind in the same step.
WITHDRAWING = {"stop", "clear", "limit", "down"}
WITHDRAWING_AUTO = {*WITHDRAWING, "source ttl", "bad tick", "tick out of limits"}
WITHDRAWING_MANUAL = {*WITHDRAWING, "manual ttl"}
MODE_KEYS = {"enter", "enter out", "enter and start", "a", "feed"}
STARTS = {"start", "enter and start"}


def state(desk: Desk) -> tuple[Any, ...]:
    cell = desk.cell()
    publication = cell.publication
    provider = desk.book.panels[PAIR].market.providers.get(("CMDSB", "BCHO"))
    offers = tuple(dict.fromkeys(sent.offer for sent in publication.flight))
    return (
        cell.phase, cell.reason in LIMIT_REASONS, cell.is_editing, cell.adjust, cell.manual,
        cell.price, cell.is_due, provider is not None and provider.is_good and provider.prices,
        desk.settings.pairs[0].limit, desk.book.channels[CHANNEL].is_up, publication.standing,
        publication.confirmed, offers, publication.refused, publication.is_stuck,
        len(desk.pending),
    )  # fmt: skip


def outside(desk: Desk) -> tuple[Any, ...]:
    """What Escape must leave alone."""
    cell = desk.cell()
    return cell.phase, cell.adjust, cell.manual, cell.price, dict(desk.peer.held)


def check_step(name: str, before: Desk, after: Desk) -> None:
    was, cell = before.cell(), after.cell()
    held = after.held()
    provider = after.book.panels[PAIR].market.providers.get(("CMDSB", "BCHO"))
    is_good = provider is not None and provider.is_good
    if held is not None:  # I1
        assert cell.phase in QUOTING
        assert held >= LOW
        assert cell.mode is Mode.MANUAL or is_good
        assert after.book.channels[CHANNEL].is_up
        assert after.settings.pairs[0].limit != SMALL
    modes = WITHDRAWING_AUTO if was.mode is Mode.AUTO else WITHDRAWING_MANUAL
    if name in modes:  # I2
        assert held is None
    if was.phase not in STARTED and held is not None:  # I3
        assert name in STARTS
    if MODES[was.phase] is not cell.mode:  # I4
        assert name in MODE_KEYS
    if name == "esc":  # I5
        assert outside(before) == outside(after)
    may = after.settings.pairs[0].limit != SMALL and after.book.channels[CHANNEL].is_up
    if was.phase is Phase.AUTO_INVALID and name == "tick":  # I6
        assert (cell.phase is Phase.AUTO_VALID) or not may
    if was.mode is Mode.MANUAL and name in PRICES:  # I7
        assert (cell.manual, cell.phase, held) == (was.manual, was.phase, before.held())


def walk(first: Desk, steps: dict[str, Step], check: Callable[[str, Desk, Desk], None]) -> set[Any]:
    seen = {state(first)}
    waiting = [first]
    while waiting:
        before = waiting.pop()
        kept = before.saved()
        for name, step in steps.items():
            after = Desk.restored(kept)
            step(after)
            check(name, before, after)
            found = state(after)
            if found not in seen:
                seen.add(found)
                waiting.append(after)
    return seen


def check_answered(name: str, before: Desk, after: Desk) -> None:
    """With answers at once, what is to stand is what the counterparty has, and we know it."""
    check_step(name, before, after)
    cell = after.cell()
    if after.book.channels[CHANNEL].is_up:
        assert after.held() == cell.target
        live = Standing.LIVE if cell.target is not None else Standing.NONE
        assert cell.publication.standing is live
    else:
        assert cell.publication.standing is not Standing.LIVE


@pytest.mark.parametrize("profile", list(Profile))
def test_the_invariants_hold_in_every_state_that_can_be_reached(profile: Profile) -> None:
    """Of the source's profile on a link that holds, of ours also without."""
    first = Desk(replace(SETTINGS, profile=profile))
    first.tick(BID, ASK)
    steps = GESTURES | PRICES | TIMES
    if profile is Profile.DEFAULT:
        steps |= LINK
    else:
        first.up()
    seen = walk(first, steps, check_answered)
    assert {each[0] for each in seen} == set(Phase)
    assert len(seen) > 76  # those of the checked model


def test_the_invariants_hold_with_limits_that_come_and_go() -> None:
    names = ("start", "stop", "double click", "enter", "enter and start", "a")
    steps = {name: GESTURES[name] for name in names} | PRICES | LIMITS | LINK
    first = Desk(SETTINGS)
    first.tick(BID, ASK)
    seen = walk(first, steps, check_answered)
    assert {each[0] for each in seen} == set(Phase)


@pytest.mark.parametrize("on_unknown", list(OnUnknown))
def test_nothing_counts_as_live_that_was_not_confirmed(on_unknown: OnUnknown) -> None:
    """However answers are late, lost or refusals: what is shown as live, the counterparty has."""
    names = ("start", "stop")
    steps = {name: GESTURES[name] for name in names} | {"tick": PRICES["tick"]} | ANSWERS
    steps |= {"bad tick": PRICES["bad tick"]}

    def check(name: str, before: Desk, after: Desk) -> None:
        cell, publication = after.cell(), after.cell().publication
        standing = publication.standing
        if standing is Standing.LIVE:
            assert (publication.confirmed or (None,))[0] == after.held()
        if standing is Standing.NONE:
            assert after.held() is None
        if name in ("stop", "bad tick"):
            assert after.held() is None
        if after.held() is not None:
            assert publication.may_stand
            assert publication.size_at_most >= SIZE
        if cell.target is None:
            assert after.held() is None

    first = Desk(SETTINGS, channel=ChannelSettings(CHANNEL, on_unknown=on_unknown))
    first.answers = False
    first.most_pending = 2
    first.up()
    seen = walk(first, steps, check)
    assert set(Standing) <= {part for each in seen for part in each if isinstance(part, Standing)}
    assert first.cell(Side.ASK).phase is Phase.AUTO_STOPPED
