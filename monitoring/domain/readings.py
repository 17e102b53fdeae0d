"""Which of an alert's conditions hold, told from the values and thresholds it kept."""

from fractions import Fraction

from riskgw.cep.filters import ORDERINGS
from riskgw.cep.spec import Cmp
from riskgw.messages.alert import Reading


def has_reached(reading: Reading) -> bool | None:
    """None where only the engine knew: two decimals that were rounded to the same text."""
    if reading.value is None:
        return False
    value, threshold = Fraction(reading.value), Fraction(reading.threshold)
    # Rounding keeps the order of two numbers, unless it makes them equal; integers are exact.
    is_exact = isinstance(reading.value, int) and isinstance(reading.threshold, int)
    if value == threshold and not is_exact:
        return None
    return ORDERINGS[Cmp(reading.cmp)](value, threshold)
