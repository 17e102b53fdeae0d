"""Reference data, with import and export."""

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from import_export.formats.base_formats import CSV, XLSX
from import_export.results import Result
from unfold.admin import TabularInline
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from riskgw.reference.admin.records import (
    NOTHING,
    ReadOnlyAdmin,
    RecordAdmin,
    list_text,
    number_text,
)
from riskgw.reference.models import (
    AccessAddress,
    AccessSystem,
    Account,
    ContactPoint,
    Contract,
    ControlGroup,
    Counter,
    CounterEndpoint,
    Customer,
    Exchange,
    OvernightPosition,
)
from riskgw.reference.models.counter import mark_text
from riskgw.reference.resources import (
    AccessSystemResource,
    AccountResource,
    ContractResource,
    CounterResource,
)


class ImportedAdmin(ImportExportModelAdmin, RecordAdmin):
    """CSV and XLSX in and out; a file with a faulty row changes nothing."""

    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = (CSV, XLSX)
    # With a byte order mark, by which Excel knows Chinese.
    to_encoding = "utf-8-sig"

    def has_import_permission(self, request: HttpRequest) -> bool:
        may_add: bool = self.has_add_permission(request)
        return may_add and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        may_view: bool = self.has_view_permission(request)
        return may_view

    def get_import_data_kwargs(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        wanted: dict[str, Any] = super().get_import_data_kwargs(*args, **kwargs)
        return wanted | {"rollback_on_validation_errors": True}

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """A file that was good when it was shown may be faulty when it is confirmed."""
        if result.has_errors() or result.has_validation_errors():
            text = gettext("Nothing was imported: the file no longer fits the stored data.")
            messages.error(request, text)
            return HttpResponseRedirect(request.path.replace("process_import", "import"))
        response: HttpResponse = super().process_result(result, request)
        return response


@admin.register(Exchange)
class ExchangeAdmin(RecordAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")
    empty_reason = _("Exchanges come with the base data, or are added here.")


class MarkForm(forms.ModelForm[Any]):
    """Written in one way before rows are compared: 10.1.0.7/32 is 10.1.0.7."""

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        kind = values.get("kind", CounterEndpoint.Kind.ADDRESS)
        with suppress(ValidationError):  # which the record itself reports
            values["value"] = mark_text(kind, values.get("value") or "")
        return values


class EndpointInline(TabularInline):
    model = CounterEndpoint
    form = MarkForm
    extra = 0
    hide_title = True


@admin.register(Counter)
class CounterAdmin(ImportedAdmin):
    resource_classes = (CounterResource,)
    list_display = ("code", "name", "vendor", "is_active", "marks")
    list_filter = ("is_active",)
    search_fields = ("code", "name", "vendor", "endpoints__value")
    inlines = (EndpointInline,)
    fieldsets = ((None, {"fields": (("code", "name"), ("vendor", "is_active"), "note")}),)
    empty_reason = _("Counters come with the base data, or are added here.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Counter]:
        counters: QuerySet[Counter] = super().get_queryset(request)
        return counters.prefetch_related("endpoints")

    @admin.display(description=_("PBUs, databases, addresses"))
    def marks(self, counter: Counter) -> str:
        return list_text(each.value for each in counter.endpoints.all()) or NOTHING


class AddressInline(TabularInline):
    model = AccessAddress
    form = MarkForm
    extra = 0
    hide_title = True


@admin.register(AccessSystem)
class AccessSystemAdmin(ImportedAdmin):
    resource_classes = (AccessSystemResource,)
    list_display = ("code", "name", "vendor", "kind", "counter", "is_active", "marks")
    list_filter = ("kind", "counter", "is_active")
    list_select_related = ("counter",)
    search_fields = ("code", "name", "vendor", "addresses__value")
    inlines = (AddressInline,)
    fieldsets = (
        (None, {"fields": (("code", "name"), ("vendor", "kind"), ("counter", "is_active"))}),
        (None, {"fields": ("note",)}),
    )
    empty_reason = _("Systems in front of a counter, or behind it, are added here.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessSystem]:
        systems: QuerySet[AccessSystem] = super().get_queryset(request)
        return systems.prefetch_related("addresses")

    @admin.display(description=_("addresses"))
    def marks(self, system: AccessSystem) -> str:
        return list_text(each.value for each in system.addresses.all()) or NOTHING


class AccountInline(TabularInline):
    model = Account
    extra = 0
    fields = ("code", "exchange", "counter", "customer")
    autocomplete_fields = ("customer",)
    show_change_link = True
    hide_title = True


class ContactInline(TabularInline):
    model = ContactPoint
    extra = 0
    fields = ("kind", "channel", "address", "language", "is_active")
    hide_title = True


@admin.register(ContactPoint)
class ContactPointAdmin(RecordAdmin):
    """Where customers get their warnings."""

    list_display = ("customer", "account", "kind", "channel", "address", "language", "is_active")
    list_filter = ("kind", "channel", "is_active")
    list_select_related = ("customer", "account")
    search_fields = ("customer__code", "account__code", "address")
    autocomplete_fields = ("customer", "account")
    fieldsets = (
        (None, {"fields": (("customer", "account"), ("kind", "channel"))}),
        (None, {"fields": (("address", "language"), "is_active")}),
    )
    empty_reason = _("Without contact points, customers are warned by their counters only.")


@admin.register(Customer)
class CustomerAdmin(RecordAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")
    inlines = (ContactInline,)
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
        (None, {"fields": (("counter", "branch"), ("market_maker", "hedge"), "permissions")}),
    )
    empty_reason = _("Accounts come with the base data, from an imported file, or are added here.")


class ContractForm(forms.ModelForm[Contract]):
    """Every number says its unit."""

    class Meta:
        model = Contract
        fields = (
            "symbol", "exchange", "name", "kind", "board", "st", "tick", "lot", "multiplier",
            "previous_close", "high_limit", "low_limit", "order_quantity_max",
            "market_quantity_max", "same_day", "severe_volatility", "pool", "index",
        )  # fmt: skip
        labels = {
            "tick": capfirst(_("tick (CNY)")),
            "lot": capfirst(_("lot (shares)")),
            "previous_close": capfirst(_("previous close (CNY)")),
            "high_limit": capfirst(_("high limit (CNY)")),
            "low_limit": capfirst(_("low limit (CNY)")),
            "order_quantity_max": capfirst(_("largest limit order (shares)")),
            "market_quantity_max": capfirst(_("largest market order (shares)")),
        }


@admin.register(OvernightPosition)
class OvernightPositionAdmin(ReadOnlyAdmin):
    """What accounts hold as a day begins; counters and base data tell it, people do not."""

    list_display = (
        "account", "symbol", "side", "quantity_label", "sellable_label", "trading_day", "source",
    )  # fmt: skip
    list_filter = ("trading_day", "side", "source")
    list_select_related = ("account",)
    search_fields = ("account__code", "symbol")
    fieldsets = (
        (None, {"fields": (("account", "symbol", "side"), ("quantity_label", "sellable_label"))}),
        (None, {"fields": (("trading_day", "source"),)}),
    )
    empty_reason = _("No counter has told yet what its accounts hold.")

    @admin.display(description=_("quantity"), ordering="quantity")
    def quantity_label(self, row: OvernightPosition) -> str:
        return number_text(row.quantity)

    @admin.display(description=_("sellable"), ordering="sellable")
    def sellable_label(self, row: OvernightPosition) -> str:
        return number_text(row.quantity if row.sellable is None else row.sellable)


@admin.register(Contract)
class ContractAdmin(ImportedAdmin):
    resource_classes = (ContractResource,)
    form = ContractForm
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
        (None, {"fields": (("same_day", "severe_volatility", "pool", "index"),)}),
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
