"""A rule that no engine loads: its row, and its one version, which its alerts are by."""

import msgspec
from django.utils import timezone

from monitoring.models import Rule, RuleVersion
from monitoring.models.choices import ModeChoice, VersionModeChoice
from riskgw.cep.spec import RuleSpec


def keep_rule(spec: RuleSpec) -> None:
    """Once; what is there already stays as it is."""
    rule, _ = Rule.objects.get_or_create(
        code=spec.code,
        defaults={
            "name_en": spec.name_en, "name_zh": spec.name_zh, "category": spec.category,
            "advice_en": spec.advice_en, "advice_zh": spec.advice_zh, "key": list(spec.key),
            "mode": ModeChoice.OFF,
        },
    )  # fmt: skip
    RuleVersion.objects.get_or_create(
        rule=rule,
        number=1,
        defaults={
            "spec": msgspec.to_builtins(spec), "mode": VersionModeChoice.OFF,
            "effective_from": timezone.now(),
        },
    )  # fmt: skip
