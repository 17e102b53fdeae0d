"""Acknowledge a customer warning: the counter has it and has shown it to its customer."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.actions.warn_customers import announce_warnings, warning_json
from monitoring.models import CustomerWarning


class WarningUnknown(LookupError):
    """There is no such warning."""


class AlreadyAcknowledged(ValueError):
    """Another has been there first."""


@transaction.atomic
def acknowledge_warning(pk: int, by: User, comment: str = "") -> CustomerWarning:
    changed = CustomerWarning.objects.filter(pk=pk, acknowledged_at__isnull=True).update(
        acknowledged_at=timezone.now(), acknowledged_by=by, comment=comment
    )
    warnings = CustomerWarning.objects.select_related(
        "alert__rule_version__rule", "acknowledged_by"
    )
    warning = warnings.filter(pk=pk).first()
    if warning is None:
        raise WarningUnknown(pk)
    if not changed:
        raise AlreadyAcknowledged(pk)
    announce_warnings("acknowledged", [warning_json(warning)])
    return warning
