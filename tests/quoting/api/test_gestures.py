"""Gestures by REST and by the same handlers over the live socket, against an engine that runs."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User

from quoting.api.commands import COMMANDS
from quoting.api.gestures import GestureHandler
from quoting.domain.cell import Gesture
from quoting.domain.events import Alive, Feed, Resize, StopAll, Touch
from quoting.domain.words import Side
from quoting.models import Deal
from quoting.queries import engine_settings
from riskgw.web.handlers import Call
from riskgw.web.problems import Problem
from tests.pages import signed_in
from tests.quoting.rows import MILLION, PAIR, made_pair
from tests.quoting.running_engine import RunningEngine, running

pytestmark = pytest.mark.django_db
BID, ASK = 64_688, 64_701
CELL = f"pairs/{PAIR}/cells/bid/0"


@pytest.fixture
def engine() -> Iterator[RunningEngine]:
    made_pair()
    with running(engine_settings()) as engine:
        engine.tick(BID, ASK)
        yield engine


def post(path: str, body: Any = None, role: str = "trader", **headers: str) -> Any:
    return signed_in(role).post(
        f"/api/v1/quoting/{path}", body or {}, "application/json", headers=headers
    )


def get(path: str, role: str = "trader") -> Any:
    answer = signed_in(role).get(f"/api/v1/quoting/{path}")
    assert answer.status_code == HTTPStatus.OK, answer.content
    return answer.json()


def command(name: str, **arguments: Any) -> Any:
    signed_in("trader")
    user = User.objects.get(username="trader")
    return COMMANDS[name].handler(Call(user, arguments)).answer().data


def gestures(engine: RunningEngine, *kinds: type) -> list[object]:
    return [event for event in engine.events() if isinstance(event, kinds)]


def test_a_panel_is_told_as_the_contract_has_it(engine: RunningEngine) -> None:
    panel = get(f"pairs/{PAIR}")
    assert panel["pair"] == PAIR
    assert panel["mode"] == "auto"
    assert panel["source"] == "OWN"
    cell = panel["cells"][0]
    # Without a counterparty nobody knows what it has.
    assert (cell["side"], cell["level"], cell["mode"], cell["state"]) == (
        "bid", 0, "auto", "unknown",
    )  # fmt: skip
    assert cell["price"] == "6.4688"
    assert cell["published"] is None
    assert {"target", "spread_adjust", "reason", "age_ms"} <= cell.keys()
    assert len(panel["cells"]) == 4


def test_a_cell_is_started_nudged_and_stopped_in_the_name_of_who_asks(
    engine: RunningEngine,
) -> None:
    for what, body in (("start", {}), ("nudge", {"steps": -2}), ("stop", {}), ("clear", {})):
        answer = post(f"{CELL}/{what}", body)
        assert answer.status_code == HTTPStatus.OK, answer.content
        assert answer.json()["refused"] == []
    assert gestures(engine, Touch) == [
        Touch(PAIR, Gesture.START, Side.BID, 0, None, "trader"),
        Touch(PAIR, Gesture.NUDGE, Side.BID, 0, -2, "trader"),
        Touch(PAIR, Gesture.STOP, Side.BID, 0, None, "trader"),
        Touch(PAIR, Gesture.CLEAR, Side.BID, 0, None, "trader"),
    ]


def test_a_price_by_rest_is_decimal_text_and_exact(engine: RunningEngine) -> None:
    assert post(f"{CELL}/price", {"price": "6.4680"}).status_code == HTTPStatus.OK
    cell = get(f"pairs/{PAIR}")["cells"][0]
    assert (cell["mode"], cell["price"]) == ("manual", "6.4680")
    answer = post(f"{CELL}/price", {"price": "6.46805"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["errors"][0]["field"] == "price"


def test_a_refused_price_is_a_conflict_with_its_reason_in_the_readers_language(
    engine: RunningEngine,
) -> None:
    for language, text in (("en", "outside of what is allowed"), ("zh-hans", "价格超出")):
        answer = post(f"{CELL}/price", {"price": "8.0000"}, **{"accept-language": language})
        assert answer.status_code == HTTPStatus.CONFLICT
        problem = answer.json()
        assert problem["type"] == "urn:riskgw:price_band"
        assert text in problem["detail"]
    cell = get(f"pairs/{PAIR}")["cells"][0]
    assert (cell["mode"], cell["price"]) == ("auto", "6.4688")


def test_start_all_and_stop_all_reach_the_pair_and_no_further(engine: RunningEngine) -> None:
    assert post(f"pairs/{PAIR}/start-all").json()["refused"] == []
    assert post(f"pairs/{PAIR}/stop-all").status_code == HTTPStatus.OK
    assert gestures(engine, Touch, StopAll) == [
        Touch(PAIR, Gesture.START, by="trader"), Touch(PAIR, Gesture.STOP, by="trader"),
    ]  # fmt: skip


def test_risk_may_stop_and_nothing_else(engine: RunningEngine) -> None:
    assert post("stop-all", role="risk").json()["withdrawn"][0]["channel"] == "CHANNEL1"
    assert post(f"pairs/{PAIR}/stop-all", role="risk").status_code == HTTPStatus.OK
    assert post(f"pairs/{PAIR}/start-all", role="risk").status_code == HTTPStatus.FORBIDDEN
    assert gestures(engine, StopAll) == [StopAll(by="risk")]


def test_gestures_of_a_screen_are_one_sequence_and_stopping_the_book_goes_ahead() -> None:
    in_order = {name for name, row in COMMANDS.items() if row.sequence}
    gestures = {name for name, row in COMMANDS.items() if issubclass(row.handler, GestureHandler)}
    assert in_order == gestures - {"quoting.alive"}
    assert len({COMMANDS[name].sequence for name in in_order}) == 1
    assert [name for name, row in COMMANDS.items() if row.is_urgent] == ["quoting.stop_all"]


def test_commands_of_the_socket_say_the_same_in_ticks(engine: RunningEngine) -> None:
    command("quoting.touch", pair=PAIR, gesture="double_click", side="ask", level=1)
    done = command(
        "quoting.touch", pair=PAIR, gesture="enter_start", side="ask", level=1, value=ASK + 9
    )
    assert done["refused"] == []
    command("quoting.feed", pair=PAIR, source="OWN")
    command("quoting.resize", pair=PAIR, level=2, size=7 * MILLION)
    command("quoting.alive")
    command("quoting.stop_all")
    assert gestures(engine, Feed, Resize, Alive, StopAll) == [
        Feed(PAIR, "OWN", "trader"), Resize(PAIR, 2, 7 * MILLION, "trader"), Alive("trader"),
        StopAll(by="trader"),
    ]  # fmt: skip


def test_a_double_click_says_what_enter_will_do(engine: RunningEngine) -> None:
    done = command("quoting.touch", pair=PAIR, gesture="double_click", side="bid", level=0)
    assert done["opened"] == [
        {"pair": PAIR, "side": "bid", "level": 0, "price": BID, "publishes": False}
    ]


def test_a_dealer_types_a_market_price_and_takes_it_back(engine: RunningEngine) -> None:
    command("quoting.type", pair=PAIR, bid=BID + 3, ask=ASK + 3, ttl_seconds=60)
    details = command("quoting.details", pair=PAIR)
    assert ("trader", BID + 3) in [(each["name"], each["bid"]) for each in details["providers"]]
    command("quoting.type", pair=PAIR, bid=None, ask=None)
    with pytest.raises(Problem) as caught:
        command("quoting.type", pair=PAIR, bid=None, ask=None)
    assert caught.value.status == HTTPStatus.CONFLICT


def test_details_add_up_and_usage_names_every_limit(engine: RunningEngine) -> None:
    for cell in command("quoting.details", pair=PAIR)["cells"]:
        assert cell["market"] + sum(cell["addends"]) == cell["price"]
    lines = command("quoting.usage", pair=PAIR)
    assert {line["limit"] for line in lines if line["kind"] == "single_limit"} == {0, 10 * MILLION}


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("quoting.feed", {"source": "NOBODY"}, "unknown_source"),
        ("quoting.ticket", {"ticket": "T9", "accepts": True}, "unknown_ticket"),
        ("quoting.resize", {"level": 0, "size": 0}, "best_stays"),
    ],
)
def test_a_refusal_of_the_pair_is_a_conflict(
    engine: RunningEngine, name: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(Problem) as caught:
        command(name, pair=PAIR, **arguments)
    assert (caught.value.status, caught.value.code) == (HTTPStatus.CONFLICT, code)
    assert caught.value.detail.endswith(".")


def test_what_is_not_there_is_not_found(engine: RunningEngine) -> None:
    assert post("pairs/USD.XXX/cells/bid/0/price", {"price": "1"}).status_code == 404
    with pytest.raises(Problem) as caught:
        command("quoting.details", pair="USD.XXX")
    assert caught.value.status == HTTPStatus.NOT_FOUND


def test_without_an_engine_everybody_is_told_so() -> None:
    made_pair()
    answer = post(f"{CELL}/start")
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert answer.json()["type"] == "urn:riskgw:engine_away"
    pairs = get("pairs")
    assert pairs["is_engine_up"] is False
    assert pairs["results"][0]["tile"] is None


def test_pairs_are_listed_with_their_states(
    engine: RunningEngine, django_assert_max_num_queries: Any
) -> None:
    client = signed_in("auditor")
    with django_assert_max_num_queries(12):
        pairs = client.get("/api/v1/quoting/pairs").json()
    assert pairs["is_engine_up"] is True
    (pair,) = pairs["results"]
    assert pair["tile"]["states"] == {"unknown": 4}
    assert (pair["decimals"], pair["trader"]) == (4, "trader")


def test_deals_are_listed_newest_first_with_the_text_of_their_reason() -> None:
    made_pair()
    for number, reason in enumerate(("", "price_moved")):
        Deal.objects.create(
            log_id=1, line=number, place=0, at_ns=number, pair=PAIR, deal=f"D{number}", side="bid",
            size=1, price=BID, is_accepted=not reason, reason=reason, requested_ns=0, tolerance=0,
        )  # fmt: skip
    deals = get(f"deals?pair={PAIR}")["results"]
    assert [(each["deal"], each["text"], each["decimals"]) for each in deals] == [
        ("D1", "The price has moved.", 4), ("D0", "", 4),
    ]  # fmt: skip
    assert get("deals?is_accepted=true")["results"][0]["deal"] == "D0"
    assert command("quoting.deals", pair=PAIR)["results"] == deals
