"""CSV and XLSX columns of accounts and contracts; a value that does not fit is named."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import BooleanField, DecimalField
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from import_export.fields import Field
from import_export.resources import Diff, ModelResource
from import_export.widgets import BooleanWidget, DecimalWidget, ForeignKeyWidget

from riskgw.reference.models import Account, Contract, ControlGroup, Counter, Customer, Exchange

_FLAGS = {
    "1": True, "true": True, "yes": True, "是": True,
    "0": False, "false": False, "no": False, "否": False, "": False,
}  # fmt: skip


class CodeWidget(ForeignKeyWidget):
    """Another record by its code."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except ObjectDoesNotExist:
            values = {"kind": self.model._meta.verbose_name, "code": value}  # noqa: SLF001  # public
            raise ValueError(gettext('There is no %(kind)s "%(code)s".') % values) from None


class NumberWidget(DecimalWidget):
    """Plain decimals, out without trailing zeros; in a spreadsheet they stay numbers."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Decimal | None:
        try:
            number: Decimal | None = super().clean(value, row, **kwargs)
        except InvalidOperation:
            raise ValueError(gettext('"%(text)s" is no number.') % {"text": value}) from None
        return number

    def render(self, value: Decimal | None, obj: Any = None, **kwargs: Any) -> Any:
        if kwargs.get("force_native_type"):
            return value
        return "" if value is None else f"{Decimal(value).normalize():f}"


class FlagWidget(BooleanWidget):
    """Yes or no; an empty cell is no, and anything else is refused rather than guessed."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        text = str("" if value is None else value).strip().lower()
        if text not in _FLAGS:
            raise ValueError(gettext('"%(text)s" is neither 1 nor 0.') % {"text": value})
        return _FLAGS[text]


class CellDiff(Diff):
    """Old and new cells as wholes: a number is not read digit by digit."""

    def as_html(self) -> list[SafeString]:
        return [self._cell(old, new) for old, new in zip(self.left, self.right, strict=True)]

    def _cell(self, old: Any, new: Any) -> SafeString:
        if old == new:
            return conditional_escape(new)
        if self.new or old in ("", None):
            return format_html("<ins>{}</ins>", new)
        return format_html("<del>{}</del> <ins>{}</ins>", old, new)


class RecordResource(ModelResource):
    """Says in the reader's language which columns a file lacks."""

    def get_diff_class(self) -> type[Diff]:
        return CellDiff

    @classmethod
    def widget_from_django_field(cls, f: Any, *default: Any) -> Any:
        if isinstance(f, DecimalField):
            return NumberWidget
        if isinstance(f, BooleanField):
            return FlagWidget
        return super().widget_from_django_field(f, *default)

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        missing = [name for name in self.get_import_id_fields() if name not in dataset.headers]
        if missing:
            text = gettext("The file lacks the columns: %(columns)s.")
            raise ValueError(text % {"columns": ", ".join(missing)})


def _named(column: str, model: type) -> Field:
    return Field(attribute=column, column_name=column, widget=CodeWidget(model, "code"))


class AccountResource(RecordResource):
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


class ContractResource(RecordResource):
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
