"""The admin site's pages for reference data and users: import, export, history that only shows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from axes.admin import AccessAttemptAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from import_export.formats.base_formats import CSV, XLSX
from rest_framework.authtoken.admin import TokenAdmin as FrameworkTokenAdmin
from rest_framework.authtoken.models import TokenProxy
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
)

from riskgw.reference.models import (
    Account,
    Contract,
    ControlGroup,
    Counter,
    CounterEndpoint,
    Customer,
    Exchange,
)
from riskgw.reference.resources import AccountResource, ContractResource

NOTHING = "–"
_ACTIONS = {
    "view": _("view"),
    "add": _("add"),
    "change": _("change"),
    "delete": _("delete"),
}


def number_text(value: Decimal | int | str | None) -> str:
    """A number as lists show it: grouped by thousands, without trailing zeros."""
    return NOTHING if value is None else f"{Decimal(value).normalize():,f}"


class NumberWidget(UnfoldAdminDecimalFieldWidget):
    """Shows 16000, where the column would say 16000.00000000."""

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal):
            value = f"{value.normalize():f}"
        text: str | None = super().format_value(value)
        return text


class RecordAdmin(SimpleHistoryAdmin, ModelAdmin):
    """A record with its history. The past is read here, never put back.

    Putting an old row back would pass by the checks that stand between rows, and by publishing.
    """

    formfield_overrides = {DecimalField: {"widget": NumberWidget}}
    compressed_fields = False
    warn_unsaved_form = True
    empty_value_display = NOTHING
    # For who may only look: the method that shows a field better than its raw value would.
    shown_instead: Mapping[str, str] = {}

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        response: HttpResponse = super().history_form_view(
            request, object_id, version_id, extra_context
        )
        return response

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_past(request) and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        names = tuple(super().get_readonly_fields(request, obj))
        if not _is_past(request):
            return names
        columns = (each.name for each in self.opts.fields if not each.auto_created)
        return (*names, *columns, *self.shown_instead.values())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, options | {"fields": [self._shown(row) for row in options["fields"]]})
            for title, options in fieldsets
        ]

    def _shown(self, row: Any) -> Any:
        if isinstance(row, str):
            return self.shown_instead.get(row, row)
        return tuple(self._shown(each) for each in row)


def _is_past(request: HttpRequest) -> bool:
    """Whether the page shows a record as it once was."""
    match = request.resolver_match
    return match is not None and (match.url_name or "").endswith("_simple_history")


class ImportedAdmin(ImportExportModelAdmin, RecordAdmin):
    """CSV and XLSX in and out; a file with a faulty row changes nothing."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = (CSV, XLSX)
    import_error_display = ("message", "row")

    def has_import_permission(self, request: HttpRequest) -> bool:
        may_add: bool = self.has_add_permission(request)
        return may_add and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        may_view: bool = self.has_view_permission(request)
        return may_view


@admin.register(Exchange)
class ExchangeAdmin(RecordAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")
    empty_reason = _("Exchanges come with the base data, or are added here.")


class EndpointInline(TabularInline):
    model = CounterEndpoint
    extra = 0
    hide_title = True


@admin.register(Counter)
class CounterAdmin(RecordAdmin):
    list_display = ("code", "name", "vendor")
    search_fields = ("code", "name", "vendor", "endpoints__value")
    inlines = (EndpointInline,)
    empty_reason = _("Counters come with the base data, or are added here.")


class AccountInline(TabularInline):
    model = Account
    extra = 0
    fields = ("code", "exchange", "counter", "customer")
    autocomplete_fields = ("customer",)
    show_change_link = True
    hide_title = True


@admin.register(Customer)
class CustomerAdmin(RecordAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")
    empty_reason = _("Customers come with the base data, or are added here.")


@admin.register(ControlGroup)
class ControlGroupAdmin(RecordAdmin):
    list_display = ("code", "name", "note")
    search_fields = ("code", "name", "account__code")
    inlines = (AccountInline,)
    empty_reason = _("Without groups each account is judged on its own. Groups are added here.")


@admin.register(Account)
class AccountAdmin(ImportedAdmin):
    resource_classes = (AccountResource,)
    list_display = ("code", "exchange", "group", "customer", "counter", "market_maker", "hedge")
    list_filter = ("exchange", "counter", "market_maker", "hedge")
    list_select_related = ("exchange", "group", "customer", "counter")
    search_fields = ("code", "group__code", "customer__code")
    autocomplete_fields = ("group", "customer")
    fieldsets = (
        (None, {"fields": (("code", "exchange", "kind"), ("customer", "group"))}),
        (None, {"fields": (("counter", "branch"), ("market_maker", "hedge"))}),
    )
    empty_reason = _("Accounts come with the base data, from an imported file, or are added here.")


@admin.register(Contract)
class ContractAdmin(ImportedAdmin):
    resource_classes = (ContractResource,)
    list_display = (
        "symbol",
        "exchange",
        "name",
        "board",
        "tick_number",
        "lot_number",
        "largest_number",
        "st",
    )
    list_filter = ("exchange", "board", "kind", "st")
    search_fields = ("symbol", "name")
    fieldsets = (
        (None, {"fields": (("symbol", "exchange", "name"), ("kind", "board", "st"))}),
        (None, {"fields": (("tick", "lot", "multiplier"),)}),
        (None, {"fields": (("previous_close", "high_limit", "low_limit"),)}),
        (None, {"fields": (("order_quantity_max", "market_quantity_max"),)}),
    )
    shown_instead = {
        "tick": "tick_number",
        "lot": "lot_number",
        "order_quantity_max": "largest_number",
    }
    empty_reason = _("Contracts come with the base data, from an imported file, or are added here.")

    @admin.display(description=_("tick (CNY)"), ordering="tick")
    def tick_number(self, contract: Contract) -> str:
        return number_text(contract.tick)

    @admin.display(description=_("lot (shares)"), ordering="lot")
    def lot_number(self, contract: Contract) -> str:
        return number_text(contract.lot)

    @admin.display(description=_("largest limit order (shares)"), ordering="order_quantity_max")
    def largest_number(self, contract: Contract) -> str:
        return number_text(contract.order_quantity_max)


for _model in (User, Group, TokenProxy, AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(_model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User], ModelAdmin):
    """Who may sign in, and in which role."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "role_names", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    # What a user may do comes from roles alone.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (None, {"fields": ("groups", "is_active", "is_staff", "is_superuser")}),
        (None, {"fields": (("first_name", "last_name", "email"), ("last_login", "date_joined"))}),
    )

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or NOTHING

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Group)
class RoleAdmin(DjangoGroupAdmin, ModelAdmin):
    """Roles, as the code defines them: each start sets them right again."""

    list_display = ("name", "rights")
    fields = ("name", "rights")

    @admin.display(description=_("rights"))
    def rights(self, role: Group) -> SafeString:
        by_model: dict[str, list[str]] = {}
        for permission in role.permissions.select_related("content_type"):
            action = permission.codename.partition("_")[0]
            by_model.setdefault(permission.content_type.name, []).append(action)
        return format_html_join(
            "",
            "<div>{}: {}</div>",
            (
                (model, ", ".join(str(_ACTIONS[each]) for each in _ACTIONS if each in actions))
                for model, actions in sorted(by_model.items())
            ),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TokenProxy)
class TokenAdmin(FrameworkTokenAdmin, ModelAdmin):
    """Which users have a key for programs; the key itself is not shown."""

    list_display = ("user", "created")


@admin.register(AccessAttempt)
class AttemptAdmin(AccessAttemptAdmin, ModelAdmin):
    """Failed sign-ins; deleting one lets its user try again."""

    empty_reason = _("Nobody has failed to sign in.")


@admin.register(AccessLog)
class SignInAdmin(AccessLogAdmin, ModelAdmin):
    """Who signed in, when and from where."""

    empty_reason = _("Nobody has signed in yet.")
