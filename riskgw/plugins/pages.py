"""Pages that belong to a function module: while it does not run they say so."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from riskgw.plugins.registry import registry

Page = Callable[..., HttpResponseBase]


def gated(module: str, page: Page) -> Page:
    """The page, as long as the module runs."""

    @wraps(page)
    def answered(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        slot = registry().slots.get(module)
        if slot is not None and not slot.is_running:
            context, status = {"module": module}, HTTPStatus.SERVICE_UNAVAILABLE
            return render(request, "app/module_disabled.html", context, status=status)
        return page(request, **arguments)

    return answered
