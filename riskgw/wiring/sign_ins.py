"""The package that counts sign-ins and locks out who guesses passwords, named after that."""

from axes.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SignInsConfig(AppConfig):  # type: ignore[misc]  # its package has no types
    verbose_name = _("Sign-ins")
