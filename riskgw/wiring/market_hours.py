"""The calendars and session tables that the product brings along, for whoever has none."""

from pathlib import Path

import msgspec

from riskgw.messages.base_data import BaseData
from riskgw.reference.actions.load_base import load_base

_SHIPPED = Path(__file__).parents[1] / "reference" / "market_hours.json"


def shipped_hours() -> BaseData:
    """Unverified, each row with its source: to be held against the exchanges' own texts."""
    return msgspec.json.decode(_SHIPPED.read_bytes(), type=BaseData)


def load_hours() -> None:
    """Add what is missing; what stands there already stays as it is."""
    load_base(shipped_hours())
