"""Store rules given as specifications, with their indicators, and publish them."""

from collections.abc import Iterable

import msgspec
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from monitoring.actions.store_spec import GetModel, RuleRefused, store_spec
from monitoring.models.choices import JUDGED_MODES
from monitoring.rule_queries import IMPORTED
from riskgw.cep.checks import faults
from riskgw.cep.spec import RuleSpec

__all__ = ["GetModel", "RuleRefused", "import_rules"]


@transaction.atomic
def import_rules(
    specs: Iterable[RuleSpec], get_model: GetModel = apps.get_model, mode: str | None = None
) -> None:
    """New rules in the mode they name, or all in this one; a code that is taken is refused.

    What is live or in shadow is a version at once; drafts and what is off have none.
    """
    for spec in specs:
        if found := faults(spec):
            raise RuleRefused(f"{spec.code}: {found[0].place}: {found[0].text}")
        if get_model("monitoring", "Rule").objects.filter(code=spec.code).exists():
            raise RuleRefused(f"{spec.code}: there is already a rule with this code")
        _store(spec, mode or spec.mode.value, get_model)


def _store(spec: RuleSpec, mode: str, get_model: GetModel) -> None:
    rule = store_spec(spec, {"mode": mode}, get_model)
    if mode not in JUDGED_MODES:
        return
    versions = get_model("monitoring", "RuleVersion")
    frozen = msgspec.structs.replace(spec, mode=type(spec.mode)(mode))
    row = versions(
        rule=rule,
        number=spec.version,
        spec=msgspec.to_builtins(frozen),
        effective_from=timezone.now(),
        note=IMPORTED,
    )
    if hasattr(row, "mode"):  # which an old migration's state has not
        row.mode = mode
    row.save()
