"""How far unload has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnloadPosition(models.Model):
    """The last entry of a results stream whose content is stored, written with that content."""

    stream = models.CharField(_("stream"), max_length=80, unique=True)
    last_id = models.CharField(_("last entry"), max_length=40)

    class Meta:
        ordering = ["stream"]
        verbose_name = _("unload position")
        verbose_name_plural = _("unload positions")

    def __str__(self) -> str:
        return f"{self.stream} {self.last_id}"
