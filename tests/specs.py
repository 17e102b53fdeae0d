"""Specifications of rules at random: each part as its type allows, codes that exist."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from monitoring.domain.spec_order import plain
from riskgw.cep.fields import FIELDS, KEYS, FieldType
from riskgw.cep.spec import (
    SCOPE_FIELDS,
    THRESHOLD_CMPS,
    Action,
    ActionSpec,
    CheckPoint,
    Clock,
    Cmp,
    ConditionSpec,
    ExemptionSpec,
    FilterSpec,
    IndicatorSpec,
    Mask,
    Op,
    Release,
    RuleMode,
    RuleSpec,
    ScopeSpec,
    ThenSide,
    ThenSpec,
    ThresholdSpec,
    Unit,
    WindowKind,
)
from riskgw.kernel.words import EventKind, Level

_WORDS = st.text("abcXYZ019._:", min_size=1, max_size=8)
_NOTES = st.text("读 a", max_size=8)
_DECIMALS = st.decimals(Decimal(0), Decimal("999999"), places=4).map(
    lambda each: plain(f"{each:f}")
)
_MILLISECONDS = st.integers(1, 3_600_000)
_FLAGS = [code for code, field in FIELDS.items() if field.type is FieldType.BOOLEAN]
_TEXTS = [code for code, field in FIELDS.items() if field.type is not FieldType.BOOLEAN]


def _some(values: Iterable[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(list(values)), max_size=3, unique=True).map(tuple)


_LISTS = st.lists(_WORDS, min_size=1, max_size=3).map(tuple)
_ANY_OF = st.integers(0, 2)
_FILTERS = st.one_of(
    st.builds(
        FilterSpec, field=st.sampled_from(_TEXTS), cmp=st.sampled_from([Cmp.EQ, Cmp.GE]),
        value=_WORDS, any_of=_ANY_OF,
    ),
    st.builds(
        FilterSpec, field=st.sampled_from(_TEXTS), cmp=st.sampled_from([Cmp.IN, Cmp.NOT_IN]),
        value=_LISTS, any_of=_ANY_OF,
    ),
    st.builds(
        FilterSpec, field=st.sampled_from(_FLAGS), cmp=st.just(Cmp.EQ), value=st.booleans(),
        any_of=_ANY_OF,
    ),
)  # fmt: skip
_SCOPES = st.dictionaries(st.sampled_from(SCOPE_FIELDS), _WORDS, min_size=1).map(
    lambda names: ScopeSpec(**(names | ({"segment": "st"} if "segment" in names else {})))
)
_THRESHOLDS = st.lists(
    st.builds(
        ThresholdSpec,
        level=st.sampled_from(Level),
        value=_DECIMALS,
        scope=st.none() | _SCOPES,
        effective_from=st.none() | st.dates().map(lambda day: day.isoformat()),
        source_note=_NOTES,
    ),
    max_size=4,
    unique_by=lambda each: (each.level, each.scope, each.effective_from),
).map(tuple)
_EXEMPTIONS = st.one_of(
    st.builds(ExemptionSpec, field=st.sampled_from(_TEXTS), values=_LISTS),
    st.builds(ExemptionSpec, field=st.sampled_from(_FLAGS), values=st.tuples(st.booleans())),
)
_ACTIONS = st.lists(
    st.builds(
        ActionSpec,
        level=st.sampled_from(Level),
        action=st.sampled_from(Action),
        mask=_some(Mask),
        release=st.sampled_from(Release),
    ),
    max_size=3,
    unique_by=lambda each: (each.level, each.action),
).map(tuple)


def _indicators(code: str) -> st.SearchStrategy[IndicatorSpec]:
    return st.builds(
        IndicatorSpec,
        code=st.just(code),
        op=st.sampled_from(Op),
        events=_some(EventKind),
        window=st.sampled_from(WindowKind),
        key=_some(KEYS),
        value_field=st.none() | st.sampled_from(_TEXTS),
        length_ms=st.none() | _MILLISECONDS,
        filters=st.lists(_FILTERS, max_size=3).map(tuple),
        days=st.none() | st.integers(1, 30),
        clock=st.sampled_from(Clock),
    )


@st.composite
def rules(draw: st.DrawFn, code: str = "Z01") -> RuleSpec:
    """A rule on up to three indicators of its own; not always one the engine would take."""
    codes = [f"{code}-{number}" for number in range(draw(st.integers(1, 3)))]
    named = st.sampled_from(codes)
    conditions = st.builds(
        ConditionSpec,
        group=st.integers(1, 3),
        indicator=named,
        over=st.none() | named,
        cmp=st.sampled_from(THRESHOLD_CMPS),
        unit=st.sampled_from(Unit),
        thresholds=_THRESHOLDS,
        minus=_DECIMALS,
        floor=st.none() | _DECIMALS,
    )
    then = st.builds(
        ThenSpec,
        indicator=named,
        cmp=st.sampled_from(THRESHOLD_CMPS),
        value=_DECIMALS,
        within_ms=st.none() | _MILLISECONDS,
        until=st.sampled_from([None, "10:00", "next 10:00"]),
        side=st.sampled_from(ThenSide),
    )
    spec = draw(
        st.builds(
            RuleSpec,
            code=st.just(code),
            name_zh=_NOTES,
            advice_en=_NOTES,
            key=_some(KEYS),
            indicators=st.just(()),
            conditions=st.lists(conditions, max_size=4).map(tuple),
            source_note=_NOTES,
            mode=st.sampled_from(RuleMode),
            check_point=st.sampled_from(CheckPoint),
            sessions=_some(["morning", "afternoon"]),
            repeat=st.integers(1, 30),
            cooldown_ms=_MILLISECONDS,
            for_ms=_MILLISECONDS,
            clear_percent=st.just("") | _DECIMALS.filter(lambda text: float(text) < 1000),
            exemptions=st.lists(_EXEMPTIONS, max_size=3).map(tuple),
            then=st.none() | then,
            actions=_ACTIONS,
            inhibits=_some(["F02", "P01"]),
        )
    )
    used = {each.indicator for each in spec.conditions}
    used |= {each.over for each in spec.conditions if each.over}
    used |= {spec.then.indicator} if spec.then else set()
    indicators = draw(st.tuples(*map(_indicators, sorted(used))))
    return msgspec.structs.replace(spec, indicators=indicators)
