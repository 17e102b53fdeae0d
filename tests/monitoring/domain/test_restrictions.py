"""Who is stopped from what: acts, masks, scopes, and what rules make of their alerts."""

from typing import Any

import pytest
from msgspec.structs import replace

from monitoring.domain.restrictions import (
    ORDERS,
    PROPOSAL_NS_MAX,
    Requested,
    Restrictions,
    Rights,
    Servers,
    acts_of,
    release_step,
    restriction_of,
    scope_of,
    state_for,
    stopping,
)
from riskgw.kernel.times import trading_day
from riskgw.kernel.words import EventKind, Level, Offset, Side
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import AccessSystemData, AccountData, BaseData
from riskgw.messages.restriction import Act, Restriction, TradingState, restriction_line
from tests.alerts import alert_message
from tests.rules import OPEN_NS

DAY_NS = 86_400 * 10**9
OPEN, CLOSE, CANCEL = Act.OPEN, Act.CLOSE, Act.CANCEL


def restriction(**changes: Any) -> Restriction:
    values: dict[str, Any] = {
        "id": "1", "scope": {"account": "A"}, "mask": (OPEN,), "since_ns": OPEN_NS, "reason": "why",
    }  # fmt: skip
    return Restriction(**(values | changes))


def restricting(action: str = "restrict_open", **changes: Any) -> Alert:
    """An alert with what a rule does at its level."""
    values = {"level": Level.RESTRICT, "key": {"account": "A"}, "action": action}
    return alert_message(**(values | changes))


@pytest.mark.parametrize(
    ("kind", "side", "offset", "acts"),
    [
        (EventKind.ORDER, Side.BUY, None, {OPEN}),
        (EventKind.ORDER, Side.SELL, None, {CLOSE}),
        (EventKind.ORDER, Side.BUY, Offset.CLOSE, {CLOSE}),
        (EventKind.ORDER, Side.SELL, Offset.OPEN, {OPEN}),
        (EventKind.ORDER, Side.SUBSCRIBE, None, {OPEN}),
        (EventKind.ORDER, Side.REDEEM, None, {CLOSE}),
        (EventKind.ORDER, Side.BORROW, None, {OPEN}),
        (EventKind.ORDER, Side.LEND, None, {CLOSE}),
        (EventKind.ORDER, None, None, {OPEN, CLOSE}),
        (EventKind.QUOTE, Side.BUY, Offset.CLOSE, {OPEN, CLOSE}),
        (EventKind.CANCEL, Side.BUY, None, {CANCEL}),
        (EventKind.QUOTE_CANCEL, None, None, {CANCEL}),
    ],
)
def test_what_a_request_does(
    kind: EventKind, side: Side | None, offset: Offset | None, acts: set[Act]
) -> None:
    assert acts_of(kind, side, offset) == acts


@pytest.mark.parametrize(
    ("mask", "state", "passing"),
    [
        ((), TradingState.ACTIVE, {OPEN, CLOSE, CANCEL}),
        ((OPEN,), TradingState.REDUCING, {CLOSE, CANCEL}),
        ((OPEN, CLOSE), TradingState.HALTED, {CANCEL}),
        ((OPEN, CLOSE, CANCEL), TradingState.HALTED, set()),
        ((OPEN, CANCEL), TradingState.REDUCING, {CLOSE}),
        ((CLOSE,), TradingState.ACTIVE, {OPEN, CANCEL}),
    ],
)
def test_what_a_mask_leaves(mask: tuple[Act, ...], state: TradingState, passing: set[Act]) -> None:
    stop = [restriction(mask=mask)]
    requested = Requested(account="A")
    assert state_for(stop, requested) is state
    assert {act for act in Act if not stopping(stop, requested, frozenset((act,)))} == passing


@pytest.mark.parametrize(
    "name",
    ["account", "group", "customer", "counter", "access_system", "product", "contract"],
)
def test_a_scope_concerns_whom_it_names_and_nobody_else(name: str) -> None:
    stop, opens = [restriction(scope={name: "X"})], frozenset((OPEN,))
    assert stopping(stop, Requested(**{name: "X"}), opens) == stop
    assert stopping(stop, Requested(**{name: "Y"}), opens) == []
    assert stopping(stop, Requested(), opens) == []


def test_an_empty_scope_concerns_everybody_and_of_several_parts_all_must_fit() -> None:
    opens = frozenset((OPEN,))
    everybody = restriction(scope={})
    assert stopping([everybody], Requested(), opens) == [everybody]
    narrow = restriction(scope={"account": "A", "contract": "SSE:600000"})
    assert stopping([narrow], Requested("A", contract="SSE:600000"), opens) == [narrow]
    assert stopping([narrow], Requested("A", contract="SSE:600001"), opens) == []


def test_masks_of_all_scopes_that_apply_add_up() -> None:
    both = [restriction(), restriction(id="2", scope={"group": "G"}, mask=(CLOSE,))]
    assert state_for(both, Requested("A", "G")) is TradingState.HALTED
    assert state_for(both, Requested("A", "H")) is TradingState.REDUCING
    assert state_for(both, Requested("B", "H")) is TradingState.ACTIVE


def test_what_is_released_stops_nobody() -> None:
    released = restriction(is_released=True)
    assert stopping([released], Requested("A"), frozenset((OPEN,))) == []


@pytest.mark.parametrize(
    ("action", "mask"),
    [("restrict_open", (OPEN,)), ("restrict_orders", ORDERS), ("kill", ORDERS)],
)
def test_an_action_that_restricts_lets_cancels_pass(action: str, mask: tuple[Act, ...]) -> None:
    made = restriction_of(restricting(action), "2026-11-23.0.7.0")
    assert made is not None
    assert (made.id, made.alert, made.mask) == ("2026-11-23.0.7.0", "2026-11-23.0.7.0", mask)
    assert (made.rule, made.scope, made.since_ns) == ("P01", {"account": "A"}, OPEN_NS + 5_000_000)


@pytest.mark.parametrize("action", ["", "warn", "report", "throttle", "reject"])
def test_other_actions_restrict_nobody(action: str) -> None:
    assert restriction_of(restricting(action), "1") is None


def test_a_shadow_rule_restricts_nobody() -> None:
    assert restriction_of(restricting(shadow=True), "1") is None


def test_a_rule_names_its_mask_and_who_releases() -> None:
    made = restriction_of(restricting(mask=("open", "cancel"), release="four_eyes"), "1")
    assert made is not None
    assert (made.mask, made.release) == ((OPEN, CANCEL), "four_eyes")


def test_keys_that_are_no_scope_are_left_out_and_alone_restrict_nobody() -> None:
    assert scope_of({"group": "G", "side": "buy"}) == {"group": "G"}
    assert restriction_of(restricting(key={"source": "10.0.0.1"}), "1") is None


def test_a_rule_restricts_a_key_once_until_it_is_released() -> None:
    shard = Restrictions()
    first = shard.heed(restricting(), "1")
    assert first is not None
    assert shard.heed(restricting(), "2") is None
    other = shard.heed(restricting(key={"account": "B"}), "3")
    assert other is not None
    assert other.id == "3"
    shard.lift(["1"])
    again = shard.heed(restricting(), "4")
    assert again is not None
    assert again.id == "4"
    assert shard.heed(restricting(key={"account": "B"}), "5") is None


def test_a_higher_level_widens_the_restriction_that_is_there() -> None:
    shard = Restrictions()
    shard.heed(restricting(), "1")
    wider = shard.heed(restricting("restrict_orders", level=Level.LIMIT), "2")
    assert wider is not None
    assert (wider.id, wider.mask, wider.level) == ("1", ORDERS, "limit")
    assert shard.heed(restricting(), "3") is None


def test_a_new_trading_day_ends_those_that_say_so() -> None:
    shard = Restrictions()
    shard.heed(restricting(release="auto_day"), "1")
    shard.heed(restricting(key={"account": "B"}, release="trader"), "2")
    assert shard.roll(trading_day(OPEN_NS)) == []
    assert shard.roll(trading_day(OPEN_NS - DAY_NS)) == []
    assert [each.id for each in shard.roll(trading_day(OPEN_NS + DAY_NS))] == ["1"]
    assert shard.roll(trading_day(OPEN_NS + DAY_NS)) == []
    assert shard.heed(restricting(key={"account": "B"}), "3") is None


def test_a_restriction_is_told_to_the_counters_it_concerns() -> None:
    servers = Servers(
        BaseData(
            accounts=(
                AccountData("A", "SSE", "G", "ALPHA", "K"),
                AccountData("B", "SZSE", "G", "BETA", "L"),
                AccountData("C", "SZSE", "H", ""),
            ),
            access_systems=(AccessSystemData("GATE", "BETA"),),
        )
    )
    assert servers.of({"account": "A"}) == ("ALPHA",)
    assert servers.of({"group": "G"}) == ("ALPHA", "BETA")
    assert servers.of({"customer": "L", "contract": "SZSE:000001"}) == ("BETA",)
    assert servers.of({"counter": "GAMMA"}) == ("GAMMA",)
    assert servers.of({"access_system": "GATE"}) == ("BETA",)
    for scope in ({"contract": "SSE:600000"}, {}, {"account": "C"}, {"account": "unknown"}):
        assert servers.of(scope) is None


def test_a_restriction_is_said_as_the_contract_has_it() -> None:
    line = restriction_line(restriction(alert="1", mask=(CLOSE, OPEN)))
    assert (line["mask"], line["state"], line["trading"]) == (["open", "close"], "active", "HALTED")
    assert (line["scope"], line["since"]) == ({"account": "A"}, "2026-11-23T01:30:00Z")
    assert restriction_line(restriction(scope={}))["scope"] == {"all": "*"}
    released = replace(
        restriction(), is_released=True, released_by="trader", released_ns=OPEN_NS + DAY_NS
    )
    line = restriction_line(released)
    assert (line["state"], line["released_at"]) == ("released", "2026-11-24T01:30:00Z")


TRADER, OFFICER, NEITHER = Rights(True, False), Rights(True, True), Rights(False, False)  # noqa: FBT003  # columns of the table
NOW_NS = OPEN_NS + PROPOSAL_NS_MAX


@pytest.mark.parametrize(
    ("release", "rights", "proposed_by", "is_cause_left", "step"),
    [
        ("trader", TRADER, "", False, "release"),
        ("auto_day", TRADER, "", False, "release"),
        ("trader", NEITHER, "", False, "forbidden"),
        ("risk_officer", TRADER, "", False, "forbidden"),
        ("risk_officer", OFFICER, "", False, "release"),
        ("four_eyes", TRADER, "", False, "propose"),
        ("four_eyes", OFFICER, "", False, "propose"),
        ("four_eyes", TRADER, "me", False, "same_person"),
        ("four_eyes", TRADER, "you", False, "release"),
        ("four_eyes", NEITHER, "you", False, "forbidden"),
        ("trader", TRADER, "", True, "propose"),
        ("trader", TRADER, "me", True, "same_person"),
        ("trader", TRADER, "you", True, "release"),
        ("risk_officer", TRADER, "you", True, "forbidden"),
        ("risk_officer", OFFICER, "you", True, "release"),
    ],
)
def test_who_releases_what(
    release: str, rights: Rights, proposed_by: str, is_cause_left: bool, step: str
) -> None:
    made = restriction(release=release, proposed_by=proposed_by, proposed_ns=OPEN_NS)
    assert release_step(made, "me", rights, NOW_NS, is_cause_left=is_cause_left) == step


def test_an_old_proposal_is_none() -> None:
    made = restriction(release="four_eyes", proposed_by="you", proposed_ns=OPEN_NS)
    for now_ns, step in ((NOW_NS, "release"), (NOW_NS + 1, "propose")):
        assert release_step(made, "me", TRADER, now_ns, is_cause_left=False) == step
