"""Data sources: where market prices come from."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from quoting.domain.source_settings import DEPTH_MAX
from quoting.models.choices import SourceKindChoice

NAME_MAX = 20
SECONDS_MAX, PAUSE_MS_MAX, SPEED_MAX = 3600, 60_000, 1_000_000
# A row names the variable that holds the secret; no other variable can be read by it.
SECRET_PREFIX = "RISKGW_SOURCE_"  # noqa: S105  # the beginning of a variable's name
_name = RegexValidator(r"^[A-Z0-9_.]+$", _("Capital letters, digits, _ and . only."))
_secret = RegexValidator(rf"^{SECRET_PREFIX}[A-Z0-9_]+$", _("A name such as RISKGW_SOURCE_CMDS."))


class DataSource(models.Model):
    """What it is and where it is; which pairs are asked of it the choices of the pairs say."""

    name = models.CharField(_("name"), max_length=NAME_MAX, unique=True, validators=[_name])
    kind = models.CharField(_("kind"), max_length=8, choices=SourceKindChoice)
    host = models.CharField(_("host"), max_length=200, blank=True, default="127.0.0.1")
    port = models.PositiveIntegerField(_("port"), default=0, validators=[MaxValueValidator(65_535)])
    path = models.CharField(
        _("path"), max_length=400, blank=True, help_text=_("Of the WebSocket, or the tape's file.")
    )
    sender = models.CharField(_("our comp id"), max_length=40, default="RISKGW")
    target = models.CharField(_("its comp id"), max_length=40, blank=True, default="CMDS")
    username = models.CharField(_("user name"), max_length=80, blank=True)
    secret = models.CharField(
        _("variable of the password"), max_length=80, blank=True, validators=[_secret],
        help_text=_("The name of an environment variable; passwords are not kept here."),
    )  # fmt: skip
    is_tls = models.BooleanField(_("TLS"), default=False)
    tls_servers = models.CharField(
        _("file of trusted certificates"), max_length=400, blank=True,
        help_text=_("Empty: those the machine trusts."),
    )  # fmt: skip
    tls_certificate = models.CharField(_("file of our certificate"), max_length=400, blank=True)
    keeps_numbers = models.BooleanField(
        _("keeps sequence numbers"), default=False,
        help_text=_("Otherwise every logon begins with 1."),
    )  # fmt: skip
    depth = models.PositiveSmallIntegerField(
        _("depth"), default=0, validators=[MaxValueValidator(DEPTH_MAX)],
        help_text=_("Steps a side that are asked for; 0: all there are."),
    )  # fmt: skip
    heartbeat_seconds = models.PositiveSmallIntegerField(
        _("heartbeat (s)"), default=1,
        validators=[MinValueValidator(1), MaxValueValidator(SECONDS_MAX)],
    )  # fmt: skip
    silent_seconds = models.PositiveSmallIntegerField(
        _("lost after silence of (s)"), default=3, validators=[MaxValueValidator(SECONDS_MAX)]
    )
    pause_ms = models.PositiveIntegerField(
        _("first pause before another try (ms)"), default=250,
        validators=[MinValueValidator(1), MaxValueValidator(PAUSE_MS_MAX)],
    )  # fmt: skip
    pause_ms_max = models.PositiveIntegerField(
        _("longest pause (ms)"), default=5000, validators=[MaxValueValidator(PAUSE_MS_MAX)]
    )
    speed = models.PositiveIntegerField(
        _("speed of a tape"), default=1, validators=[MaxValueValidator(SPEED_MAX)],
        help_text=_("0: as fast as can be."),
    )  # fmt: skip
    is_enabled = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        verbose_name = _("data source")
        verbose_name_plural = _("data sources")

    def __str__(self) -> str:
        return self.name


class SourceSymbol(models.Model):
    """What a source calls a pair, where that is not our own name."""

    source = models.ForeignKey(
        DataSource, models.CASCADE, related_name="symbols", verbose_name=_("data source")
    )
    pair = models.ForeignKey(
        "quoting.Pair", models.CASCADE, related_name="symbols", verbose_name=_("currency pair")
    )
    symbol = models.CharField(_("name there"), max_length=40)
    history = HistoricalRecords()

    class Meta:
        ordering = ("source", "pair")
        verbose_name = _("name of a pair")
        verbose_name_plural = _("names of pairs")
        constraints = (
            models.UniqueConstraint(name="quoting_symbol_once", fields=("source", "pair")),
            models.UniqueConstraint(name="quoting_symbol_of_one_pair", fields=("source", "symbol")),
        )

    def __str__(self) -> str:
        return f"{self.source}: {self.symbol}"
