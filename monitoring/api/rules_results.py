"""The shapes in which rules, versions, packs and back-tests are answered."""

from typing import Any

from rest_framework import serializers

from monitoring.api.results import TextsResult, ThresholdResult
from monitoring.models import Backtest, BacktestAlert
from monitoring.models.choices import (
    CheckPointChoice,
    LevelChoice,
    ModeChoice,
    PackStateChoice,
    VersionModeChoice,
    VersionStateChoice,
)
from riskgw.web.lists import PageResult

_LEVELS = LevelChoice.choices


class RuleResult(serializers.Serializer[Any]):
    """A rule; `version` is in force since `since`, `proposed` waits for a second person."""

    code = serializers.CharField()
    name = TextsResult()
    category = serializers.CharField()
    mode = serializers.ChoiceField(ModeChoice.choices)
    check_point = serializers.ChoiceField(CheckPointChoice.choices)
    needs_approval = serializers.BooleanField()
    levels = serializers.ListField(child=serializers.ChoiceField(_LEVELS))
    version = serializers.IntegerField(allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    proposed = serializers.IntegerField(allow_null=True)


class RulePage(PageResult):
    """Rules by their codes."""

    results = RuleResult(many=True)


class ScopedResult(serializers.Serializer[Any]):
    """A number that is for some, or from a day on."""

    whom = serializers.CharField()
    level = serializers.CharField()
    value = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field like any other


class ConditionResult(serializers.Serializer[Any]):
    """A condition in the reader's words; `levels` are warn, restrict and limit."""

    group = serializers.IntegerField()
    title = serializers.CharField()
    floor = serializers.CharField(allow_null=True)
    minus = serializers.CharField(allow_null=True)
    cmp = serializers.CharField()
    levels = serializers.ListField(child=serializers.CharField())
    unit = serializers.CharField()
    scoped = ScopedResult(many=True)


class IndicatorResult(serializers.Serializer[Any]):
    """An indicator in the reader's words."""

    code = serializers.CharField()
    name = serializers.CharField()
    op = serializers.CharField()
    field = serializers.CharField()
    events = serializers.CharField()
    window = serializers.CharField()
    key = serializers.CharField()
    filters = serializers.CharField()


class PartResult(serializers.Serializer[Any]):
    """What else the rule has, where it is not as usual."""

    place = serializers.CharField()
    text = serializers.CharField()


class WholeRuleResult(RuleResult):
    """A rule as it is judged by, in the reader's language; a draft as it stands.

    `thresholds` are those of its rows: where a proposal waits, the proposed ones.
    """

    advice = TextsResult()
    source_note = serializers.CharField()
    confidence = serializers.CharField()
    category_name = serializers.CharField()
    key = serializers.CharField()
    conditions = ConditionResult(many=True)
    indicators = IndicatorResult(many=True)
    parts = PartResult(many=True)
    thresholds = ThresholdResult(many=True)
    may_become = serializers.ListField(child=serializers.ChoiceField(ModeChoice.choices))


class ChangeResult(serializers.Serializer[Any]):
    """What a version changed at a place, in the reader's words."""

    place = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class VersionResult(serializers.Serializer[Any]):
    """A version; `changes` are those against version `before`."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(VersionStateChoice.choices)
    mode = serializers.ChoiceField(VersionModeChoice.choices)
    needs_approval = serializers.BooleanField()
    is_in_force = serializers.BooleanField()
    author = serializers.CharField(allow_null=True)
    effective_from = serializers.DateTimeField()
    note = serializers.CharField()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    before = serializers.IntegerField(allow_null=True)
    changes = ChangeResult(many=True)


class VersionPage(PageResult):
    """Versions, the newest first."""

    results = VersionResult(many=True)


class PackResult(serializers.Serializer[Any]):
    """A parameter pack: a draft until a second person has decided."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    effective_from = serializers.DateField()
    note = serializers.CharField()
    state = serializers.ChoiceField(PackStateChoice.choices)
    author = serializers.CharField(source="author.username")
    created_at = serializers.DateTimeField()
    decided_by = serializers.CharField(source="decided_by.username", allow_null=True, default=None)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    line_count = serializers.IntegerField()


class PackPage(PageResult):
    """Packs, the newest first."""

    results = PackResult(many=True)


class PackLineResult(serializers.Serializer[Any]):
    """A line beside what stands, or stood when it was applied; `old` is null where nothing did."""

    number = serializers.IntegerField()
    rule = serializers.CharField()
    condition = serializers.CharField()
    title = serializers.CharField()
    level = serializers.ChoiceField(_LEVELS)
    scope = serializers.DictField(child=serializers.CharField())
    whom = serializers.CharField()
    effective_from = serializers.CharField()
    old = serializers.CharField(allow_null=True)
    new = serializers.CharField()
    kind = serializers.ChoiceField(["added", "changed", "same"])
    source_note = serializers.CharField()


class WholePackResult(PackResult):
    """A pack with its lines, at most a thousand; those that change something first."""

    lines = PackLineResult(many=True)
    counts = serializers.DictField(child=serializers.IntegerField())


class RuleCountResult(serializers.Serializer[Any]):
    """Alerts of a rule by level; null where nothing was compared."""

    rule = serializers.CharField()
    levels = serializers.DictField(child=serializers.IntegerField())
    levels_before = serializers.DictField(child=serializers.IntegerField(), allow_null=True)
    changes = serializers.DictField(child=serializers.IntegerField(), allow_null=True)


class BacktestSummaryResult(serializers.Serializer[Any]):
    """What a back-test found: of `alerts` alerts `rows` are kept."""

    rules = RuleCountResult(many=True)
    files = serializers.ListField(child=serializers.CharField())
    events = serializers.IntegerField()
    problems = serializers.DictField(child=serializers.IntegerField())
    seconds = serializers.FloatField()
    alerts = serializers.IntegerField()
    rows = serializers.IntegerField()


class BacktestResult(serializers.Serializer[Any]):
    """A back-test: its state, how far it is, and what came of it."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(Backtest.State.choices)
    author = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    rules = serializers.CharField()
    against = serializers.CharField(allow_null=True)
    created_ns = serializers.IntegerField()
    started_ns = serializers.IntegerField(allow_null=True)
    ended_ns = serializers.IntegerField(allow_null=True)
    progress_permille = serializers.IntegerField()
    events = serializers.IntegerField()
    error = serializers.CharField()
    result = BacktestSummaryResult(allow_null=True)


class BacktestPage(PageResult):
    """Back-tests, the newest first."""

    results = BacktestResult(many=True)


class BacktestAlertResult(serializers.Serializer[Any]):
    """An alert of a back-test; `change` is null where nothing was compared."""

    number = serializers.IntegerField()
    change = serializers.ChoiceField(BacktestAlert.Change.choices, allow_null=True)
    rule = serializers.CharField()
    level = serializers.ChoiceField(_LEVELS)
    level_before = serializers.ChoiceField(_LEVELS, allow_null=True)
    key = serializers.DictField(child=serializers.CharField())
    time_ns = serializers.IntegerField()
    values = serializers.ListField(child=serializers.DictField())
    order_count = serializers.IntegerField()


class BacktestAlertPage(PageResult):
    """Alerts of a back-test by time."""

    results = BacktestAlertResult(many=True)


class DayResult(serializers.Serializer[Any]):
    """A trading day of which there are captures."""

    day = serializers.DateField()
