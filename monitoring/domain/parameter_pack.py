"""A pack of thresholds: its lines read, checked against the rules, and shown beside what stands."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import msgspec

from monitoring.domain.spec_changes import numbered_titles
from monitoring.domain.spec_order import SCOPE_NAMES, plain, scope_names, threshold_place
from riskgw.cep.checks import THRESHOLD_DIGITS, FaultText, faults
from riskgw.cep.spec import ConditionSpec, RuleSpec, ScopeSpec, ThresholdSpec
from riskgw.kernel.decimals import DecimalTextError, scaled
from riskgw.kernel.words import Level, Segment

LINES_MAX = 20_000
COLUMNS = (
    "rule", "condition", "level", *SCOPE_NAMES, "value", "effective_from", "source_note",
)  # fmt: skip
_NEEDED = ("rule", "condition", "level", "value")
_TEXT_MAX = {"source_note": 200, **dict.fromkeys(SCOPE_NAMES, 40)}


class Line(NamedTuple):
    """A number for a condition: its title is that of the version page, `cancels / orders (2)`."""

    number: int
    rule: str
    condition: str
    threshold: ThresholdSpec


class LineFault(NamedTuple):
    """What is wrong with a line, and in which column."""

    number: int
    column: str
    text: FaultText


class Kind(StrEnum):
    """What a line does to the thresholds there are."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"


class Difference(NamedTuple):
    """A line beside the number that holds for its scope so far; None where there is none."""

    line: Line
    kind: Kind
    old: str | None


def read_lines(
    rows: Iterable[tuple[int, Mapping[str, str]]], day: str
) -> tuple[list[Line], list[LineFault]]:
    """Lines of cells by column; `day` is for those that name none."""
    lines, found = [], []
    for number, cells in rows:
        wrong = _cell_faults(number, cells)
        found += wrong
        if not wrong:
            lines.append(_line(number, cells, day))
    return lines, found


def _cell_faults(number: int, cells: Mapping[str, str]) -> list[LineFault]:
    found = [
        LineFault(number, name, FaultText("this is needed"))
        for name in _NEEDED
        if not cells.get(name)
    ]
    for name, most in _TEXT_MAX.items():
        if len(cells.get(name, "")) > most:
            found.append(LineFault(number, name, FaultText("at most %(most)s letters", most=most)))
    for name, words in (("level", Level), ("segment", Segment)):
        if (text := cells.get(name)) and text not in list(words):
            listed = ", ".join(words)
            fault = FaultText('"%(text)s" is none of %(words)s', text=text, words=listed)
            found.append(LineFault(number, name, fault))
    if (text := cells.get("value")) and not _is_decimal(text):
        fault = FaultText(
            '"%(text)s" is no number of at most %(digits)s decimals',
            text=text,
            digits=THRESHOLD_DIGITS,
        )
        found.append(LineFault(number, "value", fault))
    if (text := cells.get("effective_from")) and not _is_day(text):
        fault = FaultText('"%(text)s" is no day such as 2026-12-01', text=text)
        found.append(LineFault(number, "effective_from", fault))
    return found


def _is_decimal(text: str) -> bool:
    try:
        scaled(text, THRESHOLD_DIGITS)
    except DecimalTextError:
        return False
    return True


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _line(number: int, cells: Mapping[str, str], day: str) -> Line:
    scope = {name: text for name in SCOPE_NAMES if (text := cells.get(name))}
    threshold = ThresholdSpec(
        level=Level(cells["level"]),
        value=plain(cells["value"]),
        scope=ScopeSpec(**scope) if scope else None,
        effective_from=cells.get("effective_from") or day,
        source_note=cells.get("source_note", ""),
    )
    return Line(number, cells["rule"], cells["condition"], threshold)


def pack_faults(lines: Sequence[Line], rules: Mapping[str, RuleSpec]) -> list[LineFault]:
    """Lines that name nothing known, that say a thing twice, or that break their rule."""
    found = [fault for line in lines if (fault := _unknown(line, rules))]
    seen: dict[object, int] = {}
    for line in lines:
        place = (line.rule, line.condition, _place(line.threshold))
        first = seen.setdefault(place, line.number)
        if first != line.number:
            text = FaultText("line %(line)s is about the same threshold", line=first)
            found.append(LineFault(line.number, "condition", text))
    if not found:
        for code in {line.rule: None for line in lines}:
            found += _broken([line for line in lines if line.rule == code], rules[code])
    return sorted(found)


def _unknown(line: Line, rules: Mapping[str, RuleSpec]) -> LineFault | None:
    rule = rules.get(line.rule)
    if rule is None:
        text = FaultText('there is no rule "%(text)s"', text=line.rule)
        return LineFault(line.number, "rule", text)
    if line.condition not in _titles(rule):
        text = FaultText('the rule has no condition "%(text)s"', text=line.condition)
        return LineFault(line.number, "condition", text)
    return None


def _broken(lines: Sequence[Line], rule: RuleSpec) -> list[LineFault]:
    """Faults of the rule that it has only with these lines, each beside one that may cause it."""
    before = {(fault.place, str(fault.text)) for fault in faults(rule)}
    after = [each for each in faults(applied(rule, lines)) if each.place.startswith("conditions.")]
    found = []
    for fault in after:
        if (fault.place, str(fault.text)) in before:
            continue
        title = _titles(rule)[int(fault.place.split(".")[1])]
        level = fault.text.values.get("level")
        near = [line for line in lines if line.condition == title] or list(lines)
        exact = [line for line in near if line.threshold.level == level]
        found.append(LineFault((exact or near)[0].number, "value", fault.text))
    return found


def applied(rule: RuleSpec, lines: Sequence[Line]) -> RuleSpec:
    """The rule with the numbers of its lines."""
    conditions = [
        _with_lines(condition, [line for line in lines if line.condition == title])
        for title, condition in zip(_titles(rule), rule.conditions, strict=True)
    ]
    return msgspec.structs.replace(rule, conditions=tuple(conditions))


def _with_lines(spec: ConditionSpec, lines: Sequence[Line]) -> ConditionSpec:
    thresholds = {_place(each): each for each in spec.thresholds}
    thresholds |= {_place(line.threshold): line.threshold for line in lines}
    ordered = sorted(thresholds.values(), key=threshold_place)
    return msgspec.structs.replace(spec, thresholds=tuple(ordered))


def differences(lines: Sequence[Line], rules: Mapping[str, RuleSpec]) -> list[Difference]:
    """Each line beside what stands; a rule that is gone has nothing to stand beside."""
    return [_difference(line, rules.get(line.rule)) for line in lines]


def _difference(line: Line, rule: RuleSpec | None) -> Difference:
    found = [] if rule is None else _standing(line, rule)
    if not found:
        return Difference(line, Kind.ADDED, None)
    last = max(found, key=lambda each: each.effective_from or "")
    is_same = plain(last.value) == line.threshold.value
    return Difference(line, Kind.SAME if is_same else Kind.CHANGED, plain(last.value))


def _standing(line: Line, rule: RuleSpec) -> list[ThresholdSpec]:
    """The numbers for the line's level and scope that began no later than the line."""
    wanted = line.threshold
    return [
        each
        for title, condition in zip(_titles(rule), rule.conditions, strict=True)
        if title == line.condition
        for each in condition.thresholds
        if each.level == wanted.level
        and scope_names(each.scope) == scope_names(wanted.scope)
        and (each.effective_from or "") <= (wanted.effective_from or "")
    ]


def _titles(rule: RuleSpec) -> list[str]:
    return numbered_titles((each.indicator, each.over) for each in rule.conditions)


def _place(spec: ThresholdSpec) -> tuple[object, ...]:
    """What tells a threshold from the others of its condition."""
    return spec.level, tuple(scope_names(spec.scope).items()), spec.effective_from
