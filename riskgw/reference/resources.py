"""CSV and XLSX columns of accounts and contracts."""

from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from riskgw.reference.models import Account, Contract, ControlGroup, Counter, Customer, Exchange


def _named(column: str, model: type, by: str = "code") -> Field:
    return Field(attribute=column, column_name=column, widget=ForeignKeyWidget(model, by))


class AccountResource(ModelResource):
    """Columns account, exchange, customer, group, counter, branch, kind, market_maker, hedge."""

    account = Field(attribute="code", column_name="account")
    exchange = _named("exchange", Exchange)
    customer = _named("customer", Customer)
    group = _named("group", ControlGroup)
    counter = _named("counter", Counter)

    class Meta:
        model = Account
        import_id_fields = ("exchange", "account")
        fields = (
            "account", "exchange", "customer", "group", "counter", "branch", "kind",
            "market_maker", "hedge",
        )  # fmt: skip
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class ContractResource(ModelResource):
    """Columns symbol to st, named as the contract's fields."""

    exchange = _named("exchange", Exchange)

    class Meta:
        model = Contract
        import_id_fields = ("exchange", "symbol")
        fields = (
            "symbol", "exchange", "name", "kind", "board", "tick", "lot", "multiplier",
            "previous_close", "high_limit", "low_limit", "order_quantity_max",
            "market_quantity_max", "st",
        )  # fmt: skip
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True
