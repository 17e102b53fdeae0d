"""Publishing from a page: what has become live is said at its top."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext

from monitoring.actions.publish_rules import publish_rules


def publish(request: HttpRequest, note: str = "") -> None:
    assert isinstance(request.user, User)
    for version in publish_rules(request.user, note):
        text = gettext("%(version)s is live.") % {"version": version}
        messages.success(request, text)
