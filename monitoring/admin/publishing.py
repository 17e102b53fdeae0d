"""Publishing from a page: what has become of the change is said at its top."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext

from monitoring.actions.publish_rules import publish_rules
from monitoring.models import RuleVersion
from monitoring.models.choices import VersionModeChoice, VersionStateChoice
from riskgw.reference.admin.records import time_text


def publish(request: HttpRequest, note: str = "", effective_from: datetime | None = None) -> None:
    """Freeze what the page has changed, and say what it became."""
    assert isinstance(request.user, User)
    for version in publish_rules(request.user, note, effective_from):
        tell(request, version)


def tell(request: HttpRequest, version: RuleVersion) -> None:
    """What a version is now."""
    values = {"version": version, "time": time_text(version.effective_from)}
    if version.state == VersionStateChoice.PROPOSED:
        text = gettext("%(version)s is proposed: it waits for a second person's approval.")
        messages.warning(request, text % values)
        return
    if version.effective_from > timezone.now():
        text = gettext("%(version)s takes effect at %(time)s.")
    elif version.mode == VersionModeChoice.OFF:
        text = gettext("%(version)s: the rule is off.")
    elif version.mode == VersionModeChoice.SHADOW:
        text = gettext("%(version)s judges in shadow.")
    else:
        text = gettext("%(version)s is live.")
    messages.success(request, text % values)
