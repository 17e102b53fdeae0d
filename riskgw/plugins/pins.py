"""What the admin says of function modules, as processes read it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from riskgw.reference.models import FunctionModule

Origin = FunctionModule.Origin
# More rows than this are not read: each is code in every process.
MODULES_MAX = 100


@dataclass(frozen=True)
class Pin:
    """One module: where its code is, the checksum it must have, and whether it is to run."""

    name: str
    origin: str
    path: str
    sha256: str = ""
    is_enabled: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    # As a row begins, so that one that changes nothing is no order to load anew.
    revision: int = 1

    @property
    def is_own(self) -> bool:
        """Part of the product: it stands at its own addresses, and runs without a limit."""
        return self.origin == Origin.BUILT_IN


def own_pins() -> dict[str, Pin]:
    """The product's own modules, as they run where no row says otherwise."""
    names = {path.rpartition(".")[2]: path for path in settings.RISKGW_OWN_MODULES}
    return {name: Pin(name, Origin.BUILT_IN, path) for name, path in names.items()}


def pins() -> dict[str, Pin]:
    """All of them by name; asks the database."""
    rows = FunctionModule.objects.order_by("name")[:MODULES_MAX]
    return own_pins() | {row.name: pin_of(row) for row in rows}


def pin_of(row: FunctionModule) -> Pin:
    return Pin(
        row.name, row.origin, row.path, row.sha256, row.is_enabled, row.settings, row.revision
    )
