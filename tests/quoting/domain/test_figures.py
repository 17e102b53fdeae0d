"""Figures 3 to 5 of CN113112365A row by row, in the source's profile and in ours."""

import pytest
from msgspec.structs import replace

from quoting.domain.cell import TABLES, Act, Fit, Gesture, Phase
from quoting.domain.effects import EditorOpened, Moved, Refused
from quoting.domain.events import Feed
from quoting.domain.ladder import Level
from quoting.domain.settings import EditScope, PairSettings, Ttls
from quoting.domain.words import Mode, Profile, Reason, Side
from riskgw.kernel.times import NS_PER_SECOND
from tests.quoting.domain.desk import CHANNEL, PAIR, SIZE, Desk

S, V, N = Phase.AUTO_STOPPED, Phase.AUTO_VALID, Phase.AUTO_INVALID
OFF, M = Phase.MANUAL_OFF, Phase.MANUAL_VALID
BOTH = pytest.mark.parametrize("profile", list(Profile))
SETTINGS = PairSettings(
    PAIR,
    CHANNEL,
    levels=(Level(0, SIZE),),
    choices={"CMDSB": ("CMDSB",), "REUTERS": ("REUTERS",)},
    price_low=64_000,
    price_high=65_000,
)
BID, ASK, OUT = 64_688, 64_701, 63_000


def desk(profile: Profile, phase: Phase = S, **changes: object) -> Desk:
    """A desk whose best bid is in a phase, by what people would do."""
    made = Desk(replace(SETTINGS, profile=profile, **changes)).up()
    if phase is not N:
        made.tick(BID, ASK)
    if phase in (V, N):
        made.touch(Gesture.START)
    if phase in (OFF, M):
        made.touch(Gesture.DOUBLE_CLICK)
        made.touch(Gesture.ENTER, value=BID - 5)
    if phase is M:
        made.touch(Gesture.START)
    assert made.cell().phase is phase
    return made


@pytest.mark.parametrize("profile", list(Profile))
def test_every_state_answers_to_everything(profile: Profile) -> None:
    table = TABLES[profile]
    assert set(table) == {(p, g, f) for p in Phase for g in Gesture for f in Fit}
    for move in table.values():
        # What is refused changes nothing.
        assert Act.REFUSE not in move.acts or move.acts == (Act.REFUSE,)


# figure 3


@BOTH
def test_start_with_a_price_publishes_it(profile: Profile) -> None:
    made = desk(profile)
    made.touch(Gesture.START)
    assert (made.cell().phase, made.held()) == (V, BID)


@BOTH
def test_start_without_a_price_waits_and_the_first_good_one_is_published(profile: Profile) -> None:
    made = desk(profile, N)
    assert (made.held(), made.cell().reason) == (None, Reason.NO_SOURCE)
    made.tick(BID, ASK)
    assert (made.cell().phase, made.held()) == (V, BID)


@BOTH
def test_a_stopped_cell_publishes_nothing_but_keeps_the_nudge(profile: Profile) -> None:
    made = desk(profile)
    made.touch(Gesture.NUDGE, value=-2)
    made.tick(BID + 1, ASK)
    assert (made.cell().phase, made.held(), made.cell().adjust) == (S, None, -2)
    made.touch(Gesture.START)
    assert made.held() == BID - 1


@BOTH
def test_a_valid_cell_follows_the_market_and_does_not_repeat_itself(profile: Profile) -> None:
    made = desk(profile, V)
    made.tick(BID + 2, ASK)
    assert made.held() == BID + 2
    assert made.tick(BID + 2, ASK) == []


@BOTH
def test_a_price_outside_the_limits_is_withdrawn_and_comes_back_by_itself(profile: Profile) -> None:
    made = desk(profile, V)
    made.tick(OUT, ASK)
    assert (made.cell().phase, made.held(), made.cell().reason) == (N, None, Reason.PRICE_BAND)
    made.tick(BID, ASK)
    assert (made.cell().phase, made.held()) == (V, BID)


@BOTH
def test_a_nudge_within_the_limits_is_kept_on_the_next_tick(profile: Profile) -> None:
    made = desk(profile, V)
    made.touch(Gesture.NUDGE, value=1)
    assert made.held() == BID + 1
    made.tick(BID - 3, ASK)
    assert made.held() == BID - 2


def test_by_the_source_a_nudge_out_of_the_limits_withdraws() -> None:
    made = desk(Profile.SOURCE, V, price_high=BID)
    made.touch(Gesture.NUDGE, value=1)
    assert (made.cell().phase, made.held(), made.cell().adjust) == (N, None, 1)
    made.touch(Gesture.NUDGE, value=-1)
    assert (made.cell().phase, made.held()) == (V, BID)


def test_with_us_a_nudge_out_of_the_limits_is_refused() -> None:
    made = desk(Profile.DEFAULT, V, price_high=BID)
    made.touch(Gesture.NUDGE, value=1)
    assert made.effects == [Refused(PAIR, "nudge", Reason.PRICE_BAND, Side.BID, 0)]
    assert (made.cell().phase, made.held(), made.cell().adjust) == (V, BID, 0)


@BOTH
def test_a_source_that_falls_silent_is_withdrawn(profile: Profile) -> None:
    made = desk(profile, V)
    made.wait(4 * NS_PER_SECOND)
    assert (made.cell().phase, made.held(), made.cell().reason) == (N, None, Reason.STALE)


@BOTH
def test_an_abnormal_price_is_withdrawn(profile: Profile) -> None:
    made = desk(profile, V)
    made.tick(ASK + 1, ASK)
    assert (made.cell().phase, made.held(), made.cell().reason) == (N, None, Reason.CROSSED)


@BOTH
@pytest.mark.parametrize("phase", [V, N])
def test_stop_withdraws_and_stops(profile: Profile, phase: Phase) -> None:
    made = desk(profile, phase)
    made.touch(Gesture.STOP)
    assert (made.cell().phase, made.held()) == (S, None)
    made.tick(BID, ASK)
    assert made.held() is None


@BOTH
def test_a_bad_price_leaves_an_invalid_cell_invalid(profile: Profile) -> None:
    made = desk(profile, N)
    made.tick(ASK, BID)
    assert (made.cell().phase, made.held()) == (N, None)


@BOTH
def test_x_in_automatic_mode_stops_and_forgets_the_adjustment(profile: Profile) -> None:
    made = desk(profile, V)
    made.touch(Gesture.NUDGE, value=-3)
    made.touch(Gesture.CLEAR)
    assert (made.cell().phase, made.held(), made.cell().adjust) == (S, None, 0)


def test_by_the_source_what_was_published_too_long_ago_is_withdrawn() -> None:
    ttls = Ttls(source_ns=60 * NS_PER_SECOND, publish_ns=10 * NS_PER_SECOND)
    made = desk(Profile.SOURCE, V, ttls=ttls)
    made.tick(BID, ASK, after_ns=9 * NS_PER_SECOND)
    made.wait(9 * NS_PER_SECOND)
    assert made.held() == BID  # the same price renewed it
    made.wait(1 * NS_PER_SECOND)
    assert (made.held(), made.cell().reason) == (None, Reason.PUBLISH_TTL)
    made.tick(BID, ASK)
    assert (made.cell().phase, made.held()) == (V, BID)


def test_with_us_what_was_published_is_sent_again_before_it_is_too_old() -> None:
    ttls = Ttls(source_ns=60 * NS_PER_SECOND, publish_ns=10 * NS_PER_SECOND)
    made = desk(Profile.DEFAULT, V, ttls=ttls)
    effects = made.wait(20 * NS_PER_SECOND)
    assert (made.held(), len(effects)) == (BID, 2)


# figure 4


@BOTH
def test_start_of_a_manual_price_publishes_it(profile: Profile) -> None:
    made = desk(profile, OFF)
    made.touch(Gesture.START)
    assert (made.cell().phase, made.held()) == (M, BID - 5)


def test_start_of_an_empty_panel_asks_for_a_price() -> None:
    for profile in Profile:
        made = desk(profile, OFF)
        made.touch(Gesture.CLEAR)
        assert (made.cell().phase, made.cell().manual) == (OFF, None)
        (effect,) = made.touch(Gesture.START)
        assert isinstance(effect, EditorOpened if profile is Profile.DEFAULT else Refused)
        assert (made.cell().phase, made.held()) == (OFF, None)


@BOTH
def test_a_manual_price_is_not_moved_by_the_market(profile: Profile) -> None:
    made = desk(profile, M)
    for bid, ask in ((BID + 9, ASK + 9), (BID - 90, ASK - 8), (ASK, BID)):
        made.tick(bid, ask)
        assert (made.cell().phase, made.held()) == (M, BID - 5)


@BOTH
def test_pause_withdraws_a_manual_price_and_start_restores_it(profile: Profile) -> None:
    made = desk(profile, M)
    made.touch(Gesture.STOP)
    assert (made.cell().phase, made.held()) == (OFF, None)
    made.touch(Gesture.START)
    assert made.held() == BID - 5


@BOTH
def test_x_withdraws_a_manual_price_and_clears_the_panel(profile: Profile) -> None:
    made = desk(profile, M)
    made.touch(Gesture.CLEAR)
    assert (made.cell().phase, made.held(), made.cell().manual) == (OFF, None, None)


@BOTH
def test_a_nudge_in_manual_mode_moves_the_price_itself(profile: Profile) -> None:
    made = desk(profile, M)
    made.touch(Gesture.NUDGE, value=10)
    assert (made.held(), made.cell().adjust) == (BID + 5, 0)


def test_a_manual_nudge_out_of_the_limits() -> None:
    made = desk(Profile.SOURCE, M, price_high=BID)
    made.touch(Gesture.NUDGE, value=10)
    assert (made.cell().phase, made.held()) == (OFF, None)
    made = desk(Profile.DEFAULT, M, price_high=BID)
    made.touch(Gesture.NUDGE, value=10)
    assert (made.cell().phase, made.held()) == (M, BID - 5)


@BOTH
def test_what_is_edited_stays_in_the_market_until_enter(profile: Profile) -> None:
    made = desk(profile, M)
    made.touch(Gesture.DOUBLE_CLICK)
    assert made.cell().is_editing
    assert made.held() == BID - 5
    made.touch(Gesture.ENTER, value=BID - 7)
    assert (made.cell().phase, made.held(), made.cell().is_editing) == (M, BID - 7, False)


@BOTH
@pytest.mark.parametrize("phase", [S, V, N, OFF, M])
def test_escape_changes_nothing_but_the_editor(profile: Profile, phase: Phase) -> None:
    made = desk(profile, phase)
    before = made.cell().manual, made.held(), made.cell().phase, made.cell().adjust
    made.touch(Gesture.DOUBLE_CLICK)
    assert made.touch(Gesture.ESC) == []
    cell = made.cell()
    assert (cell.manual, made.held(), cell.phase, cell.adjust) == before
    assert not cell.is_editing


@BOTH
def test_enter_in_a_stopped_cell_saves_and_needs_a_start(profile: Profile) -> None:
    made = desk(profile, OFF)
    made.touch(Gesture.DOUBLE_CLICK)
    made.touch(Gesture.ENTER, value=BID - 9)
    assert (made.cell().phase, made.held(), made.cell().manual) == (OFF, None, BID - 9)


def test_control_enter_saves_and_starts_with_us_only() -> None:
    made = desk(Profile.DEFAULT, OFF)
    made.touch(Gesture.DOUBLE_CLICK)
    made.touch(Gesture.ENTER_START, value=BID - 9)
    assert (made.cell().phase, made.held()) == (M, BID - 9)
    made = desk(Profile.SOURCE, OFF)
    made.touch(Gesture.DOUBLE_CLICK)
    (refused,) = made.touch(Gesture.ENTER_START, value=BID - 9)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.NOT_OFFERED


def test_enter_of_a_price_outside_the_limits() -> None:
    made = desk(Profile.SOURCE, M)
    made.touch(Gesture.DOUBLE_CLICK)
    made.touch(Gesture.ENTER, value=OUT)
    assert (made.cell().phase, made.held(), made.cell().manual) == (OFF, None, OUT)
    made = desk(Profile.DEFAULT, M)
    made.touch(Gesture.DOUBLE_CLICK)
    made.touch(Gesture.ENTER, value=OUT)
    assert (made.cell().phase, made.held(), made.cell().is_editing) == (M, BID - 5, True)


def test_a_manual_price_has_a_time_to_live_that_can_be_renewed() -> None:
    made = desk(Profile.DEFAULT, M, ttls=Ttls(manual_ns=30 * NS_PER_SECOND))
    made.wait(29 * NS_PER_SECOND)
    made.touch(Gesture.KEEP)
    made.wait(29 * NS_PER_SECOND)
    assert made.held() == BID - 5
    made.wait(1 * NS_PER_SECOND)
    assert (made.cell().phase, made.held(), made.cell().reason) == (OFF, None, Reason.MANUAL_TTL)


# figure 5


@BOTH
@pytest.mark.parametrize(("phase", "after"), [(OFF, S), (M, V)])
def test_a_goes_back_to_automatic_and_keeps_whether_it_was_started(
    profile: Profile, phase: Phase, after: Phase
) -> None:
    made = desk(profile, phase)
    made.touch(Gesture.AUTO)
    assert (made.cell().phase, made.cell().manual) == (after, None)
    assert made.held() == (BID if after is V else None)


@BOTH
def test_a_without_a_price_withdraws_the_manual_one(profile: Profile) -> None:
    made = desk(profile, M)
    made.wait(5 * NS_PER_SECOND)
    assert made.held() == BID - 5
    made.touch(Gesture.AUTO)
    assert (made.cell().phase, made.held(), made.cell().reason) == (N, None, Reason.STALE)


@BOTH
@pytest.mark.parametrize("phase", [V, M])
def test_feed_switches_the_source_and_is_automatic(profile: Profile, phase: Phase) -> None:
    made = desk(profile, phase)
    made.tick(BID - 20, ASK + 20, source="REUTERS", provider="RIC")
    made.do(Feed(PAIR, "REUTERS", "mary"))
    assert (made.cell().phase, made.held()) == (V, BID - 20)
    made.tick(BID + 1, ASK)
    assert made.held() == BID - 20


@BOTH
def test_feed_from_a_source_without_prices_withdraws(profile: Profile) -> None:
    made = desk(profile, V)
    made.do(Feed(PAIR, "REUTERS", "mary"))
    assert (made.cell().phase, made.held()) == (N, None)


@BOTH
@pytest.mark.parametrize(("phase", "after"), [(S, OFF), (V, M), (N, M)])
def test_enter_in_automatic_mode_is_manual_from_then_on(
    profile: Profile, phase: Phase, after: Phase
) -> None:
    made = desk(profile, phase)
    made.touch(Gesture.DOUBLE_CLICK)
    assert made.cell().mode is Mode.AUTO
    made.touch(Gesture.ENTER, value=BID - 1)
    assert (made.cell().phase, made.held()) == (after, BID - 1 if after is M else None)


@pytest.mark.parametrize("gesture", [Gesture.ENTER, Gesture.ENTER_START, Gesture.ESC])
def test_keys_of_the_editor_need_an_editor(gesture: Gesture) -> None:
    made = desk(Profile.DEFAULT, V)
    made.touch(gesture, value=BID - 1)
    assert made.effects == [Refused(PAIR, gesture.value, Reason.NOT_EDITING, Side.BID, 0)]


def test_the_editor_says_whether_enter_will_publish() -> None:
    for phase, publishes in ((S, False), (V, True), (N, True), (OFF, False), (M, True)):
        (opened,) = desk(Profile.DEFAULT, phase).touch(Gesture.DOUBLE_CLICK)
        assert isinstance(opened, EditorOpened)
        assert opened.publishes is publishes


@pytest.mark.parametrize("scope", [EditScope.SIDE, EditScope.PAIR])
def test_the_scope_of_editing_takes_others_along_withdrawn_not_frozen(scope: EditScope) -> None:
    levels = (Level(0, SIZE), Level(1, 5 * SIZE))
    made = Desk(replace(SETTINGS, levels=levels, edit_scope=scope)).up()
    made.tick(BID, ASK)
    made.start_all()
    made.touch(Gesture.DOUBLE_CLICK)
    made.touch(Gesture.ENTER, value=BID - 1)
    assert made.held() == BID - 1
    assert (made.cell(level=1).phase, made.held(level=1)) == (OFF, None)
    asks = {made.cell(Side.ASK, level).phase for level in (0, 1)}
    assert asks == ({OFF} if scope is EditScope.PAIR else {V})


def test_a_change_of_phase_is_told_once_with_its_reason() -> None:
    made = desk(Profile.DEFAULT, V)
    (told,) = [e for e in made.tick(ASK, BID) if isinstance(e, Moved)]
    assert (told.before, told.phase, told.reason) == (V, N, Reason.CROSSED)
    assert made.tick(ASK, BID) != []  # the price that was not believed
    assert [e for e in made.effects if isinstance(e, Moved)] == []
