"""Channels, routes and notifications."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitoring.actions.dismiss_deliveries import dismiss_notifications
from monitoring.actions.enqueue_webhook import wake_deliverer
from monitoring.admin.sent import attempt_lines, last_result, moment
from monitoring.models import Channel, EscalationStep, Notification, Route
from riskgw.env import secret_named
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, RecordAdmin, number_text


@admin.register(Channel)
class ChannelAdmin(RecordAdmin):
    """The address itself is never shown: it is a secret of the environment."""

    list_display = (
        "name", "variable", "set_text", "language", "interval_seconds", "is_active",
        "waiting_number", "failed_number",
    )  # fmt: skip
    list_filter = ("is_active",)
    search_fields = ("name", "variable")
    actions = ("send_test",)
    fieldsets = (
        (None, {"fields": (("name", "variable"), ("language", "interval_seconds"), "is_active")}),
    )
    empty_reason = _("Without a channel, alerts show on the pages only.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        channels: QuerySet[Channel] = super().get_queryset(request)
        state = Notification.State
        return channels.annotate(
            waiting=Count("notifications", filter=Q(notifications__state=state.PENDING)),
            failed=Count("notifications", filter=Q(notifications__state=state.FAILED)),
        )

    @admin.action(description=_("Send a test message"), permissions=["change"])
    def send_test(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        text = gettext("A test message from riskgw.")
        Notification.objects.bulk_create(
            Notification(
                channel=channel, kind=Notification.Kind.TEST, title=text, text=text,
                due_at=timezone.now(),
            )
            for channel in queryset
        )  # fmt: skip
        wake_deliverer()
        messages.success(request, gettext("Notifications show what comes of it."))

    @admin.display(description=_("variable is set"), boolean=True)
    def set_text(self, channel: Channel) -> bool:
        """As this server process sees it; workers get the same environment."""
        return secret_named(channel.variable) is not None

    @admin.display(description=_("waiting"), ordering="waiting")
    def waiting_number(self, channel: Any) -> str:
        return number_text(channel.waiting)

    @admin.display(description=_("given up"), ordering="failed")
    def failed_number(self, channel: Any) -> str:
        return number_text(channel.failed)


@admin.register(Route)
class RouteAdmin(RecordAdmin):
    list_display = ("channel", "rule", "category", "level_min", "tells_silences", "is_active")
    list_filter = ("channel", "is_active")
    list_select_related = ("channel", "rule")
    autocomplete_fields = ("rule",)
    fieldsets = (
        (None, {"fields": (("channel", "rule"), ("category", "level_min"))}),
        (None, {"fields": (("tells_silences", "is_active"),)}),
    )
    empty_reason = _("Without a route, no alert goes to a channel.")


@admin.register(EscalationStep)
class EscalationStepAdmin(RecordAdmin):
    """A step that was taken stays: the alerts it was taken for name it."""

    list_display = (
        "name", "rule", "category", "level_min", "after_minutes", "user", "role", "channel",
        "is_active",
    )  # fmt: skip
    list_filter = ("is_active", "level_min")
    list_select_related = ("rule", "user", "role", "channel")
    autocomplete_fields = ("rule",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": (("name", "is_active"), ("rule", "category"))}),
        (_("When"), {"fields": (("level_min", "after_minutes"),)}),
        (_("Whom to tell"), {"fields": (("user", "role"), "channel")}),
    )
    empty_reason = _("Without a step, alerts that nobody takes up wait in silence.")


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """Every message, with every attempt."""

    list_display = (
        "created", "channel", "kind", "address", "title", "state", "attempts", "result", "grouped",
    )  # fmt: skip
    list_filter = ("state", "kind", "channel")
    list_select_related = ("channel", "alert__rule_version__rule")
    search_fields = ("title", "address", "alert__number")
    actions = ("dismiss",)
    fieldsets = (
        (None, {"fields": (("channel", "kind"), ("address", "alert"), "title", "text")}),
        (
            _("Delivery"),
            {"fields": (("state", "attempts"), ("created", "done"), "attempt_texts", "grouped")},
        ),
    )
    empty_reason = _("A message appears here when a route or a step leads to a channel.")

    def has_dismiss_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("monitoring.change_notification"))

    @admin.action(description=_("Dismiss what was given up"), permissions=["dismiss"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        count = dismiss_notifications(list(queryset.values_list("pk", flat=True)))
        messages.success(request, gettext("%(count)s dismissed.") % {"count": count})

    @admin.display(description=_("time (UTC+8)"), ordering="created_at")
    def created(self, row: Notification) -> str:
        return moment(row.created_at)

    @admin.display(description=_("sent or given up"), ordering="done_at")
    def done(self, row: Notification) -> str:
        return moment(row.done_at)

    @admin.display(description=_("attempts and results"))
    def attempt_texts(self, row: Notification) -> SafeString | str:
        return attempt_lines(row.log)

    @admin.display(description=_("result"))
    def result(self, row: Notification) -> str:
        return last_result(row.log) or NOTHING
