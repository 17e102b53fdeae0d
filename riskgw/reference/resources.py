"""CSV and XLSX columns of reference data; a value that does not fit is named."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import BooleanField, DecimalField
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from import_export.fields import Field
from import_export.resources import Diff, ModelResource
from import_export.widgets import BooleanWidget, DecimalWidget, ForeignKeyWidget, Widget

from riskgw.reference.actions.set_marks import set_addresses, set_endpoints
from riskgw.reference.models import (
    AccessSystem,
    Account,
    CalendarDay,
    Contract,
    ControlGroup,
    Counter,
    CounterEndpoint,
    Customer,
    Exchange,
    ExchangeCalendar,
    SessionTable,
)
from riskgw.reference.models.counter import mark_text

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


class MarksWidget(Widget):
    """Several marks of one kind in one cell, with semicolons between them."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> tuple[str, ...]:
        words = [word for word in str("" if value is None else value).split(";") if word.strip()]
        try:
            return tuple(sorted({mark_text(self._kind, word) for word in words}))
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "; ".join(value or ())


class MarksField(Field):
    """Rows of another table: what the file says of them, else what is stored."""

    def __init__(self, column: str, kind: str) -> None:
        super().__init__(attribute=column, column_name=column, widget=MarksWidget(kind))
        self.kind = kind

    def get_value(self, instance: Any) -> tuple[str, ...]:
        wanted = self.wanted(instance)
        if wanted is not None or instance.pk is None:
            return wanted or ()
        return tuple(sorted(_stored_marks(instance, self.kind)))

    def save(self, instance: Any, row: Any, is_m2m: bool = False, **kwargs: Any) -> None:
        setattr(instance, f"{self.column_name}_wanted", self.clean(row, **kwargs))

    def wanted(self, instance: Any) -> tuple[str, ...] | None:
        """What the file says; None if it has no such column."""
        return getattr(instance, f"{self.column_name}_wanted", None)


def _stored_marks(owner: Counter | AccessSystem, kind: str) -> list[str]:
    if isinstance(owner, AccessSystem):
        return [each.value for each in owner.addresses.all()]
    return [each.value for each in owner.endpoints.all() if each.kind == kind]


class MarkedResource(RecordResource):
    """A record with marks of its own, stored together with it."""

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        for field in self.get_import_fields():
            wanted = field.wanted(instance) if isinstance(field, MarksField) else None
            if wanted is None:
                continue
            try:
                if isinstance(instance, AccessSystem):
                    set_addresses(instance, wanted)
                else:
                    set_endpoints(instance, field.kind, wanted)
            except ValidationError as error:
                raise ValidationError({field.attribute: error.messages}) from None


class CounterResource(MarkedResource):
    """Columns code, name, vendor, note, is_active; pbus, databases, addresses as lists."""

    pbus = MarksField("pbus", CounterEndpoint.Kind.PBU)
    databases = MarksField("databases", CounterEndpoint.Kind.DATABASE)
    addresses = MarksField("addresses", CounterEndpoint.Kind.ADDRESS)

    class Meta:
        model = Counter
        import_id_fields = ("code",)
        fields = (
            "code", "name", "vendor", "note", "is_active", "pbus", "databases", "addresses",
        )  # fmt: skip
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class AccessSystemResource(MarkedResource):
    """Columns code, name, vendor, kind, counter, note, is_active; addresses as a list."""

    counter = _named("counter", Counter)
    addresses = MarksField("addresses", CounterEndpoint.Kind.ADDRESS)

    class Meta:
        model = AccessSystem
        import_id_fields = ("code",)
        fields = ("code", "name", "vendor", "kind", "counter", "note", "is_active", "addresses")
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class MaybeWidget(FlagWidget):
    """Yes, no, or nothing said."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        if str("" if value is None else value).strip() == "":
            return None
        return super().clean(value, row, **kwargs)


class ExchangeCalendarResource(RecordResource):
    """Columns exchange, known_until, source_note."""

    exchange = _named("exchange", Exchange)

    class Meta:
        model = ExchangeCalendar
        import_id_fields = ("exchange",)
        fields = ("exchange", "known_until", "source_note")
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class CalendarDayResource(RecordResource):
    """Columns exchange, day, is_open, has_night, note; the exchange has a calendar."""

    exchange = Field("calendar", "exchange", CodeWidget(ExchangeCalendar, "exchange_id"))
    has_night = Field("has_night", "has_night", MaybeWidget())

    class Meta:
        model = CalendarDay
        import_id_fields = ("exchange", "day")
        fields = ("exchange", "day", "is_open", "has_night", "note")
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class SessionTableResource(RecordResource):
    """Columns exchange, products, effective_from, phases, source_note; phases by semicolons."""

    exchange = _named("exchange", Exchange)

    class Meta:
        model = SessionTable
        import_id_fields = ("exchange", "products", "effective_from")
        fields = ("exchange", "products", "effective_from", "phases", "source_note")
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True
