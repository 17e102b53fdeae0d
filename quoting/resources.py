"""CSV and XLSX columns of what is set for quoting; a value that does not fit is named."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from import_export.fields import Field

from quoting.models import (
    CurrencyHoliday,
    DataSource,
    Pair,
    QuoteChannel,
    QuoteLimit,
    QuotingTrader,
)
from riskgw.reference.resources import CodeWidget, RecordResource


def _named(column: str, model: type) -> Field:
    return Field(attribute=column, column_name=column, widget=CodeWidget(model, "name"))


class QuoteChannelResource(RecordResource):
    """Columns named as the channel's fields."""

    class Meta:
        model = QuoteChannel
        import_id_fields = ("name",)
        fields = (
            "name", "comp_id", "confirm", "confirm_ms", "on_unknown", "per_second", "burst",
            "is_enabled",
        )  # fmt: skip
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class DataSourceResource(RecordResource):
    """Columns named as the source's fields; of secrets only the names of their variables."""

    class Meta:
        model = DataSource
        import_id_fields = ("name",)
        fields = (
            "name", "kind", "host", "port", "path", "sender", "target", "username", "secret",
            "is_tls", "tls_servers", "tls_certificate", "keeps_numbers", "depth",
            "heartbeat_seconds", "silent_seconds", "pause_ms", "pause_ms_max", "speed",
            "is_enabled",
        )  # fmt: skip
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class QuotingTraderResource(RecordResource):
    """Columns name, dead_man_seconds."""

    class Meta:
        model = QuotingTrader
        import_id_fields = ("name",)
        fields = ("name", "dead_man_seconds")
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class QuoteLimitResource(RecordResource):
    """Columns scope, then the pair, trader or channel, then the three limits."""

    pair = _named("pair", Pair)
    trader = _named("trader", QuotingTrader)
    channel = _named("channel", QuoteChannel)

    class Meta:
        model = QuoteLimit
        import_id_fields = ("scope", "pair", "trader", "channel")
        fields = ("scope", "pair", "trader", "channel", "single_max", "net_max", "gross_max")
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class CurrencyHolidayResource(RecordResource):
    """Columns currency, day, name, source_note."""

    class Meta:
        model = CurrencyHoliday
        import_id_fields = ("currency", "day")
        fields = ("currency", "day", "name", "source_note")
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True


class PairResource(RecordResource):
    """Columns named as the pair's fields; its levels and choices are set on its page."""

    channel = _named("channel", QuoteChannel)
    trader = _named("trader", QuotingTrader)

    class Meta:
        model = Pair
        import_id_fields = ("name",)
        fields = (
            "name", "base", "terms", "trade_type", "decimals", "key_start", "key_len",
            "fraction_len", "big_figure_len", "step", "value_days", "roll_cut", "price_low",
            "price_high", "channel", "trader", "group", "unit_worth", "edit_scope", "profile",
            "is_enabled",
        )  # fmt: skip
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """What is stored of a pair is in ticks of its decimals."""
        others = Pair.objects.exclude(decimals=instance.decimals)
        if instance.pk and others.filter(pk=instance.pk).exists():
            raise ValidationError({"decimals": gettext("A pair keeps its decimals.")})
