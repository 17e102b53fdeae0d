"""Handlers that leave a weak reference to each of their objects."""

import weakref
from typing import Any

from riskgw.web.handlers import Call, Handler

Traces = list[weakref.ref[Handler]]


def watched(handler: type[Handler], traces: Traces) -> type[Handler]:
    """The same handler but for its trace."""

    def begin(self: Any, call: Call) -> None:
        traces.append(weakref.ref(self))
        handler.__init__(self, call)

    return type(f"Watched{handler.__name__}", (handler,), {"__init__": begin})
