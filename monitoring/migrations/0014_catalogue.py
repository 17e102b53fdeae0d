"""The catalogue: its new rules, names of their indicators, actions of the first rules.

A rule that somebody has changed stays as it is, and so does one whose code is taken.
"""

from importlib import import_module

import msgspec
from django.db import migrations
from django.utils import timezone

from monitoring.actions.import_rules import import_rules
from monitoring.actions.store_spec import store_spec
from monitoring.domain.catalogue import catalogue_from_json
from monitoring.domain.spec_order import in_order
from monitoring.rule_queries import CATALOGUE_FILES, FIRST_RULES, IMPORTED
from riskgw.cep.spec import rule_from_builtins, rules_from_json

NOTE = "actions and scopes of the catalogue"
MODELS = (
    "Rule",
    "Condition",
    "Threshold",
    "Indicator",
    "IndicatorFilter",
    "Exemption",
    "LevelAction",
    "ThenStep",
)
# The rules of another file need columns that come later.
FILES = [path for path in CATALOGUE_FILES if path.stem != "market"]


def catalogue():
    return [catalogue_from_json(path.read_bytes()) for path in FILES]


def add(apps, schema_editor):
    rules = apps.get_model("monitoring", "Rule").objects
    known = set(rules.values_list("code", flat=True))
    first = {rule.code: rule for rule in rules_from_json(FIRST_RULES.read_bytes())}
    for file in catalogue():
        for spec in file.rules:
            if spec.code not in known:
                mode = "off" if spec.code in file.off else None
                import_rules([spec], apps.get_model, mode)
            elif spec.code in first:
                _amend(apps.get_model, first[spec.code], spec)
        for code, (name_zh, name_en) in file.names.items():
            unnamed = apps.get_model("monitoring", "Indicator").objects.filter(
                code=code, name_zh="", name_en=""
            )
            unnamed.update(name_zh=name_zh, name_en=name_en)
    begin = import_module("monitoring.migrations.0003_names_and_first_history")._begin_history
    for name in MODELS:
        model = apps.get_model("monitoring", name)
        begin(model, apps.get_model("monitoring", f"Historical{name}"))


def _amend(get_model, first, spec):
    """What nobody has changed gets what it could not say before.

    Where no alert has been judged by it, its first version says so; else a second one.
    """
    versions = get_model("monitoring", "RuleVersion").objects
    found = list(versions.filter(rule__code=spec.code))
    if len(found) != 1 or found[0].mode != "live" or found[0].note != IMPORTED:
        return
    (version,) = found
    stored = rule_from_builtins(version.spec)
    if in_order(msgspec.structs.replace(stored, version=1)) != in_order(first):
        return
    store_spec(spec, {"mode": "live"}, get_model)
    is_used = get_model("monitoring", "Alert").objects.filter(rule_version=version).exists()
    if not is_used:
        version.spec = msgspec.to_builtins(spec)
        version.save()
        return
    number = version.number + 1
    versions.create(
        rule=version.rule,
        number=number,
        spec=msgspec.to_builtins(msgspec.structs.replace(spec, version=number)),
        mode="live",
        effective_from=timezone.now(),
        note=NOTE,
    )


def remove(apps, schema_editor):
    """The first rules keep what they were given: alerts may have been judged by it."""
    kept = {rule.code for rule in rules_from_json(FIRST_RULES.read_bytes())} | {"H01"}
    codes = [rule.code for file in catalogue() for rule in file.rules if rule.code not in kept]
    apps.get_model("monitoring", "RuleVersion").objects.filter(rule__code__in=codes).delete()
    apps.get_model("monitoring", "Rule").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0013_amounts_and_counts")]
    operations = [migrations.RunPython(add, remove)]
