"""Webhooks and their deliveries; dead letters are sent again from here."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from monitoring.actions.dismiss_deliveries import dismiss_webhooks
from monitoring.actions.resend_webhook import resend_webhooks
from monitoring.admin.sent import attempt_lines, last_result, moment
from monitoring.models import WebhookDelivery, WebhookEndpoint
from monitoring.models.webhook import TopicChoice
from riskgw.env import secret_named
from riskgw.reference.admin.records import ReadOnlyAdmin, RecordAdmin, list_text, number_text


class EndpointForm(forms.ModelForm[WebhookEndpoint]):
    """Topics come from a closed list."""

    topics = forms.MultipleChoiceField(
        label=capfirst(_("topics")),
        choices=TopicChoice.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "url", "variable", "topics", "is_active")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(RecordAdmin):
    """The secret is never shown: it is one of the environment."""

    form = EndpointForm
    list_display = (
        "name", "url", "topic_names", "variable", "set_text", "is_active", "waiting_number",
        "dead_number",
    )  # fmt: skip
    list_filter = ("is_active",)
    search_fields = ("name", "url")
    fieldsets = ((None, {"fields": (("name", "is_active"), "url", "variable", "topics")}),)
    shown_instead = {"topics": "topic_names"}
    history_texts = {"topics": list_text}
    empty_reason = _("Programs that are called when something happens are added here.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        endpoints: QuerySet[WebhookEndpoint] = super().get_queryset(request)
        state = WebhookDelivery.State
        return endpoints.annotate(
            waiting=Count("deliveries", filter=Q(deliveries__state=state.PENDING)),
            dead=Count("deliveries", filter=Q(deliveries__state=state.DEAD)),
        )

    @admin.display(description=_("topics"))
    def topic_names(self, endpoint: WebhookEndpoint) -> str:
        return list_text(TopicChoice(each).label for each in endpoint.topics)

    @admin.display(description=_("variable is set"), boolean=True)
    def set_text(self, endpoint: WebhookEndpoint) -> bool:
        return secret_named(endpoint.variable) is not None

    @admin.display(description=_("waiting"), ordering="waiting")
    def waiting_number(self, endpoint: Any) -> str:
        return number_text(endpoint.waiting)

    @admin.display(description=_("dead letters"), ordering="dead")
    def dead_number(self, endpoint: Any) -> str:
        return number_text(endpoint.dead)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """Every message, with every attempt."""

    list_display = (
        "created", "endpoint", "topic", "state", "attempts", "result", "due", "uid",
    )  # fmt: skip
    list_filter = ("state", "topic", "endpoint")
    list_select_related = ("endpoint",)
    search_fields = ("uid", "body")
    actions = ("send_again", "dismiss")
    fieldsets = (
        (None, {"fields": (("endpoint", "topic"), "uid", "body")}),
        (
            _("Delivery"),
            {"fields": (("state", "attempts"), ("created", "due", "done"), "attempt_texts")},
        ),
    )
    empty_reason = _("A delivery appears here when something happens that a webhook wants.")

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("monitoring.change_webhookdelivery"))

    @admin.action(description=_("Send dead letters again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        count = resend_webhooks(list(queryset.values_list("pk", flat=True)))
        messages.success(request, gettext("%(count)s are sent again.") % {"count": count})

    def has_dismiss_permission(self, request: HttpRequest) -> bool:
        return self.has_send_again_permission(request)

    @admin.action(description=_("Dismiss dead letters"), permissions=["dismiss"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        count = dismiss_webhooks(list(queryset.values_list("pk", flat=True)))
        messages.success(request, gettext("%(count)s dismissed.") % {"count": count})

    @admin.display(description=_("time (UTC+8)"), ordering="created_at")
    def created(self, row: WebhookDelivery) -> str:
        return moment(row.created_at)

    @admin.display(description=_("next attempt"), ordering="due_at")
    def due(self, row: WebhookDelivery) -> str:
        return moment(row.due_at if row.state == WebhookDelivery.State.PENDING else None)

    @admin.display(description=_("delivered or given up"), ordering="done_at")
    def done(self, row: WebhookDelivery) -> str:
        return moment(row.done_at)

    @admin.display(description=_("attempts and results"))
    def attempt_texts(self, row: WebhookDelivery) -> SafeString | str:
        return attempt_lines(row.log)

    @admin.display(description=_("result"))
    def result(self, row: WebhookDelivery) -> str:
        return last_result(row.log)
