"""Limits on what is quoted and held: of a pair, a trader, a channel."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from quoting.domain.ladder import SIZE_MAX
from quoting.domain.limits import Limit
from quoting.models.channel import QuoteChannel
from quoting.models.choices import ScopeChoice
from quoting.models.pair import Pair, QuotingTrader

_OWNERS = tuple(ScopeChoice.values)
_bound = [MaxValueValidator(SIZE_MAX)]


def _of(scope: str) -> Q:
    """A row of this scope names its owner and no other."""
    others = {f"{name}__isnull": name != scope for name in _OWNERS}
    return Q(scope=scope, **others)


class QuoteLimit(models.Model):
    """The most that may be, in units of the base currency; 0 is without limit."""

    scope = models.CharField(_("limit of"), max_length=7, choices=ScopeChoice)
    pair = models.ForeignKey(
        Pair, models.CASCADE, related_name="limits", null=True, blank=True,
        verbose_name=_("currency pair"),
    )  # fmt: skip
    trader = models.ForeignKey(
        QuotingTrader, models.CASCADE, related_name="limits", null=True, blank=True,
        verbose_name=_("trader"),
    )  # fmt: skip
    channel = models.ForeignKey(
        QuoteChannel, models.CASCADE, related_name="limits", null=True, blank=True,
        verbose_name=pgettext_lazy("quoting", "channel"),
    )  # fmt: skip
    single_max = models.PositiveBigIntegerField(_("single quote"), default=0, validators=_bound)
    net_max = models.PositiveBigIntegerField(_("net position"), default=0, validators=_bound)
    gross_max = models.PositiveBigIntegerField(
        _("all that is quoted"), default=0, validators=_bound
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ("scope", "pair", "trader", "channel")
        verbose_name = _("limit of quoting")
        verbose_name_plural = _("limits of quoting")
        constraints = (
            models.CheckConstraint(
                name="quoting_limit_has_its_owner",
                condition=_of("pair") | _of("trader") | _of("channel"),
                violation_error_message=_("Name the pair, trader or channel, and no other."),
            ),
            *(
                models.UniqueConstraint(
                    name=f"quoting_limit_of_{scope}", fields=(scope,), condition=Q(scope=scope),
                    violation_error_message=_("There is a limit of it already."),
                )
                for scope in _OWNERS
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return (
            f"{self.get_scope_display()} {self.pair or self.trader or self.channel or ''}".strip()
        )

    @property
    def limit(self) -> Limit:
        return Limit(self.single_max, self.net_max, self.gross_max)

    @property
    def owner_id(self) -> int:
        """Of the pair, the trader or the channel."""
        found = self.pair_id or self.trader_id or self.channel_id
        assert found is not None
        return found
