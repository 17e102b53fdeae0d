"""Which code decodes the usual packet: `compiled.pyx`, where it was built, else the Python here.

Both give the same. `RISKGW_PURE=1` keeps to Python; what was compiled from another source than the
one at hand is left alone.
"""

import os
import pkgutil
from hashlib import blake2b
from types import ModuleType
from typing import Any

SOURCE_FILE = "compiled.pyx"
_DIGEST_BYTES = 16


def digest(source: bytes) -> str:
    """What a compiled module says of its source."""
    return blake2b(source, digest_size=_DIGEST_BYTES).hexdigest()


def usable(module: Any, source: bytes | None) -> Any:
    """A compiled module, if it was made of this source."""
    return module if source is not None and digest(source) == module.SOURCE else None


def _compiled() -> Any:
    if os.environ.get("RISKGW_PURE", "") not in ("", "0"):
        return None
    try:
        from capture.wire import compiled  # noqa: PLC0415  # it may not be there
    except ImportError:
        return None
    return usable(compiled, pkgutil.get_data("capture.wire", SOURCE_FILE))


COMPILED: ModuleType | None = _compiled()
NAME = "pure" if COMPILED is None else "compiled"
