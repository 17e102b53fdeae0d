"""Keys by which counters sign in to the API."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from riskgw.reference.models.counter import Counter

PREFIX_SIZE = 6


class ApiKey(models.Model):
    """Only the digest of a key is kept: 32 random bytes need no salt and no slow hash.

    A key with a counter hears and asks of that counter's accounts only.
    """

    name = models.CharField(_("name"), max_length=80)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys", verbose_name=_("user")
    )
    counter = models.ForeignKey(
        Counter, models.CASCADE, null=True, blank=True, related_name="api_keys",
        verbose_name=_("counter"),
    )  # fmt: skip
    prefix = models.CharField(_("begins with"), max_length=PREFIX_SIZE)
    digest = models.CharField(max_length=64, unique=True)
    is_active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
