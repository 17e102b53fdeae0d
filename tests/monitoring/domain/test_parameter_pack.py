"""Lines of a parameter pack: read, refused where they fit nothing, shown beside what stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.parameter_pack import (
    COLUMNS,
    Difference,
    Kind,
    Line,
    applied,
    differences,
    pack_faults,
    read_lines,
)
from riskgw.cep.spec import RuleSpec, ScopeSpec, ThresholdSpec
from riskgw.kernel.words import Level
from tests.rules import condition, rule, thresholds

DAY = "2026-12-01"
GOOD = {"rule": "X01", "condition": "orders", "level": "limit", "value": "5"}


def lines(*rows: dict[str, str]) -> list[Line]:
    read, found = read_lines(enumerate(rows, 2), DAY)
    assert found == []
    return read


def wrong(*rows: dict[str, str]) -> list[tuple[int, str, str]]:
    """Faults of reading, and of the lines that could be read."""
    read, found = read_lines(enumerate(rows, 2), DAY)
    found += pack_faults(read, {"X01": rule()})
    return [(fault.number, fault.column, str(fault.text)) for fault in found]


def test_a_line_is_a_threshold_from_the_packs_day_on_or_its_own() -> None:
    first, second = lines(
        GOOD, GOOD | {"effective_from": "2027-01-04", "product": "IF", "source_note": "notice 7"}
    )
    assert first.threshold == ThresholdSpec(level=Level.LIMIT, value="5", effective_from=DAY)
    assert second.threshold == ThresholdSpec(
        level=Level.LIMIT,
        value="5",
        scope=ScopeSpec(product="IF"),
        effective_from="2027-01-04",
        source_note="notice 7",
    )


@pytest.mark.parametrize(
    ("changes", "column", "text"),
    [
        ({"rule": ""}, "rule", "this is needed"),
        ({"value": ""}, "value", "this is needed"),
        ({"value": "many"}, "value", '"many" is no number of at most 8 decimals'),
        ({"value": "NaN"}, "value", '"NaN" is no number of at most 8 decimals'),
        ({"value": "0.000000001"}, "value", "is no number of at most 8 decimals"),
        ({"level": "red"}, "level", '"red" is none of warn, restrict, limit'),
        ({"segment": "main"}, "segment", '"main" is none of st, other'),
        ({"effective_from": "1.12.2026"}, "effective_from", '"1.12.2026" is no day'),
        ({"effective_from": "20261201"}, "effective_from", '"20261201" is no day'),
        ({"product": "I" * 41}, "product", "at most 40 letters"),
        ({"rule": "X02"}, "rule", 'there is no rule "X02"'),
        ({"condition": "fills"}, "condition", 'the rule has no condition "fills"'),
    ],
)
def test_what_fits_nothing_is_refused_beside_its_line_and_column(
    changes: dict[str, str], column: str, text: str
) -> None:
    [(number, where, what)] = wrong(GOOD, GOOD | {"product": "T"} | changes)
    assert (number, where) == (3, column)
    assert text in what


def test_two_lines_about_one_threshold_are_refused() -> None:
    assert wrong(GOOD, GOOD | {"value": "6"}) == [
        (3, "condition", "line 2 is about the same threshold")
    ]


def test_numbers_out_of_order_are_refused_beside_the_line_that_makes_them_so() -> None:
    [(number, column, text)] = wrong(
        GOOD | {"product": "IF"}, GOOD | {"product": "IF", "level": "warn", "value": "6"}
    )
    assert (number, column) in ((2, "value"), (3, "value"))
    assert "is reached before" in text


def test_a_line_is_shown_beside_the_number_it_follows() -> None:
    stands = ThresholdSpec(
        level=Level.LIMIT, value="4", scope=ScopeSpec(product="IF"), effective_from="2026-11-02"
    )
    later = ThresholdSpec(
        level=Level.LIMIT, value="9", scope=ScopeSpec(product="IF"), effective_from="2027-03-01"
    )
    rules = {"X01": rule(condition(thresholds=(*thresholds(warn="2", limit="3"), stands, later)))}
    changes: tuple[dict[str, str], ...] = (
        {},
        {"product": "IF"},
        {"product": "TF"},
        {"value": "3.0"},
    )
    read = lines(*(GOOD | each for each in changes))
    found = [(each.kind, each.old) for each in differences(read, rules)]
    assert found == [
        (Kind.CHANGED, "3"), (Kind.CHANGED, "4"), (Kind.ADDED, None), (Kind.SAME, "3"),
    ]  # fmt: skip


def test_a_rule_that_is_gone_has_nothing_to_stand_beside() -> None:
    [line] = lines(GOOD)
    assert differences([line], {}) == [Difference(line, Kind.ADDED, None)]


def test_applied_lines_join_what_stands_and_replace_what_they_are_about() -> None:
    changed = applied(rule(), lines(GOOD, GOOD | {"product": "IF", "value": "7"}))
    again = applied(changed, lines(GOOD | {"value": "6"}))
    [only] = again.conditions
    assert [(each.value, each.scope, each.effective_from) for each in only.thresholds] == [
        ("2", None, None),
        ("3", None, None),
        ("6", None, DAY),
        ("7", ScopeSpec(product="IF"), DAY),
    ]


_WORDS = st.text(max_size=6) | st.sampled_from(["X01", "orders", "warn", "5"])
_CELLS = st.dictionaries(st.sampled_from(COLUMNS), _WORDS)


@given(rows=st.lists(_CELLS, max_size=5))
def test_any_cells_are_lines_or_faults_and_what_fits_can_be_applied(
    rows: list[dict[str, str]],
) -> None:
    spec: RuleSpec = rule()
    read, found = read_lines(enumerate(rows, 2), DAY)
    assert {line.number for line in read}.isdisjoint(fault.number for fault in found)
    assert {line.number for line in read} | {fault.number for fault in found} == set(
        range(2, 2 + len(rows))
    )
    if not pack_faults(read, {"X01": spec}):
        assert len(differences(read, {"X01": applied(spec, read)})) == len(read)
