"""Strategies on the desk: previewed, saved as versions, chosen, in force at once."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User

from quoting.api.commands import COMMANDS
from quoting.domain.events import Configure
from quoting.models import Pair, Strategy, StrategyVersion
from quoting.queries import engine_settings
from riskgw.web.handlers import Call
from riskgw.web.problems import Problem
from tests.pages import signed_in
from tests.quoting.rows import PAIR, made_pair
from tests.quoting.running_engine import RunningEngine, running

pytestmark = pytest.mark.django_db
BID, ASK = 64_688, 64_701
WIDER = {"spread": {"base": 4}}


@pytest.fixture
def engine() -> Iterator[RunningEngine]:
    with running(engine_settings()) as engine:
        engine.tick(BID, ASK)
        yield engine


@pytest.fixture(autouse=True)
def pair() -> Pair:
    signed_in("trader")
    return made_pair()


def command(name: str, **arguments: Any) -> Any:
    user = User.objects.get(username="trader")
    return COMMANDS[name].handler(Call(user, {"pair": PAIR, **arguments})).answer().data


def save(version: int = 0, settings: Any = None, **more: Any) -> Any:
    given = WIDER if settings is None else settings
    return command(
        "quoting.save_strategy", strategy="WIDE", version=version, settings=given, **more
    )


def refused(act: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        act()
    return caught.value


def test_old_and_new_prices_are_shown_before_anything_is_saved(engine: RunningEngine) -> None:
    cells = command("quoting.preview", settings=WIDER)["cells"]
    best = {cell["side"]: cell for cell in cells if cell["level"] == 0}
    assert (best["bid"]["before"], best["bid"]["after"]) == (BID, BID - 4)
    assert (best["ask"]["before"], best["ask"]["after"]) == (ASK, ASK + 4)
    assert not StrategyVersion.objects.exists()


def test_a_saved_version_is_chosen_and_in_force_at_once(engine: RunningEngine) -> None:
    # The engine reads in a thread of its own, which sees nothing of this test's transaction.
    assert save()["is_in_force"]
    assert engine.reloads == 1
    assert [event.by for event in engine.events() if isinstance(event, Configure)] == [
        "", "trader",
    ]  # fmt: skip
    made = engine_settings()
    assert made.strategies == {PAIR: "WIDE v1"}
    assert made.book.pairs[0].spread.base == 4
    assert Pair.history.filter(name=PAIR).latest().history_user.username == "trader"


def test_without_an_engine_it_is_in_force_when_there_is_one() -> None:
    assert save() == {"strategy": "WIDE", "version": 1, "is_in_force": False}
    assert command("quoting.deal_mode", mode="manual") == {"mode": "manual", "is_in_force": False}
    assert Pair.objects.get().deal_mode == "manual"


def test_versions_are_kept_and_an_old_one_can_be_chosen_again() -> None:
    save(comment="too narrow")
    save(1, {"spread": {"base": 9}})
    told = command("quoting.strategies")
    assert told["chosen"] == {"strategy": "WIDE", "version": 2}
    assert told["settings"]["spread"]["base"] == 9
    (strategy,) = told["strategies"]
    assert [(each["number"], each["by"], each["comment"]) for each in strategy["versions"]] == [
        (2, "trader", ""), (1, "trader", "too narrow"),
    ]  # fmt: skip
    command("quoting.choose_strategy", strategy="WIDE", version=1)
    assert engine_settings().strategies == {PAIR: "WIDE v1"}


def test_who_began_from_an_older_version_is_told_so() -> None:
    save()
    save(1)
    for version in (0, 1):
        problem = refused(lambda version=version: save(version))
        assert (problem.status, problem.code) == (HTTPStatus.CONFLICT, "saved_meanwhile")
    assert StrategyVersion.objects.count() == 2


def test_impossible_settings_are_named_field_by_field_and_not_kept() -> None:
    problem = refused(lambda: save(settings={"spread": {"bsae": 1, "grid": 0}}))
    assert problem.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert {(error.field, error.code) for error in problem.errors} == {
        ("spread.bsae", "unknown"), ("spread.grid", "out_of_bounds"),
    }  # fmt: skip
    problem = refused(lambda: save(settings={"choices": {"X": ["NOBODY"]}}))
    assert [error.code for error in problem.errors] == ["unknown_source"]
    assert not Strategy.objects.exists()


def test_another_pairs_own_strategy_cannot_be_chosen() -> None:
    save(is_own=True)
    made_pair("USD.JPY")
    problem = refused(
        lambda: command("quoting.choose_strategy", pair="USD.JPY", strategy="WIDE", version=1)
    )
    assert problem.status == HTTPStatus.NOT_FOUND
    assert command("quoting.strategies", pair="USD.JPY")["strategies"] == []
    assert Pair.objects.get(name="USD.JPY").strategy is None
