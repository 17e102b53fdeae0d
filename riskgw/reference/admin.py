"""The admin site's pages for reference data, with import, export and history."""

from django.contrib import admin
from import_export.admin import ImportExportModelAdmin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.import_export.forms import ExportForm, ImportForm

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


class ReferenceAdmin(SimpleHistoryAdmin, ModelAdmin):
    """History on every record."""


class ImportedAdmin(ImportExportModelAdmin, ReferenceAdmin):
    """CSV and XLSX in and out; a file with a faulty row changes nothing."""

    import_form_class = ImportForm
    export_form_class = ExportForm


@admin.register(Exchange)
class ExchangeAdmin(ReferenceAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")


class EndpointInline(TabularInline):
    model = CounterEndpoint
    extra = 1


@admin.register(Counter)
class CounterAdmin(ReferenceAdmin):
    list_display = ("code", "name", "vendor")
    search_fields = ("code", "name", "vendor", "endpoints__value")
    inlines = (EndpointInline,)


class AccountInline(TabularInline):
    model = Account
    extra = 0
    fields = ("code", "exchange", "counter", "customer")
    autocomplete_fields = ("customer",)
    show_change_link = True


@admin.register(Customer)
class CustomerAdmin(ReferenceAdmin):
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(ControlGroup)
class ControlGroupAdmin(ReferenceAdmin):
    list_display = ("code", "name", "note")
    search_fields = ("code", "name", "account__code")
    inlines = (AccountInline,)


@admin.register(Account)
class AccountAdmin(ImportedAdmin):
    resource_classes = (AccountResource,)
    list_display = ("code", "exchange", "group", "customer", "counter", "market_maker", "hedge")
    list_filter = ("exchange", "counter", "market_maker", "hedge")
    list_select_related = ("exchange", "group", "customer", "counter")
    search_fields = ("code", "group__code", "customer__code")
    autocomplete_fields = ("group", "customer")


@admin.register(Contract)
class ContractAdmin(ImportedAdmin):
    resource_classes = (ContractResource,)
    list_display = (
        "symbol",
        "exchange",
        "name",
        "board",
        "tick",
        "lot",
        "order_quantity_max",
        "st",
    )
    list_filter = ("exchange", "board", "kind", "st")
    search_fields = ("symbol", "name")
