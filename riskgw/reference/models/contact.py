"""Where a customer is reached."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from riskgw.reference.models.account import Account, Customer


class ContactPoint(models.Model):
    """An address of a customer, or of one account, and the notification channel that serves it."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("text message")
        CHAT = "chat", _("chat")
        OTHER = "other", _("other")

    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("customer"),
    )
    account = models.ForeignKey(
        Account,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("account"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.EMAIL)
    channel = models.SlugField(
        _("channel"), max_length=40, help_text=_("The name of a notification channel.")
    )
    address = models.CharField(
        _("address"),
        max_length=200,
        validators=[RegexValidator(r"^[^\x00-\x20\x7f]+$", _("No spaces."))],
    )
    language = models.CharField(
        _("language"),
        max_length=8,
        choices=[("en", "English"), ("zh-hans", "简体中文")],
        default="zh-hans",
    )
    is_active = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["customer", "account", "pk"]
        verbose_name = _("contact point")
        verbose_name_plural = _("contact points")
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=True) ^ Q(account__isnull=True),
                name="contact_of_a_customer_or_an_account",
            ),
            models.UniqueConstraint(
                fields=["customer", "channel", "address"], name="one_contact_a_customer"
            ),
            models.UniqueConstraint(
                fields=["account", "channel", "address"], name="one_contact_an_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"

    def clean(self) -> None:
        if (self.customer_id is None) == (self.account_id is None):
            raise ValidationError(_("A contact point belongs to a customer or to an account."))
        if self.kind == self.Kind.EMAIL and self.address:
            try:
                validate_email(self.address)
            except ValidationError as fault:
                raise ValidationError({"address": fault}) from None
