"""The admin site's pages for reference data and users."""

from riskgw.reference.admin.base_data import (
    AccessSystemAdmin,
    AccountAdmin,
    ContractAdmin,
    ControlGroupAdmin,
    CounterAdmin,
    CustomerAdmin,
    ExchangeAdmin,
)
from riskgw.reference.admin.users import AttemptAdmin, RoleAdmin, SignInAdmin, TokenAdmin, UserAdmin

__all__ = [
    "AccessSystemAdmin",
    "AccountAdmin",
    "AttemptAdmin",
    "ContractAdmin",
    "ControlGroupAdmin",
    "CounterAdmin",
    "CustomerAdmin",
    "ExchangeAdmin",
    "RoleAdmin",
    "SignInAdmin",
    "TokenAdmin",
    "UserAdmin",
]
