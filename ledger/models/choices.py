"""Values of the ledger's columns and what people call them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.domain.account import Usability
from ledger.domain.admission import Reason
from ledger.domain.direction import Direction, Side, Trust
from ledger.domain.proposals import ProposalState
from ledger.domain.transaction import State


class DirectionChoice(models.TextChoices):
    """Balance direction."""

    CREDIT = Direction.CREDIT.value, pgettext_lazy("balance direction", "credit")
    DEBIT = Direction.DEBIT.value, pgettext_lazy("balance direction", "debit")
    UNRESTRICTED = Direction.UNRESTRICTED.value, pgettext_lazy("balance direction", "unrestricted")


class SideChoice(models.TextChoices):
    """Side of an entry."""

    DEBIT = Side.DEBIT.value, pgettext_lazy("side of an entry", "debit")
    CREDIT = Side.CREDIT.value, pgettext_lazy("side of an entry", "credit")


class TrustChoice(models.TextChoices):
    """When an event is trusted."""

    POST = Trust.POST.value, _("after the transaction")
    IN = Trust.IN.value, _("within the transaction")


class UsabilityChoice(models.TextChoices):
    """Which new transactions an account takes."""

    OPEN = Usability.OPEN.value, pgettext_lazy("account", "open")
    NO_DECREASES = Usability.NO_DECREASES.value, pgettext_lazy("account", "no decreases")
    FROZEN = Usability.FROZEN.value, pgettext_lazy("account", "frozen")
    CLOSED = Usability.CLOSED.value, pgettext_lazy("account", "closed")


class StateChoice(models.TextChoices):
    """States of a transaction that is stored."""

    TRIED = State.TRIED.value, pgettext_lazy("transaction", "tried")
    REJECTED = State.REJECTED.value, pgettext_lazy("transaction", "rejected")
    CONFIRMED = State.CONFIRMED.value, pgettext_lazy("transaction", "confirmed")
    POSTED = State.POSTED.value, pgettext_lazy("transaction", "posted")
    CANCELLED = State.CANCELLED.value, pgettext_lazy("transaction", "cancelled")


class ReasonChoice(models.TextChoices):
    """Why a try was refused."""

    UNUSABLE = Reason.UNUSABLE.value, pgettext_lazy("refusal", "account not usable")
    INSUFFICIENT = Reason.INSUFFICIENT.value, pgettext_lazy("refusal", "not enough available")


class MessageChoice(models.TextChoices):
    """Which of the two asynchronous posting messages."""

    FIRST = "first", pgettext_lazy("posting message", "first")
    SECOND = "second", pgettext_lazy("posting message", "second")


class ProposalStateChoice(models.TextChoices):
    """Where a voucher or a permit stands."""

    PROPOSED = ProposalState.PROPOSED.value, pgettext_lazy("proposal", "proposed")
    REJECTED = ProposalState.REJECTED.value, pgettext_lazy("proposal", "rejected")
    WITHDRAWN = ProposalState.WITHDRAWN.value, pgettext_lazy("proposal", "withdrawn")
    APPROVED = ProposalState.APPROVED.value, pgettext_lazy("proposal", "approved")
    BOOKED = ProposalState.BOOKED.value, pgettext_lazy("proposal", "booked")
    REFUSED = ProposalState.REFUSED.value, pgettext_lazy("proposal", "refused by the ledger")
    ENDED = ProposalState.ENDED.value, pgettext_lazy("proposal", "ended")
