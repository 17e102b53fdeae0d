"""Business units: programs of the house that call the ledger, each with rights of its own."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ledger.domain.rights import Ask, Rights
from ledger.models.account import LedgerAccount


class BusinessUnit(models.Model):
    """It signs in with the keys of its user, who has no password. What is not said it may not."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="business_unit",
        verbose_name=_("user"), editable=False,
    )  # fmt: skip
    may_try = models.BooleanField(_("may try"), default=False)
    may_confirm = models.BooleanField(_("may confirm"), default=False)
    may_cancel = models.BooleanField(_("may cancel"), default=False)
    may_read = models.BooleanField(_("may read"), default=False)
    may_increase = models.BooleanField(_("may increase accounts"), default=False)
    may_decrease = models.BooleanField(_("may decrease accounts"), default=False)
    accounts = models.ManyToManyField(
        LedgerAccount, related_name="units", blank=True, verbose_name=_("accounts")
    )

    class Meta:
        verbose_name = _("business unit")
        verbose_name_plural = _("business units")
        ordering = ("name",)
        permissions = (
            ("call_ledger", _("Can try, confirm and cancel transactions")),
            ("read_ledger", _("Can read accounts and transactions")),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def rights(self) -> Rights:
        asks = {
            Ask.TRY: self.may_try,
            Ask.CONFIRM: self.may_confirm,
            Ask.CANCEL: self.may_cancel,
            Ask.READ: self.may_read,
        }
        return Rights(
            self.user.get_username(),
            frozenset(ask for ask, is_allowed in asks.items() if is_allowed),
            self.may_increase,
            self.may_decrease,
            frozenset(self.accounts.values_list("pk", flat=True)),
        )
