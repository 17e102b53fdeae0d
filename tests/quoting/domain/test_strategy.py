"""A strategy's settings: read, refused field by field, laid over a pair."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoting.domain.aggregation import Algorithm
from quoting.domain.limits import Limit
from quoting.domain.settings import DealMode, DealRules, PairSettings
from quoting.domain.strategy import (
    TEXT_BYTES_MAX,
    StrategyFaulty,
    StrategySettings,
    applied,
    plain_of,
    read,
    tightest,
)


def faults(given: Any) -> dict[str, str]:
    with pytest.raises(StrategyFaulty) as caught:
        read(given)
    return {fault.path: fault.code for fault in caught.value.faults}


def test_nothing_said_is_the_best_price_without_a_spread_of_ours() -> None:
    assert read({}) == StrategySettings()


def test_what_is_told_is_what_is_read() -> None:
    settings = read({
        "choices": {"ALL": ["CMDSB", "BANKA"]},
        "algorithm": "primary",
        "ranks": ["CMDSB:BCHO"],
        "spread": {"base": 2, "skew": -3, "tiers": {"1": 4}, "times": [
            {"first_minute": 0, "end_minute": 1440, "ticks": 1}
        ]},
        "cleansing": {"jump_max": 20},
        "limit": {"single_max": 5},
    })  # fmt: skip
    assert settings.spread.tiers == {1: 4}
    assert settings.spread.skew == -3
    assert read(plain_of(settings)) == settings


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"spraed": {}}, "spraed", "unknown"),
        ({"spread": {"bsae": 1}}, "spread.bsae", "unknown"),
        ({"cleansing": {"jump_max": -1}}, "cleansing.jump_max", "out_of_bounds"),
        ({"cleansing": {"jump_max": 1 << 53}}, "", ""),
        ({"cleansing": {"jump_max": (1 << 53) + 1}}, "cleansing.jump_max", "out_of_bounds"),
        ({"spread": {"grid": 0}}, "spread.grid", "out_of_bounds"),
        ({"change_min": 0}, "change_min", "out_of_bounds"),
        ({"spread": {"spread_min": 5, "spread_max": 4}}, "spread.spread_max", "below_minimum"),
        ({"spread": {"spread_min": 5, "spread_max": 5}}, "", ""),
        (
            {"spread": {"times": [{"first_minute": 0, "end_minute": 1441, "ticks": 1}]}},
            "spread.times.0",
            "no_minute_of_the_day",
        ),
        ({"algorithm": "primary"}, "ranks", "needed_by_primary"),
        ({"choices": {"ALL": []}}, "choices.ALL", "empty"),
        ({"spread": {"base": -1}}, "", ""),
    ],
)
def test_what_is_not_possible_is_named(given: Any, path: str, code: str) -> None:
    if code:
        assert faults(given)[path] == code
    else:
        read(given)


def test_another_kind_of_value_is_named_by_its_place() -> None:
    assert "spread.base" in faults({"spread": {"base": "two"}})


def test_settings_have_a_longest_text() -> None:
    choices = {f"C{number:04}": ["CMDSB"] for number in range(TEXT_BYTES_MAX // 15)}
    assert faults({"choices": choices}) == {"": "too_long"}


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(plain_of(StrategySettings()))) | st.text(), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(plain_of(StrategySettings()))), plain, max_size=4))
def test_anything_is_read_or_refused_by_name(given: dict[str, Any]) -> None:
    try:
        settings = read(given)
    except StrategyFaulty:
        return
    assert read(plain_of(settings)) == settings


def test_a_strategy_is_laid_over_a_pair_and_leaves_what_is_not_its_business() -> None:
    pair = PairSettings(
        "USD.CNY", "CHANNEL1", trader="mary", choices={"A": ("A",)}, price_high=9,
        deals=DealRules(DealMode.MANUAL),
    )  # fmt: skip
    made = applied(pair, StrategySettings(algorithm=Algorithm.MEDIAN_MID, tolerance=3))
    assert made.algorithm is Algorithm.MEDIAN_MID
    assert made.deals.mode is DealMode.MANUAL
    assert made.deals.tolerance == 3
    assert made.choices == {"A": ("A",)}
    assert (made.pair, made.trader, made.price_high) == ("USD.CNY", "mary", 9)
    assert applied(pair, StrategySettings(choices={"B": ("B",)})).choices == {"B": ("B",)}


@pytest.mark.parametrize(
    ("one", "other", "both"), [(0, 0, 0), (0, 5, 5), (5, 0, 5), (5, 4, 4), (4, 5, 4)]
)
def test_a_strategy_cannot_widen_what_risk_has_set(one: int, other: int, both: int) -> None:
    assert tightest(Limit(one, one, one), Limit(other, other, other)) == Limit(both, both, both)
