"""Rules that follow the market, and two that can now say what they mean.

Where a database has earlier ones of them that nobody has changed, these take their place.
"""

from importlib import import_module

import msgspec
from django.db import migrations
from django.utils import timezone

from monitoring.actions.import_rules import import_rules
from monitoring.actions.store_spec import store_spec
from monitoring.domain.catalogue import catalogue_from_json
from monitoring.domain.spec_order import in_order
from monitoring.rule_queries import CATALOGUE, IMPORTED
from riskgw.cep.spec import rule_from_builtins

FILES = {"market": None, "pre_trade": {"T05"}, "stocks": {"S13"}}
NOTE = "judged with the market"


def files():
    """What a file has of these rules, by its name."""
    for name, codes in FILES.items():
        file = catalogue_from_json((CATALOGUE / f"{name}.json").read_bytes())
        yield file, [each for each in file.rules if codes is None or each.code in codes]


def add(apps, schema_editor):
    rules = apps.get_model("monitoring", "Rule").objects
    for file, specs in files():
        for spec in specs:
            mode = "off" if spec.code in file.off else spec.mode.value
            row = rules.filter(code=spec.code).first()
            if row is None:
                import_rules([spec], apps.get_model, mode)
            elif _is_untouched(row):
                _take_place(apps.get_model, row, spec, mode)
        for code, (name_zh, name_en) in file.names.items():
            unnamed = apps.get_model("monitoring", "Indicator").objects.filter(
                code=code, name_zh="", name_en=""
            )
            unnamed.update(name_zh=name_zh, name_en=name_en)
    first = import_module("monitoring.migrations.0003_names_and_first_history")
    catalogue = import_module("monitoring.migrations.0014_catalogue")
    for name in catalogue.MODELS:
        model = apps.get_model("monitoring", name)
        first._begin_history(model, apps.get_model("monitoring", f"Historical{name}"))


def _is_untouched(row):
    """As it came: versions of releases only, and nothing of it edited since."""
    return all(each.note == IMPORTED for each in row.versions.all())


def _take_place(get_model, row, spec, mode):
    last = row.versions.order_by("-number").first()
    number = last.number + 1 if last else 1
    if last and mode == row.mode:
        same = msgspec.structs.replace(spec, version=last.number)
        if in_order(rule_from_builtins(last.spec)) == in_order(same):
            return
    store_spec(spec, {"mode": mode}, get_model, may_change_indicators=True)
    if mode == "off":
        return
    get_model("monitoring", "RuleVersion").objects.create(
        rule=row,
        number=number,
        spec=msgspec.to_builtins(msgspec.structs.replace(spec, version=number)),
        mode=mode,
        effective_from=timezone.now(),
        note=NOTE,
    )


def remove(apps, schema_editor):
    """What has taken another's place stays: alerts may have been judged by it."""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0016_rules_that_follow_the_market")]
    operations = [migrations.RunPython(add, remove)]
