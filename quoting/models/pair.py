"""Currency pairs as they are quoted: digits, levels, choices of sources, who quotes them where."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from quoting.domain.digits import DECIMALS_MAX, Digits, DigitsError, checked
from quoting.domain.ladder import BEST, SIZE_MAX
from quoting.domain.value_date import Convention
from quoting.models.channel import QuoteChannel
from quoting.models.choices import DealModeChoice, EditScopeChoice, ProfileChoice
from quoting.models.source import DataSource
from quoting.models.strategy import StrategyVersion

NAME_MAX = 15
STEP_MAX, DAYS_MAX, LEVEL_MAX = 1_000_000, 10, 99
_SECONDS_PER_DAY = 24 * 3600
_currency = RegexValidator(r"^[A-Z]{3}$", _("Three capital letters."))
_pair = RegexValidator(r"^[A-Z0-9._-]+$", _("As in USD.CNY."))


class QuotingTrader(models.Model):
    """Whose pairs they are; named as the user."""

    name = models.CharField(_("user name"), max_length=150, unique=True)
    dead_man_seconds = models.PositiveIntegerField(
        _("stops without a sign of life after (s)"), default=0,
        validators=[MaxValueValidator(_SECONDS_PER_DAY)],
        help_text=_("Of the trader's screen; 0: never."),
    )  # fmt: skip
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        verbose_name = _("FX trader")
        verbose_name_plural = _("FX traders")

    def __str__(self) -> str:
        return self.name


class Pair(models.Model):
    """One panel of the desk. Prices are whole ticks of 10 to the power of minus `decimals`."""

    name = models.CharField(_("pair"), max_length=NAME_MAX, unique=True, validators=[_pair])
    base = models.CharField(_("base currency"), max_length=3, validators=[_currency])
    terms = models.CharField(_("terms currency"), max_length=3, validators=[_currency])
    trade_type = models.CharField(_("trade type"), max_length=12, default="ESP")
    decimals = models.PositiveSmallIntegerField(
        _("decimals"), validators=[MaxValueValidator(DECIMALS_MAX)]
    )
    key_start = models.SmallIntegerField(
        _("first key digit"), default=2,
        help_text=_("Counted from the point to the right; negative ones stand before the point."),
    )  # fmt: skip
    key_len = models.PositiveSmallIntegerField(
        _("key digits"), default=2, validators=[MaxValueValidator(DECIMALS_MAX)]
    )
    fraction_len = models.PositiveSmallIntegerField(
        _("small digits behind"), null=True, blank=True,
        validators=[MaxValueValidator(DECIMALS_MAX)], help_text=_("Empty: all that are left."),
    )  # fmt: skip
    big_figure_len = models.PositiveSmallIntegerField(
        _("big figure"), null=True, blank=True, validators=[MaxValueValidator(DECIMALS_MAX)],
        help_text=_("Digits just before the key ones; empty: all."),
    )  # fmt: skip
    step = models.PositiveIntegerField(
        _("step of a nudge (ticks)"), default=1,
        validators=[MinValueValidator(1), MaxValueValidator(STEP_MAX)],
    )  # fmt: skip
    value_days = models.PositiveSmallIntegerField(
        _("value date after (business days)"), default=2, validators=[MaxValueValidator(DAYS_MAX)]
    )
    roll_cut = models.TimeField(
        _("day rolls at (UTC+8)"), null=True, blank=True, help_text=_("Empty: at midnight.")
    )
    price_low = models.DecimalField(
        _("lowest price"), max_digits=28, decimal_places=DECIMALS_MAX, null=True, blank=True
    )
    price_high = models.DecimalField(
        _("highest price"), max_digits=28, decimal_places=DECIMALS_MAX, null=True, blank=True
    )
    channel = models.ForeignKey(
        QuoteChannel, models.PROTECT, related_name="pairs", verbose_name=_("channel of quotes")
    )
    trader = models.ForeignKey(
        QuotingTrader, models.PROTECT, related_name="pairs", null=True, blank=True,
        verbose_name=_("trader"),
    )  # fmt: skip
    group = models.CharField(_("client group"), max_length=40, blank=True)
    unit_worth = models.PositiveIntegerField(
        _("worth of a unit"), default=1, validators=[MinValueValidator(1)],
        help_text=_("By which it counts in limits of traders and channels."),
    )  # fmt: skip
    edit_scope = models.CharField(
        _("goes manual with a typed price"), max_length=4, choices=EditScopeChoice,
        default=EditScopeChoice.CELL,
    )  # fmt: skip
    profile = models.CharField(
        _("state tables"), max_length=8, choices=ProfileChoice, default=ProfileChoice.DEFAULT
    )
    deal_mode = models.CharField(
        _("requests are answered"), max_length=6, choices=DealModeChoice,
        default=DealModeChoice.AUTO,
    )  # fmt: skip
    strategy = models.ForeignKey(
        StrategyVersion, models.PROTECT, related_name="pairs", null=True, blank=True,
        verbose_name=_("strategy"), help_text=_("Empty: best price, no spread of ours."),
    )  # fmt: skip
    is_enabled = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        verbose_name = _("currency pair")
        verbose_name_plural = _("currency pairs")
        permissions = (
            ("quote", "Can quote"),
            ("stop_quoting", "Can stop all quoting"),
        )
        constraints = (
            models.CheckConstraint(
                name="quoting_pair_digits",
                condition=Q(decimals__lte=DECIMALS_MAX, key_start__lte=F("decimals"))
                & Q(key_start__gte=-DECIMALS_MAX, step__gte=1, unit_worth__gte=1),
                violation_error_message=_("The key digits begin behind the last decimal."),
            ),
            models.CheckConstraint(
                name="quoting_pair_currencies",
                condition=~Q(base=F("terms")),
                violation_error_message=_("A pair has two currencies."),
            ),
            models.CheckConstraint(
                name="quoting_pair_band",
                condition=Q(price_low__isnull=True)
                | Q(price_high__isnull=True)
                | Q(price_low__lte=F("price_high")),
                violation_error_message=_("The lowest price is above the highest."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What cannot be drawn is refused here, not by the engine."""
        try:
            checked(self.digits)
        except DigitsError as error:
            raise ValidationError({"key_start": str(error)}) from None
        except TypeError:
            return  # a number is missing, which is reported beside it
        places = {"price_low": self.price_low, "price_high": self.price_high}
        faults: dict[str, Any] = {
            name: _("A price has no more decimals than the pair.")
            for name, price in places.items()
            if price is not None and price.scaleb(self.decimals) % 1
        }
        if faults:
            raise ValidationError(faults)

    @property
    def digits(self) -> Digits:
        return Digits(
            self.decimals, self.key_start, self.key_len, self.fraction_len, self.big_figure_len
        )

    @property
    def convention(self) -> Convention:
        cut = self.roll_cut
        second = _SECONDS_PER_DAY if cut is None else cut.hour * 3600 + cut.minute * 60 + cut.second
        return Convention(self.base, self.terms, self.value_days, second)


class PairLevel(models.Model):
    """A level and what it quotes: 0 is the best one, others are volume tiers."""

    pair = models.ForeignKey(
        Pair, models.CASCADE, related_name="levels", verbose_name=_("currency pair")
    )
    number = models.PositiveSmallIntegerField(
        _("level"), validators=[MaxValueValidator(LEVEL_MAX)], help_text=_("0: the best price.")
    )
    size = models.BigIntegerField(
        _("size"), validators=[MinValueValidator(1), MaxValueValidator(SIZE_MAX)]
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ("pair", "number")
        verbose_name = _("level of a pair")
        verbose_name_plural = _("levels")
        constraints = (
            models.UniqueConstraint(name="quoting_level_once", fields=("pair", "number")),
            models.UniqueConstraint(
                name="quoting_tier_size_once", fields=("pair", "size"),
                condition=Q(number__gt=BEST),
                violation_error_message=_("Another tier has this size."),
            ),
            models.CheckConstraint(
                name="quoting_level_size", condition=Q(size__gte=1, size__lte=SIZE_MAX)
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.pair} {self.number}"


class SourceChoice(models.Model):
    """What a trader chooses beside Feed, and the data sources behind it."""

    pair = models.ForeignKey(
        Pair, models.CASCADE, related_name="choices", verbose_name=_("currency pair")
    )
    name = models.CharField(_("choice"), max_length=20)
    place = models.PositiveSmallIntegerField(
        _("place"), default=0, help_text=_("The first one is in force when the engine begins.")
    )
    sources = models.ManyToManyField(
        DataSource, related_name="choices", verbose_name=_("data sources")
    )
    history = HistoricalRecords(m2m_fields=[sources])

    class Meta:
        ordering = ("pair", "place", "name")
        verbose_name = _("choice of sources")
        verbose_name_plural = _("choices of sources")
        constraints = (
            models.UniqueConstraint(name="quoting_choice_once", fields=("pair", "name")),
        )

    def __str__(self) -> str:
        return f"{self.pair} {self.name}"
