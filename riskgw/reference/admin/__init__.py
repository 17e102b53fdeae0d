"""The admin site's pages for reference data and users."""

from riskgw.reference.admin.api_keys import ApiKeyAdmin
from riskgw.reference.admin.base_data import (
    AccessSystemAdmin,
    AccountAdmin,
    ContactPointAdmin,
    ContractAdmin,
    ControlGroupAdmin,
    CounterAdmin,
    CustomerAdmin,
    ExchangeAdmin,
    OvernightPositionAdmin,
)
from riskgw.reference.admin.calendars import (
    CalendarDayAdmin,
    ExchangeCalendarAdmin,
    SessionTableAdmin,
)
from riskgw.reference.admin.function_modules import FunctionModuleAdmin, ModuleMetricAdmin
from riskgw.reference.admin.users import AttemptAdmin, RoleAdmin, SignInAdmin, TokenAdmin, UserAdmin

__all__ = [
    "AccessSystemAdmin",
    "AccountAdmin",
    "ApiKeyAdmin",
    "AttemptAdmin",
    "CalendarDayAdmin",
    "ContactPointAdmin",
    "ContractAdmin",
    "ControlGroupAdmin",
    "CounterAdmin",
    "CustomerAdmin",
    "ExchangeAdmin",
    "ExchangeCalendarAdmin",
    "FunctionModuleAdmin",
    "ModuleMetricAdmin",
    "OvernightPositionAdmin",
    "RoleAdmin",
    "SessionTableAdmin",
    "SignInAdmin",
    "TokenAdmin",
    "UserAdmin",
]
