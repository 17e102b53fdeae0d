"""Who may do what: the roles of the product as groups of permissions."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

_RULE_PARTS = ("condition", "threshold", "exemption", "thenstep", "levelaction")
_RULE_MODELS = ("rule", *_RULE_PARTS, "indicator", "indicatorfilter")
_PACK_MODELS = ("parameterpack", "packline")
_REFERENCE_MODELS = (
    "account", "contract", "controlgroup", "customer", "counter", "counterendpoint", "exchange",
    "accesssystem", "accessaddress", "contactpoint", "exchangecalendar", "calendarday",
    "sessiontable",
)  # fmt: skip
_PROPOSALS = ("voucher", "overdraftpermit")
_BOOKS = (
    "ledgeraccount", "ledgertransaction", "statementline", "refusal", "daycut", "reconciliation",
    "businessunit",
    *_PROPOSALS,
)  # fmt: skip
# How people and programs are told: who is, and what has become of it.
_TELLING_MODELS = ("route", "escalationstep", "warningtemplate")
_CHANNEL_MODELS = ("channel", "webhookendpoint")
_SENT = ("notification", "webhookdelivery", "escalation")
_HOST_MODELS = ("host", "systemthreshold", "logline", "logsource", "logformat")
# Files that ops bring in; into which table, only those may say who may change it by hand.
_DATA_MAPS = ("datamapping", "datacolumn")
_DATA_FILES = ("datafile", "datareject")
_METRIC_MODELS = ("metricthreshold", "obligation", "obligationrelief")
# Who may pin a module's code may have anything run: that is no role's but the administrator's.
_MODULE_MODELS = ("functionmodule", "modulemetric")
_QUOTE_SETTINGS = (
    "pair", "pairlevel", "sourcechoice", "datasource", "sourcesymbol", "quotechannel", "quotelimit",
    "quotingtrader", "currencyholiday",
)  # fmt: skip
_STRATEGIES = ("strategy", "strategyversion")
# What the engine did, stored.
_QUOTED = (
    "publishedquote", "withdrawal", "pricerequest", "deal", "deskaction", "cleansedprice",
)  # fmt: skip
_EVERY_CHANGE = ("add", "change", "delete", "view")


def _allowed(actions: tuple[str, ...], models: tuple[str, ...]) -> set[str]:
    return {f"{action}_{model}" for action in actions for model in models}


_SEEN_BY_ALL = _allowed(
    ("view",), ("alert", "rule", *_RULE_PARTS, "ruleversion", "restriction", "headroom")
) | _allowed(("view",), ("silence", "customerwarning", "metricfigure", "overnightposition"))
ROLES = {
    "risk": _SEEN_BY_ALL
    | _allowed(("change",), ("alert",))
    | _allowed(_EVERY_CHANGE, _METRIC_MODELS)
    | _allowed(("add", "change"), ("silence",))
    | _allowed(_EVERY_CHANGE, _TELLING_MODELS)
    | _allowed(("view",), (*_CHANNEL_MODELS, *_SENT))
    | _allowed(("add", "release"), ("restriction",))
    | {"release_restriction_of_risk", "check_orders", "view_restrictionstep"}
    | _allowed(_EVERY_CHANGE, _RULE_MODELS)
    | _allowed(("add", "view"), _PACK_MODELS)
    | _allowed(("approve",), ("ruleversion", "parameterpack"))
    | _allowed(("add", "change"), ("backtest",))
    | _allowed(("add", "change", "view"), _REFERENCE_MODELS)
    | _allowed(("view",), (*_HOST_MODELS, *_MODULE_MODELS, *_DATA_FILES))
    | _allowed(_EVERY_CHANGE, _DATA_MAPS)
    | _allowed(("change",), ("modulemetric",))
    | _allowed(_EVERY_CHANGE, _QUOTE_SETTINGS)
    | _allowed(("view",), (*_STRATEGIES, *_QUOTED))
    | {"stop_quoting"},
    "ops": _SEEN_BY_ALL
    | _allowed(("view",), (*_REFERENCE_MODELS, *_TELLING_MODELS, *_SENT))
    | _allowed(_EVERY_CHANGE, _CHANNEL_MODELS)
    | {"change_webhookdelivery", "change_notification"}
    | _allowed(_EVERY_CHANGE, ("counter", "counterendpoint", "accesssystem", "accessaddress"))
    | _allowed(("view",), _HOST_MODELS)
    | _allowed(("change",), ("host",))
    | _allowed(("change",), ("alert",))
    | _allowed(_EVERY_CHANGE, ("systemthreshold", "logsource", "logformat"))
    | _allowed(("view",), (*_MODULE_MODELS, *_DATA_MAPS, *_DATA_FILES))
    | _allowed(("add", "change"), ("datafile",))
    | _allowed(("view",), _QUOTE_SETTINGS)
    | {"change_modulemetric", "switch_functionmodule"},
    "trader": _SEEN_BY_ALL
    | _allowed(("view",), ("contract", *_QUOTE_SETTINGS, *_STRATEGIES, *_QUOTED))
    | {"quote", "stop_quoting", "change_strategy", "release_restriction"},
    "accountant": _allowed(("view",), _BOOKS)
    | _allowed(("add", "change"), ("ledgeraccount", "ledgertransaction", "daycut"))
    | _allowed(("add", "approve"), _PROPOSALS)
    | {"read_ledger", "call_ledger"},
    "auditor": _SEEN_BY_ALL
    | {"read_ledger"}
    | _allowed(("view",), (*_RULE_MODELS, *_PACK_MODELS, *_REFERENCE_MODELS, *_METRIC_MODELS))
    | _allowed(("view",), (*_BOOKS, "restrictionstep"))
    | _allowed(("view",), (*_TELLING_MODELS, *_CHANNEL_MODELS, *_SENT))
    | _allowed(("view",), (*_HOST_MODELS, *_MODULE_MODELS, *_DATA_MAPS, *_DATA_FILES))
    | _allowed(("view",), (*_QUOTE_SETTINGS, *_STRATEGIES, *_QUOTED)),
    # Programs with an API key; what a business unit may do its row says.
    "counter": {"view_restriction", "check_orders", "feed_events", "view_headroom"}
    | _allowed(("view", "change"), ("customerwarning",)),
    "unit": {"read_ledger", "call_ledger"},
    "agent": {"report_samples"},
}
COUNTER, AGENT = "counter", "agent"
# Nobody signs in with these.
OF_PROGRAMS = (COUNTER, "unit", AGENT)
APPS = ("monitoring", "reference", "ledger", "quoting")


def ensure_roles() -> dict[str, Group]:
    """The groups by role, each with exactly the permissions listed here."""
    groups = {}
    for role, codenames in ROLES.items():
        group, _ = Group.objects.get_or_create(name=role)
        wanted = Q(codename__in=codenames, content_type__app_label__in=APPS)
        group.permissions.set(Permission.objects.filter(wanted))
        groups[role] = group
    return groups
