"""What people did with an alert and said of it, in order."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from monitoring.models.alert import Alert


class AlertNote(models.Model):
    """One gesture or comment; never changed afterwards."""

    class Gesture(models.TextChoices):
        COMMENT = "comment", _("comment")
        ACKNOWLEDGE = "acknowledge", _("acknowledged")
        ASSIGN = "assign", _("assigned")
        CLOSE = "close", _("closed")
        REOPEN = "reopen", _("opened again")

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="notes", verbose_name=_("alert"))
    at = models.DateTimeField(_("time"), auto_now_add=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    gesture = models.CharField(_("what"), max_length=12, choices=Gesture)
    text = models.TextField(_("comment"), blank=True)
    # Of an assignment: to whom; empty where nobody looks after it any more.
    owner = models.CharField(_("owner"), max_length=150, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("note on an alert")
        verbose_name_plural = _("notes on alerts")

    def __str__(self) -> str:
        return f"{self.get_gesture_display()} {self.text}".strip()
