"""One noun a file."""

from riskgw.reference.models.account import Account, ControlGroup, Customer
from riskgw.reference.models.api_key import ApiKey
from riskgw.reference.models.calendar import CalendarDay, ExchangeCalendar, SessionTable
from riskgw.reference.models.contact import ContactPoint
from riskgw.reference.models.contract import Contract
from riskgw.reference.models.counter import AccessAddress, AccessSystem, Counter, CounterEndpoint
from riskgw.reference.models.exchange import Exchange
from riskgw.reference.models.function_module import FunctionModule, ModuleMetric
from riskgw.reference.models.overnight_position import OvernightPosition

__all__ = [
    "AccessAddress",
    "AccessSystem",
    "Account",
    "ApiKey",
    "CalendarDay",
    "ContactPoint",
    "Contract",
    "ControlGroup",
    "Counter",
    "CounterEndpoint",
    "Customer",
    "Exchange",
    "ExchangeCalendar",
    "FunctionModule",
    "ModuleMetric",
    "OvernightPosition",
    "SessionTable",
]
