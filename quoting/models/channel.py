"""Channels: the ways out, each a counterparty's FIX session."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from quoting.domain.engine_settings import ChannelLink, Confirm
from quoting.domain.settings import OnUnknown
from quoting.models.choices import ConfirmChoice, OnUnknownChoice

NAME_MAX = 40
PER_SECOND_MAX, CONFIRM_MS_MAX = 10_000, 60_000


class QuoteChannel(models.Model):
    """Who gets our quotes, how fast, and what counts as its answer."""

    name = models.CharField(_("name"), max_length=NAME_MAX, unique=True)
    comp_id = models.CharField(
        _("comp id"), max_length=NAME_MAX, unique=True,
        help_text=_("What the counterparty signs on as (TargetCompID of ours)."),
    )  # fmt: skip
    confirm = models.CharField(
        _("a quote counts as there"), max_length=5, choices=ConfirmChoice, default=ConfirmChoice.ACK
    )
    confirm_ms = models.PositiveIntegerField(
        _("answer within (ms)"), default=1000,
        validators=[MinValueValidator(1), MaxValueValidator(CONFIRM_MS_MAX)],
    )  # fmt: skip
    on_unknown = models.CharField(
        _("without an answer"), max_length=8, choices=OnUnknownChoice,
        default=OnUnknownChoice.RESEND,
    )  # fmt: skip
    per_second = models.PositiveIntegerField(
        _("messages a second"), default=0, validators=[MaxValueValidator(PER_SECOND_MAX)],
        help_text=_("0: as many as there are. Withdrawals are never held back."),
    )  # fmt: skip
    burst = models.PositiveIntegerField(
        _("at once"), default=1,
        validators=[MinValueValidator(1), MaxValueValidator(PER_SECOND_MAX)],
    )  # fmt: skip
    is_enabled = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        verbose_name = pgettext_lazy("quoting", "channel")
        verbose_name_plural = pgettext_lazy("quoting", "channels")
        constraints = (
            models.CheckConstraint(
                name="quoting_channel_bounds",
                condition=Q(burst__gte=1, confirm_ms__gte=1, confirm_ms__lte=CONFIRM_MS_MAX),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def link(self) -> ChannelLink:
        return ChannelLink(self.name, self.comp_id, Confirm(self.confirm))

    @property
    def unknown_policy(self) -> OnUnknown:
        return OnUnknown(self.on_unknown)
