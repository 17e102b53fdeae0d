"""How alerts, orders and thresholds look to programs. docs/protocols/live.md."""

from typing import Any

from rest_framework import serializers

from monitoring.domain.live_alert import REFS_SHOWN_MAX, admin_url
from monitoring.models import Alert
from monitoring.models.choices import (
    AlertStateChoice,
    EventChoice,
    LevelChoice,
    ModeChoice,
    ThresholdCmpChoice,
    UnitChoice,
    VersionStateChoice,
)
from monitoring.queries import state_ns
from riskgw.web.fields import KnownField, PriceField, QuantityField
from riskgw.web.lists import PageResult

SESSION_STATES = ("open", "half", "closed", "undetected")


class NameResult(serializers.Serializer[Any]):
    """A rule's name."""

    en = serializers.CharField(source="name_en")
    zh = serializers.CharField(source="name_zh")


class AdviceResult(serializers.Serializer[Any]):
    """What a rule says is to be done."""

    en = serializers.CharField(source="advice_en")
    zh = serializers.CharField(source="advice_zh")


class ReadingResult(serializers.Serializer[Any]):
    """A value beside its threshold."""

    indicator = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    cmp = serializers.ChoiceField(ThresholdCmpChoice.choices)
    threshold = serializers.JSONField()
    unit = serializers.ChoiceField(UnitChoice.choices)


class AlertResult(serializers.Serializer[Alert]):
    """An alert with the first of its orders and the last."""

    id = serializers.CharField(source="number")
    trading_day = serializers.DateField()
    rule = serializers.CharField(source="rule_version.rule.code")
    version = serializers.IntegerField(source="rule_version.number")
    name = NameResult(source="rule_version.spec")
    advice = AdviceResult(source="rule_version.spec")
    level = serializers.ChoiceField(LevelChoice.choices)
    key = serializers.DictField(child=serializers.CharField())
    time_ns = serializers.IntegerField()
    values = ReadingResult(many=True)
    order_count = serializers.IntegerField()
    order_refs = serializers.SerializerMethodField()
    late = serializers.BooleanField()
    evidence = KnownField()
    shadow = serializers.BooleanField()
    action = serializers.CharField()
    mask = serializers.ListField(child=serializers.CharField())
    release = serializers.CharField()
    episode = serializers.IntegerField()
    episode_id = serializers.CharField()
    is_newest = serializers.BooleanField()
    state = serializers.ChoiceField(AlertStateChoice.choices)
    owner = serializers.SerializerMethodField()
    silence = serializers.IntegerField(source="silence_id", allow_null=True)
    handled_by = serializers.SerializerMethodField()
    handled_at_ns = serializers.SerializerMethodField()
    comment = serializers.CharField()
    admin_url = serializers.SerializerMethodField()

    def get_admin_url(self, alert: Alert) -> str:
        return admin_url(alert.number)

    def get_order_refs(self, alert: Alert) -> list[str]:
        refs: list[str] = alert.order_refs
        return refs if len(refs) <= REFS_SHOWN_MAX else [*refs[:REFS_SHOWN_MAX], refs[-1]]

    def get_owner(self, alert: Alert) -> str | None:
        return alert.owner.get_username() if alert.owner else None

    def get_handled_by(self, alert: Alert) -> str | None:
        return alert.handled_by.get_username() if alert.handled_by else None

    def get_handled_at_ns(self, alert: Alert) -> int | None:
        return state_ns(alert)


class WholeAlertResult(AlertResult):
    """An alert with every order reference that is kept."""

    def get_order_refs(self, alert: Alert) -> list[str]:
        refs: list[str] = alert.order_refs
        return refs


class AlertPage(PageResult):
    """Alerts, newest first."""

    results = AlertResult(many=True)


class OrderResult(serializers.Serializer[Any]):
    """A business event of an order."""

    id = serializers.CharField(source="number")
    time_ns = serializers.IntegerField()
    exchange = KnownField()
    event = serializers.ChoiceField(EventChoice.choices)
    account = KnownField()
    symbol = KnownField()
    side = KnownField()
    price = PriceField()
    quantity = QuantityField()
    order_ref = KnownField()
    cancel_of = KnownField()
    exec_ref = KnownField()
    outcome = KnownField()
    counter = KnownField()
    access_system = KnownField()
    conn = KnownField()
    late = serializers.BooleanField()


class OrderPage(PageResult):
    """Business events, newest first."""

    results = OrderResult(many=True)


class FeedProblemResult(serializers.Serializer[Any]):
    """What could not become a judged order; `excerpt` is hex, ** for what is not shown."""

    id = serializers.CharField(source="number")
    at_ns = serializers.IntegerField()
    problem = serializers.CharField()
    reason = KnownField()
    exchange = KnownField()
    account = KnownField()
    symbol = KnownField()
    order_ref = KnownField()
    conn = KnownField()
    protocol = KnownField()
    direction = KnownField()
    position = serializers.IntegerField(allow_null=True)
    size = serializers.IntegerField()
    excerpt = KnownField()


class FeedProblemPage(PageResult):
    """Problems, newest first."""

    results = FeedProblemResult(many=True)


class SessionRowResult(serializers.Serializer[Any]):
    """One TCP session of an order feed."""

    feed = serializers.CharField()
    conn = serializers.CharField()
    client = serializers.CharField()
    server = serializers.CharField()
    protocol = KnownField()
    state = serializers.ChoiceField(SESSION_STATES)
    user = KnownField()
    origin = KnownField()
    since_ns = serializers.IntegerField()
    last_ns = serializers.IntegerField(allow_null=True)
    bytes = serializers.IntegerField()
    messages = serializers.IntegerField()
    events = serializers.IntegerField()
    gaps = serializers.IntegerField()
    lost_bytes = serializers.IntegerField()
    problems = serializers.IntegerField()
    encrypted_bytes = serializers.IntegerField()


class SessionPage(PageResult):
    """Sessions, most recently heard first; `total` counts also those that are not listed."""

    results = SessionRowResult(many=True)
    total = serializers.IntegerField()


class TextsResult(serializers.Serializer[Any]):
    """A text in both languages."""

    en = serializers.CharField()
    zh = serializers.CharField()


class ThresholdResult(serializers.Serializer[Any]):
    """The number of one level of one condition; `version` is the rule's newest."""

    id = serializers.IntegerField()
    rule = serializers.CharField()
    name = TextsResult()
    indicator = serializers.CharField()
    over = serializers.CharField(allow_null=True)
    cmp = serializers.ChoiceField(ThresholdCmpChoice.choices)
    unit = serializers.ChoiceField(UnitChoice.choices)
    level = serializers.ChoiceField(LevelChoice.choices)
    value = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    scope = serializers.DictField(child=serializers.CharField())
    effective_from = serializers.DateField(allow_null=True)
    source_note = serializers.CharField()
    mode = serializers.ChoiceField(ModeChoice.choices)
    state = serializers.ChoiceField(VersionStateChoice.choices, allow_null=True)


class IndicatorNameResult(serializers.Serializer[Any]):
    """What an indicator is called; values name it by its code."""

    code = serializers.CharField()
    name = NameResult(source="*")


class IndicatorPage(PageResult):
    """All indicators, by their codes."""

    results = IndicatorNameResult(many=True)


class ThresholdPage(PageResult):
    """All thresholds."""

    results = ThresholdResult(many=True)
