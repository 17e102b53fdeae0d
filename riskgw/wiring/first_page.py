"""The admin's first page: what monitoring shows there, and what ends soon at the quote desk."""

from typing import Any

from django.http import HttpRequest

from monitoring.admin.overview import overview
from quoting.admin.channels import holiday_notices


def first_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the page; each part only for those who may see its list."""
    shown = overview(request, context)
    if request.user.has_perm("quoting.view_currencyholiday"):
        shown["notices"] = [*shown.get("notices", ()), *holiday_notices()]
    return shown
