"""Each number of the catalogue: one below it silent, at it told, one above it told."""

from collections.abc import Sequence

import pytest

from riskgw.cep.spec import CheckPoint, RuleSpec
from riskgw.kernel.words import LEVELS_RISING, Level
from tests.monitoring.catalogue import auctions, futures, pre_trade, programme, stocks
from tests.monitoring.catalogue.flow import RULES, Climb, Value, asked, climbed, highest

TRIALS: Sequence[Climb | Value] = [
    *futures.TRIALS, *programme.TRIALS, *stocks.TRIALS, *auctions.TRIALS, *pre_trade.TRIALS,
]  # fmt: skip
CLIMBS = [each for each in TRIALS if isinstance(each, Climb)]
VALUES = [(each, level) for each in TRIALS if isinstance(each, Value) for level in each.told]


def name(trial: Climb | Value) -> str:
    return f"{trial.code}-{trial.indicator}-{trial.of.symbol}"


def is_at(code: str, trial: Value, value: int, level: Level) -> bool:
    found = highest(code, trial.of, trial.build(trial.of, value))
    return found is not None and LEVELS_RISING.index(found) >= LEVELS_RISING.index(level)


@pytest.mark.parametrize("trial", CLIMBS, ids=name)
def test_each_level_is_told_with_exactly_the_event_that_reaches_it(trial: Climb) -> None:
    if RULES[trial.code].check_point is CheckPoint.PRE:
        items = (item for step in trial.steps() for item in step)
        told = asked(trial.code, trial.of, items, trial.told.values())
    else:
        told = climbed(trial.code, trial.of, trial.steps())
    assert told == trial.told


@pytest.mark.parametrize(
    ("trial", "level"), VALUES, ids=[f"{name(trial)}-{level}" for trial, level in VALUES]
)
def test_one_below_is_silent_and_what_is_at_or_above_is_told(trial: Value, level: str) -> None:
    first = trial.told[level]
    told = [is_at(trial.code, trial, first + offset, Level(level)) for offset in (-1, 0, 1)]
    assert told == [False, True, True]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_every_rule_has_its_trials(rule: RuleSpec) -> None:
    """Each level of it is tried, and each of its conditions that has a number of its own."""
    tried = [each for each in TRIALS if each.code == rule.code]
    levels = {each.level for part in rule.conditions for each in part.thresholds}
    assert {level for each in tried for level in each.told} == {str(each) for each in levels}
    missing = {
        (part.indicator, part.over)
        for part in rule.conditions
        if not {part.indicator, part.over} & {each.indicator for each in tried}
    }
    assert not missing
