"""What unload stores of the order flow: business events, errors, and what the check said."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.choices import EventChoice
from riskgw.messages.problem import EXCERPT_BYTES_MAX


class OrderRecord(models.Model):
    """A business event as a shard took it. Unknown text is empty, unknown numbers are null.

    Price in 10**-5 CNY, quantity in 10**-3 units, as in `riskgw.messages.event.Event`.
    """

    trading_day = models.DateField(_("trading day"))
    shard = models.PositiveSmallIntegerField()
    series = models.BigIntegerField(_("series number"))
    event = models.CharField(_("event"), max_length=14, choices=EventChoice)
    exchange = models.CharField(_("exchange"), max_length=12, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    symbol = models.CharField(_("symbol"), max_length=40, blank=True)
    side = models.CharField(_("side"), max_length=10, blank=True)
    price = models.BigIntegerField(_("price"), null=True, blank=True)
    quantity = models.BigIntegerField(_("quantity"), null=True, blank=True)
    origin = models.CharField(_("PBU or database"), max_length=80, blank=True)
    order_ref = models.CharField(_("order reference"), max_length=80, blank=True)
    cancel_of = models.CharField(_("cancels"), max_length=80, blank=True)
    exec_ref = models.CharField(_("execution"), max_length=80, blank=True)
    order_type = models.CharField(_("order type"), max_length=20, blank=True)
    tif = models.CharField(_("time in force"), max_length=20, blank=True)
    offset = models.CharField(_("open or close"), max_length=10, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, blank=True)
    counter = models.CharField(_("counter"), max_length=40, blank=True)
    access_system = models.CharField(_("access system"), max_length=40, blank=True)
    conn = models.CharField(_("connection"), max_length=120, blank=True)
    time_ns = models.BigIntegerField()
    at_ns = models.BigIntegerField()
    late = models.BooleanField(_("late"), default=False)

    class Meta:
        ordering = ["-time_ns", "-pk"]
        verbose_name = _("order event")
        verbose_name_plural = _("order events")
        constraints = [
            models.UniqueConstraint(
                fields=["trading_day", "shard", "series"], name="order_stored_once"
            ),
            models.CheckConstraint(
                condition=models.Q(event__in=EventChoice.values), name="order_event_known"
            ),
        ]
        indexes = [
            models.Index(fields=["time_ns"], name="order_time"),
            models.Index(fields=["account", "time_ns"], name="order_account_time"),
            models.Index(fields=["symbol", "time_ns"], name="order_symbol_time"),
            models.Index(fields=["order_ref"], name="order_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.event}"

    @property
    def number(self) -> str:
        """Trading day, shard and series number."""
        return f"{self.trading_day}.{self.shard}.{self.series}"


class ErrorOrder(models.Model):
    """What could not become a judged order, and why: refused, unparsable, a report without one."""

    # Where it comes from, so that it is stored once: source and place, or shard and series.
    number = models.CharField(max_length=160, unique=True)
    trading_day = models.DateField(_("trading day"))
    at = models.DateTimeField(_("time"))
    at_ns = models.BigIntegerField()
    # A problem kind, or `reject` and `cancel_reject`.
    problem = models.CharField(_("problem"), max_length=20)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    exchange = models.CharField(_("exchange"), max_length=12, blank=True)
    account = models.CharField(_("account"), max_length=40, blank=True)
    symbol = models.CharField(_("symbol"), max_length=40, blank=True)
    order_ref = models.CharField(_("order reference"), max_length=80, blank=True)
    conn = models.CharField(_("connection"), max_length=120, blank=True)
    size = models.BigIntegerField(_("bytes"), default=0)
    protocol = models.CharField(_("protocol"), max_length=20, blank=True)
    # Whose stream, `up` from the client; where in it, in bytes from the first one seen.
    direction = models.CharField(_("direction"), max_length=4, blank=True)
    position = models.BigIntegerField(_("position"), null=True, blank=True)
    # What stands there in hex, passwords hidden.
    excerpt = models.CharField(_("bytes there"), max_length=2 * EXCERPT_BYTES_MAX, blank=True)

    class Meta:
        ordering = ["-at_ns", "-pk"]
        verbose_name = _("error order")
        verbose_name_plural = _("error orders")
        indexes = [
            models.Index(fields=["trading_day", "problem"]),
            models.Index(fields=["at_ns"], name="error_time"),
        ]

    def __str__(self) -> str:
        return f"{self.problem} {self.reason}"


class CheckResult(models.Model):
    """What the rules said to one order: passed, or the numbers of the alerts it raised."""

    class Verdict(models.TextChoices):
        PASSED = "passed", _("passed")
        ALERTED = "alerted", _("alerted")

    trading_day = models.DateField(_("trading day"))
    shard = models.PositiveSmallIntegerField()
    series = models.BigIntegerField(_("series number"))
    order_ref = models.CharField(_("order reference"), max_length=80, blank=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    alerts = models.JSONField(_("alerts"), default=list)

    class Meta:
        ordering = ["-trading_day", "shard", "-series"]
        verbose_name = _("check result")
        verbose_name_plural = _("check results")
        constraints = [
            models.UniqueConstraint(
                fields=["trading_day", "shard", "series"], name="check_stored_once"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["passed", "alerted"]), name="verdict_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trading_day}.{self.shard}.{self.series} {self.verdict}"
