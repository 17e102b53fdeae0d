"""Raw records of counters' feeds, and what the computing module makes of them and of orders."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class MetricName(models.TextChoices):
    """The seven of B13, and what is owed in FX."""

    OPTION_OBLIGATION = "option_obligation", _("option market-making obligation")
    FUTURE_OBLIGATION = "future_obligation", _("futures market-making obligation")
    FX_OBLIGATION = "fx_obligation", _("FX market-making obligation")
    QUOTES = "quotes", _("quote statistics")
    FUNDS = "funds", _("fund statistics")
    CANCELS = "cancels", _("order and cancel statistics")
    LARGEST_ORDER = "largest_order", _("maximum order")
    PERMISSION = "permission", _("trading permission")


class RawRecord(models.Model):
    """An item of a counter's feed as it was delivered; never changed."""

    trading_day = models.DateField(_("trading day"))
    feed = models.CharField(_("feed"), max_length=20)
    source = models.CharField(_("source"), max_length=40)
    source_id = models.CharField(max_length=80)
    exchange = models.CharField(_("exchange"), max_length=12, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    symbol = models.CharField(_("symbol"), max_length=40, blank=True)
    time_ns = models.BigIntegerField()
    item = models.JSONField(_("as delivered"))

    class Meta:
        ordering = ["pk"]
        verbose_name = _("raw record")
        verbose_name_plural = _("raw records")
        indexes = [models.Index(fields=["trading_day", "id"], name="raw_of_day")]

    def __str__(self) -> str:
        return f"{self.source} {self.feed} {self.source_id}"


class _OfMetric(models.Model):
    """Whose figure: of an account, or of an account in a contract."""

    trading_day = models.DateField(_("trading day"))
    metric = models.CharField(_("metric"), max_length=20, choices=MetricName)
    exchange = models.CharField(_("exchange"), max_length=12, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    symbol = models.CharField(_("symbol"), max_length=40, blank=True)

    class Meta:
        abstract = True


_WHOSE = ("trading_day", "metric", "exchange", "account", "symbol")


class MetricFigure(_OfMetric):
    """The newest figure of a day, in 10**-6; computed from raw records and orders alone."""

    value = models.BigIntegerField(_("value"), null=True)
    as_of_ns = models.BigIntegerField()
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        ordering = ["metric", "exchange", "account", "symbol"]
        verbose_name = _("business figure")
        verbose_name_plural = _("business figures")
        constraints = [models.UniqueConstraint(fields=_WHOSE, name="one_figure_a_key")]

    def __str__(self) -> str:
        return f"{self.metric} {self.account} {self.symbol}"


class MetricPoint(_OfMetric):
    """A figure at the end of a minute in which it changed."""

    at_ns = models.BigIntegerField()
    value = models.BigIntegerField(_("value"))

    class Meta:
        ordering = ["at_ns"]
        verbose_name = _("point of a business figure")
        verbose_name_plural = _("points of business figures")
        constraints = [
            models.UniqueConstraint(fields=(*_WHOSE, "at_ns"), name="one_point_a_minute")
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.at_ns}"


class MetricStanding(_OfMetric):
    """How far a figure has climbed, so that nobody is told twice."""

    standing = models.CharField(_("standing"), max_length=12)
    episode = models.PositiveIntegerField(_("episode"), default=0)

    class Meta:
        verbose_name = _("standing of a business figure")
        verbose_name_plural = _("standings of business figures")
        constraints = [models.UniqueConstraint(fields=_WHOSE, name="one_standing_a_key")]

    def __str__(self) -> str:
        return f"{self.metric} {self.standing}"


class MetricThreshold(models.Model):
    """Both thresholds of a metric: for all, or for what is named; the narrowest row counts."""

    metric = models.CharField(_("metric"), max_length=20, choices=MetricName)
    exchange = models.CharField(_("exchange"), max_length=12, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    symbol = models.CharField(_("symbol"), max_length=40, blank=True)
    monitoring = models.DecimalField(
        _("monitoring threshold"), max_digits=18, decimal_places=6, null=True, blank=True,
        help_text=_("Beyond it people are prompted."),
    )  # fmt: skip
    risk = models.DecimalField(
        _("risk threshold"), max_digits=18, decimal_places=6, null=True, blank=True,
        help_text=_("Beyond it trading is restricted until somebody releases it."),
    )  # fmt: skip
    source_note = models.CharField(_("source"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["metric", "exchange", "account", "symbol"]
        verbose_name = _("threshold of a business metric")
        verbose_name_plural = _("thresholds of business metrics")
        constraints = [
            models.UniqueConstraint(
                fields=("metric", "exchange", "account", "symbol"), name="one_threshold_a_scope"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_metric_display()} {self.exchange} {self.account} {self.symbol}".strip()


class Obligation(models.Model):
    """What market makers owe in contracts of a kind, and from which day on."""

    class Kind(models.TextChoices):
        OPTION = "option", _("options")
        FUTURE = "future", _("futures")
        FX = "fx", _("foreign exchange")

    exchange = models.CharField(_("exchange"), max_length=12)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    product = models.CharField(
        _("product"), max_length=20, blank=True,
        help_text=_("Letters such as io, or a pair such as USD.CNY; empty: all."),
    )  # fmt: skip
    account = models.CharField(_("account"), max_length=40, blank=True)
    size_min = models.DecimalField(_("least quantity"), max_digits=12, decimal_places=3)
    spreads = models.JSONField(
        _("widest spreads"), help_text=_('By bid, rising: [["0", "2"], ["100", "4"]].')
    )
    presence_percent = models.DecimalField(_("presence (%)"), max_digits=9, decimal_places=6)
    response_percent = models.DecimalField(
        _("answered requests (%)"), max_digits=9, decimal_places=6
    )
    respond_within_ms = models.PositiveIntegerField(_("answer within (ms)"))
    hold_ms = models.PositiveIntegerField(_("answer stands for (ms)"))
    requests_apart_ms = models.PositiveIntegerField(_("requests apart by (ms)"), default=60_000)
    wants_auction = models.BooleanField(_("quote in the opening auction"), default=False)
    effective_from = models.DateField(_("from trading day"))
    source_note = models.CharField(_("source"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["exchange", "kind", "product", "account", "effective_from"]
        verbose_name = _("market-making obligation")
        verbose_name_plural = _("market-making obligations")
        constraints = [
            models.UniqueConstraint(
                fields=("exchange", "kind", "product", "account", "effective_from"),
                name="one_obligation_a_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.exchange} {self.kind} {self.product} {self.account}".strip()


class ObligationRelief(models.Model):
    """A window in which nothing is owed: a halt, a price at its limit, or what is granted."""

    class Reason(models.TextChoices):
        HALT = "halt", _("halt")
        LIMIT_PRICE = "limit_price", _("price at its limit")
        GRANTED = "granted", _("granted by the exchange")

    exchange = models.CharField(_("exchange"), max_length=12)
    product = models.CharField(_("product"), max_length=20, blank=True)
    symbol = models.CharField(_("symbol"), max_length=40, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason, default=Reason.GRANTED)
    source_note = models.CharField(_("source"), max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["-starts_at"]
        verbose_name = _("relief from obligations")
        verbose_name_plural = _("reliefs from obligations")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="relief_takes_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.exchange} {self.product or self.symbol} {self.starts_at}"
