"""Reads: the base data the core starts a trading day with."""

from django.db.models import Max

from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.reference.models import Account, Contract, ControlGroup, Counter, Customer


def base_data() -> BaseData:
    """All accounts and contracts; an account without a group is a group of its own."""
    accounts = Account.objects.select_related("customer", "group", "counter")
    return BaseData(
        accounts=tuple(_account(account) for account in accounts),
        contracts=tuple(_contract(contract) for contract in Contract.objects.all()),
    )


def base_mark() -> str:
    """Another text after every change that `base_data` would show; costs five small reads."""
    models = (Account, Contract, ControlGroup, Customer, Counter)
    newest = (model.history.aggregate(newest=Max("history_id"))["newest"] for model in models)
    return ".".join(str(each or 0) for each in newest)


def _account(account: Account) -> AccountData:
    return AccountData(
        id=account.code,
        exchange=account.exchange_id,
        group=account.group.code if account.group else account.code,
        counter=account.counter.code if account.counter else "",
        customer=account.customer.code if account.customer else "",
        market_maker=account.market_maker,
        hedge=account.hedge,
    )


def _contract(contract: Contract) -> ContractData:
    return ContractData(
        symbol=contract.symbol,
        exchange=contract.exchange_id,
        tick=_plain(contract.tick),
        lot=_plain(contract.lot),
        order_quantity_max=_plain(contract.order_quantity_max),
        kind=contract.kind,
        board=contract.board,
        st=contract.st,
    )


def _plain(value: object) -> str:
    """Decimal text without trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
