"""Counters (order systems), access systems, and what identifies them on the wire."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from riskgw.kernel.addresses import AddressTextError, address_block, block_text


class Counter(models.Model):
    """An order system, often of another vendor than the next."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    vendor = models.CharField(_("vendor"), max_length=80, blank=True)
    note = models.TextField(_("note"), blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("counter")
        verbose_name_plural = _("counters")

    def __str__(self) -> str:
        return self.code


class CounterEndpoint(models.Model):
    """One mark by which a counter's traffic is known: a PBU, a database, an address."""

    class Kind(models.TextChoices):
        PBU = "pbu", _("PBU")
        DATABASE = "database", _("database")
        ADDRESS = "address", _("address")

    counter = models.ForeignKey(Counter, models.CASCADE, related_name="endpoints")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    value = models.CharField(_("value"), max_length=80)
    history = HistoricalRecords()

    class Meta:
        ordering = ["counter", "kind", "value"]
        verbose_name = _("mark of a counter")
        verbose_name_plural = _("marks of counters")
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="endpoint_of_one_counter")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.value}"

    def clean(self) -> None:
        """In the one way to write it; a mark of two counters would tell neither."""
        if not self.value:
            return  # reported as missing
        self.value = mark_text(self.kind, self.value)
        others = CounterEndpoint.objects.exclude(pk=self.pk).filter(value=self.value)
        kinds = _ORIGINS if self.kind in _ORIGINS else (self.kind,)
        owner = others.filter(kind__in=kinds).first()
        if owner is not None:
            raise ValidationError({"value": belongs_to(owner.counter)})


class AccessSystem(models.Model):
    """A system in front of a counter, or between it and the exchange."""

    class Kind(models.TextChoices):
        CLIENT = "client", _("customer's system in front of a counter")
        GATEWAY = "gateway", _("gateway between counter and exchange")
        OTHER = "other", _("other")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    vendor = models.CharField(_("vendor"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CLIENT)
    counter = models.ForeignKey(
        Counter,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="access_systems",
        verbose_name=_("counter"),
    )
    note = models.TextField(_("note"), blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("access system")
        verbose_name_plural = _("access systems")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["client", "gateway", "other"]),
                name="access_system_kind_known",
            )
        ]

    def __str__(self) -> str:
        return self.code


class AccessAddress(models.Model):
    """An address, or a block of them, from which an access system speaks."""

    access_system = models.ForeignKey(AccessSystem, models.CASCADE, related_name="addresses")
    value = models.CharField(_("address"), max_length=80, unique=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["access_system", "value"]
        verbose_name = _("address of an access system")
        verbose_name_plural = _("addresses of access systems")

    def __str__(self) -> str:
        return self.value

    def clean(self) -> None:
        if not self.value:
            return  # reported as missing
        self.value = mark_text(CounterEndpoint.Kind.ADDRESS, self.value)
        owner = AccessAddress.objects.exclude(pk=self.pk).filter(value=self.value).first()
        if owner is not None:
            raise ValidationError({"value": belongs_to(owner.access_system)})


# An order states one or the other, and nothing on the wire says which it is.
_ORIGINS = (CounterEndpoint.Kind.PBU, CounterEndpoint.Kind.DATABASE)


def mark_text(kind: str, value: str) -> str:
    """A mark as orders carry it; ValidationError beside the value if it is none."""
    if kind == CounterEndpoint.Kind.DATABASE:
        return value.strip().lower()
    if kind == CounterEndpoint.Kind.PBU:
        return _pbu(value.strip())
    try:
        return block_text(address_block(value))
    except AddressTextError:
        raise ValidationError({"value": _not_an_address(value)}) from None


def _pbu(value: str) -> str:
    if not (value.isascii() and value.isalnum()):
        text = _('"%(text)s" is no PBU: it has letters and digits only.')
        raise ValidationError({"value": ValidationError(text, params={"text": value})})
    return value


def belongs_to(owner: Counter | AccessSystem) -> ValidationError:
    return ValidationError(_("This already belongs to %(owner)s."), params={"owner": owner.code})


def _not_an_address(value: str) -> ValidationError:
    return ValidationError(
        _(
            '"%(text)s" is no address. It takes an IP address or a CIDR block, with a port if '
            "need be: 10.1.0.7, 10.1.0.0/16, 10.1.9.21:8016, [2001:db8::7]:8016."
        ),
        params={"text": value},
    )
