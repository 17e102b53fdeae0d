"""Orders from an unknown counter: rule H01, the names of its indicator, its first history."""

from importlib import import_module

from django.db import migrations

from monitoring.actions.import_rules import import_rules
from monitoring.rule_queries import HOUSE_RULES
from riskgw.cep.spec import rules_from_json

NAMES = {"unknown_counter_requests": ("当日未知柜台报撤单笔数", "Requests by unknown counters")}


def add(apps, schema_editor):
    first = import_module("monitoring.migrations.0003_names_and_first_history")
    rules = apps.get_model("monitoring", "Rule").objects
    new = [
        rule
        for rule in rules_from_json(HOUSE_RULES.read_bytes())
        if not rules.filter(code=rule.code).exists()
    ]
    import_rules(new, apps.get_model)
    for code, (name_zh, name_en) in NAMES.items():
        unnamed = apps.get_model("monitoring", "Indicator").objects.filter(code=code, name_zh="")
        unnamed.update(name_zh=name_zh, name_en=name_en)
    for name in first.MODELS:
        model = apps.get_model("monitoring", name)
        first._begin_history(model, apps.get_model("monitoring", f"Historical{name}"))


def remove(apps, schema_editor):
    codes = [rule.code for rule in rules_from_json(HOUSE_RULES.read_bytes())]
    apps.get_model("monitoring", "RuleVersion").objects.filter(rule__code__in=codes).delete()
    apps.get_model("monitoring", "Rule").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0005_access_systems_of_orders")]
    operations = [migrations.RunPython(add, remove)]
