"""The rules this release starts a new database with: P01, P03, F01, T01, F02."""

from django.db import migrations

from monitoring.actions.import_rules import import_rules
from monitoring.rule_queries import FIRST_RULES
from riskgw.cep.spec import rules_from_json


def add(apps, schema_editor):
    import_rules(rules_from_json(FIRST_RULES.read_bytes()), apps.get_model)


def remove(apps, schema_editor):
    codes = [rule.code for rule in rules_from_json(FIRST_RULES.read_bytes())]
    apps.get_model("monitoring", "RuleVersion").objects.filter(rule__code__in=codes).delete()
    apps.get_model("monitoring", "Rule").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
