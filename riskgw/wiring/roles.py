"""Who may do what: the roles of the product as groups of permissions."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

_RULE_MODELS = ("rule", "condition", "threshold", "indicator", "indicatorfilter")
_REFERENCE_MODELS = (
    "account", "contract", "controlgroup", "customer", "counter", "counterendpoint", "exchange",
    "accesssystem", "accessaddress",
)  # fmt: skip
_BOOKS = (
    "ledgeraccount", "ledgertransaction", "statementline", "refusal", "daycut", "reconciliation",
)  # fmt: skip
_EVERY_CHANGE = ("add", "change", "delete", "view")


def _allowed(actions: tuple[str, ...], models: tuple[str, ...]) -> set[str]:
    return {f"{action}_{model}" for action in actions for model in models}


_SEEN_BY_ALL = _allowed(("view",), ("alert", "rule", "condition", "threshold", "ruleversion"))
ROLES = {
    "risk": _SEEN_BY_ALL
    | _allowed(("change",), ("alert",))
    | _allowed(_EVERY_CHANGE, _RULE_MODELS)
    | _allowed(("add", "change", "view"), _REFERENCE_MODELS),
    "ops": _SEEN_BY_ALL
    | _allowed(("view",), _REFERENCE_MODELS)
    | _allowed(_EVERY_CHANGE, ("counter", "counterendpoint", "accesssystem", "accessaddress")),
    "trader": _SEEN_BY_ALL | _allowed(("view",), ("contract",)),
    "accountant": _allowed(("view",), _BOOKS)
    | _allowed(("add", "change"), ("ledgeraccount", "ledgertransaction", "daycut")),
    "auditor": _SEEN_BY_ALL | _allowed(("view",), (*_RULE_MODELS, *_REFERENCE_MODELS, *_BOOKS)),
}
APPS = ("monitoring", "reference", "ledger")


def ensure_roles() -> dict[str, Group]:
    """The groups by role, each with exactly the permissions listed here."""
    groups = {}
    for role, codenames in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        wanted = Q(codename__in=codenames, content_type__app_label__in=APPS)
        group.permissions.set(Permission.objects.filter(wanted))
        groups[role] = group
    return groups
