"""A rule of the tests' own in the database, whatever else ships."""

from monitoring.actions.import_rules import import_rules
from monitoring.models import Rule
from tests.rules import condition, indicator, rule, thresholds

CODE = "Z01"
INDICATOR = "z01_orders"


def stored_rule() -> Rule:
    """Z01, live: an account's orders in a second, 240, 280 and 300."""
    numbers = thresholds(warn="240", restrict="280", limit="300")
    spec = rule(
        condition(INDICATOR, thresholds=numbers), indicators=(indicator(INDICATOR),), code=CODE
    )
    import_rules([spec])
    return Rule.objects.get(code=CODE)
