"""The banner that says which world this is."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext


def environment(request: HttpRequest) -> list[str]:
    """Text and colour of the admin's environment label."""
    if settings.IS_PRODUCTION:
        return [gettext("production"), "danger"]
    return [gettext("simulated"), "info"]
