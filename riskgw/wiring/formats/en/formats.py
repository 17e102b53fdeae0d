"""English dates."""

from riskgw.wiring.formats import DATE_FORMAT, DATETIME_FORMAT

__all__ = ["DATETIME_FORMAT", "DATE_FORMAT"]
