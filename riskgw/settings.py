"""All settings, one file; what differs between places comes from the environment."""

from pathlib import Path
from typing import Any

import django_stubs_ext
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from riskgw.env import env, home, one_of, secret_key, socket_path

# Lets Django's generic classes be subscripted at run time as they are in their stubs.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
RISKGW_HOME = home(BASE_DIR / "var")

# "simulated" shows a banner and allows made-up data; "production" demands every secret.
RISKGW_ENVIRONMENT = env.str("RISKGW_ENVIRONMENT", "simulated")
IS_PRODUCTION = RISKGW_ENVIRONMENT == "production"
# {"p_ins_order": ["reff", "acc", …, "rec_num:out"]}: orders placed by stored procedure.
RISKGW_ORDER_PROCS: dict[str, list[str]] = env.json("RISKGW_ORDER_PROCS", {})
# {"ordwth": ["oiw01.dbo.ashare_ordwth*"], …}: the tables of the Shanghai interface.
RISKGW_ORDER_TABLES: dict[str, list[str]] = env.json("RISKGW_ORDER_TABLES", {})
# Of TCP bytes that come twice and differ, the first count or the last.
RISKGW_TCP_OVERLAP = one_of("RISKGW_TCP_OVERLAP", "first", "last")

# Captures by trading day, 2026-11-23.pcap: what `backtest --days` reads.
RISKGW_ARCHIVE = Path(env.str("RISKGW_ARCHIVE", "") or RISKGW_HOME / "archive")

# Below these folders log files may be followed; the supervisor's own are by default.
RISKGW_LOG_FOLDERS: list[str] = env.list("RISKGW_LOG_FOLDERS", default=[str(RISKGW_HOME / "logs")])

# Below it are in/, the drop folder of data files, done/ and rejected/. docs/modules.md
RISKGW_REPORTS = Path(env.str("RISKGW_REPORTS", "") or RISKGW_HOME / "reports")

# Function modules from outside the product: the folder whose files may be loaded once their
# checksum is pinned in the admin; nobody but its owner may write there. docs/modules.md
RISKGW_MODULES = Path(env.str("RISKGW_MODULES", "") or RISKGW_HOME / "modules")
# The product's own, loaded by the same loader.
RISKGW_OWN_MODULES = [
    "monitoring.plugins.risk_service",
    "monitoring.plugins.service",
    "monitoring.plugins.public_service",
    "monitoring.plugins.system_state",
    "monitoring.plugins.log_report",
    "monitoring.plugins.database_report",
    "monitoring.plugins.computing",
]

SECRET_KEY = secret_key(RISKGW_HOME, is_production=IS_PRODUCTION)
DEBUG = env.bool("RISKGW_DEBUG", False)
ALLOWED_HOSTS = env.list("RISKGW_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("RISKGW_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "riskgw.wiring.sign_ins.SignInsConfig",
    "channels",
    "import_export",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "riskgw.reference",
    "riskgw.wiring",
    "capture",
    "monitoring",
    "quoting",
    "ledger",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
AXES_LOCKOUT_TEMPLATE = "app/locked_out.html"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

ROOT_URLCONF = "riskgw.urls"
ASGI_APPLICATION = "riskgw.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Of a web process; nothing is kept before a fork.
RISKGW_DATABASE_CONNECTIONS = env.int("RISKGW_DATABASE_CONNECTIONS", 0)
DATABASES = {"default": env.db_url("DATABASE_URL", f"sqlite:///{RISKGW_HOME / 'riskgw.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A reader never waits for the writer, and a writer waits its turn instead of failing.
    DATABASES["default"]["ENGINE"] = "riskgw.queued_sqlite3"
    # Where tests run beside each other, only of Django's own engine this goes without saying.
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000;"
        ),
    }
    if RISKGW_DATABASE_CONNECTIONS:
        # Web processes, whose threads last: to open a connection is to read the whole schema.
        DATABASES["default"]["CONN_MAX_AGE"] = 60  # seconds
elif RISKGW_DATABASE_CONNECTIONS:
    # A connection is lent to a request, not opened for it.
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": RISKGW_DATABASE_CONNECTIONS, "timeout": 20}
    }
# The queue server; by default the one that `up` starts.
QUEUE_SOCKET = socket_path(RISKGW_HOME, "queue.sock")
# Where the quote engine hears its desks.
ENGINE_SOCKET = socket_path(RISKGW_HOME, "engine.sock")
REDIS_URL = env.str("REDIS_URL", f"unix://{QUEUE_SOCKET}")

# How many shards the risk core is spread over, and how many partitions decode each feed.
RISKGW_SHARDS = env.int("RISKGW_SHARDS", 2)
RISKGW_DECODE_PARTITIONS = env.int("RISKGW_DECODE_PARTITIONS", 1)
# The order feeds by the source's names: whose orders, on which TCP ports, if wanted only between
# "clients" and "servers" (addresses or CIDR blocks), and the "interface" that a mirror port feeds;
# without one, a feed carries only captures that are replayed.
RISKGW_FEEDS: dict[str, dict[str, Any]] = env.json(
    "RISKGW_FEEDS",
    {
        # 9016 stands for TDGW Binary: IS122 leaves its port to each member.
        "urfront": {"exchange": "SSE", "ports": [1433, 9016]},
        "urfront_sz": {"exchange": "SZSE", "ports": [8016]},
    },
)
# Under which names the desk for FX quoting is known to the risk core.
RISKGW_DESK: dict[str, str] = env.json(
    "RISKGW_DESK", {"exchange": "CFETS", "account": "FXDESK", "counter": "FXDESK"}
)
# Where counterparties of the desk connect; the demo's own take the four ports behind it.
RISKGW_QUOTE_PORT = env.int("RISKGW_QUOTE_PORT", 5201)
# Where market data come from, the primary first: replay (DAY.market.csv beside what is replayed),
# tcp://host:port or ws://host:port/path.
RISKGW_MARKET: list[str] = env.list("RISKGW_MARKET", default=["replay"])

# A parameter pack of 5 MB in base64.
DATA_UPLOAD_MAX_MEMORY_SIZE = 7_000_000
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "riskgw.reference.api_keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["riskgw.web.bodies.BodyParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "riskgw.web.problems.answer_exception",
}
# How sockets, which know no model of ours, find out whose an API key is.
API_KEY_OWNER = "riskgw.reference.api_keys.owner_of"
SPECTACULAR_SETTINGS = {
    "TITLE": "riskgw",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "AlertState": "monitoring.models.choices.AlertStateChoice",
        "TransactionState": "ledger.models.choices.StateChoice",
        "ProposalState": "ledger.models.choices.ProposalStateChoice",
        "EntrySide": "ledger.models.choices.SideChoice",
        "RestrictionState": "monitoring.models.restriction.Restriction.State",
        "RestrictionRelease": "monitoring.models.restriction.Restriction.Release",
        "QuoteSide": "quoting.models.choices.SideChoice",
        "DealMode": "quoting.models.choices.DealModeChoice",
        "OrderSide": ["buy", "sell", "lend", "borrow", "subscribe", "redeem"],
        "PositionSide": ["long", "short"],
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "riskgw.wiring.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = RISKGW_HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static" / "dist"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False


def _asset(path: str) -> Any:
    return lambda request: static(path)


def _page(title: Any, icon: str, model: str) -> dict[str, Any]:
    """An entry of the side bar, for those who may view the model."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": lambda request: request.user.has_perm(f"{app}.view_{name}"),
    }


_NAVIGATION = [
    {
        "title": _("Monitoring"),
        "items": [
            _page(_("Alerts"), "notifications", "monitoring.alert"),
            _page(_("Restrictions"), "front_hand", "monitoring.restriction"),
            _page(_("Rules"), "rule", "monitoring.rule"),
            _page(_("Thresholds"), "speed", "monitoring.threshold"),
            _page(_("Indicators"), "monitoring", "monitoring.indicator"),
            _page(_("Rule versions"), "history", "monitoring.ruleversion"),
            _page(_("Parameter packs"), "inventory_2", "monitoring.parameterpack"),
            _page(_("Hosts"), "computer", "monitoring.host"),
            _page(_("Business thresholds"), "speed", "monitoring.metricthreshold"),
            _page(_("Market-making obligations"), "balance", "monitoring.obligation"),
            _page(_("Reliefs from obligations"), "event_busy", "monitoring.obligationrelief"),
            _page(_("System thresholds"), "thermometer", "monitoring.systemthreshold"),
            _page(_("Log sources"), "article", "monitoring.logsource"),
            _page(_("Log formats"), "data_object", "monitoring.logformat"),
            _page(_("Mappings of data files"), "table_convert", "monitoring.datamapping"),
        ],
    },
    {
        "title": _("Messages"),
        "items": [
            _page(_("Silences"), "notifications_off", "monitoring.silence"),
            _page(_("Escalation steps"), "stairs", "monitoring.escalationstep"),
            _page(_("Channels"), "campaign", "monitoring.channel"),
            _page(_("Routes"), "alt_route", "monitoring.route"),
            _page(_("Notifications"), "outgoing_mail", "monitoring.notification"),
            _page(_("Warning texts"), "edit_note", "monitoring.warningtemplate"),
            _page(_("Customer warnings"), "contact_support", "monitoring.customerwarning"),
            _page(_("Contact points"), "contact_mail", "reference.contactpoint"),
            _page(_("Webhooks"), "webhook", "monitoring.webhookendpoint"),
            _page(_("Webhook deliveries"), "send", "monitoring.webhookdelivery"),
        ],
    },
    {
        "title": _("Reference data"),
        "items": [
            _page(_("Accounts"), "badge", "reference.account"),
            _page(_("Control groups"), "group_work", "reference.controlgroup"),
            _page(_("Customers"), "person", "reference.customer"),
            _page(_("Contracts"), "request_quote", "reference.contract"),
            _page(_("Overnight positions"), "bedtime", "reference.overnightposition"),
            _page(_("Counters"), "dns", "reference.counter"),
            _page(_("Access systems"), "hub", "reference.accesssystem"),
            _page(_("Exchanges"), "account_balance", "reference.exchange"),
            _page(_("Trading calendars"), "calendar_month", "reference.exchangecalendar"),
            _page(_("Days of calendars"), "event_busy", "reference.calendarday"),
            _page(_("Session tables"), "schedule", "reference.sessiontable"),
        ],
    },
    {
        "title": _("Ledger"),
        "items": [
            _page(_("Ledger accounts"), "account_balance_wallet", "ledger.ledgeraccount"),
            _page(_("Transactions"), "sync_alt", "ledger.ledgertransaction"),
            _page(_("Statement lines"), "receipt_long", "ledger.statementline"),
            _page(_("Refusals"), "block", "ledger.refusal"),
            _page(_("Vouchers"), "post_add", "ledger.voucher"),
            _page(_("Overdraft permits"), "approval", "ledger.overdraftpermit"),
            _page(_("Day cuts"), "event", "ledger.daycut"),
            _page(_("Reconciliations"), "balance", "ledger.reconciliation"),
            _page(_("Business units"), "domain", "ledger.businessunit"),
        ],
    },
    {
        "title": _("FX quoting"),
        "items": [
            _page(_("Currency pairs"), "currency_exchange", "quoting.pair"),
            _page(_("Data sources"), "input", "quoting.datasource"),
            _page(_("Channels of quotes"), "output", "quoting.quotechannel"),
            _page(_("Limits of quoting"), "speed", "quoting.quotelimit"),
            _page(_("FX traders"), "person", "quoting.quotingtrader"),
            _page(_("Holidays of currencies"), "event_busy", "quoting.currencyholiday"),
            _page(_("Strategies"), "tune", "quoting.strategy"),
            _page(_("Versions of strategies"), "history", "quoting.strategyversion"),
            _page(_("FX deals"), "handshake", "quoting.deal"),
            _page(_("Price requests"), "contact_support", "quoting.pricerequest"),
            _page(_("Published quotes"), "sell", "quoting.publishedquote"),
            _page(_("Withdrawals of quotes"), "undo", "quoting.withdrawal"),
            _page(_("Desk actions"), "touch_app", "quoting.deskaction"),
            _page(_("Prices not believed"), "cleaning_services", "quoting.cleansedprice"),
        ],
    },
    {
        "title": _("Function modules"),
        "items": [
            _page(_("Function modules"), "extension", "reference.functionmodule"),
            _page(_("Metrics of modules"), "speed", "reference.modulemetric"),
        ],
    },
    {
        "title": _("Users"),
        "items": [
            _page(_("Users"), "manage_accounts", "auth.user"),
            _page(_("Roles"), "shield_person", "auth.group"),
            _page(_("API tokens"), "key", "authtoken.tokenproxy"),
            _page(_("API keys"), "vpn_key", "reference.apikey"),
            _page(_("Sign-ins"), "login", "axes.accesslog"),
            _page(_("Failed sign-ins"), "lock", "axes.accessattempt"),
        ],
    },
]
UNFOLD = {
    "SITE_TITLE": "riskgw",
    "SITE_HEADER": "riskgw",
    "SITE_SUBHEADER": _("Risk gateway administration"),
    "SITE_URL": None,
    "SITE_ICON": _asset("riskgw/icon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _asset("riskgw/icon.svg")},
    ],
    "STYLES": [_asset("riskgw/admin.css")],
    "SCRIPTS": [_asset("riskgw/theme.js")],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "riskgw.wiring.banner.environment",
    "DASHBOARD_CALLBACK": "riskgw.wiring.first_page.first_page",
    "BORDER_RADIUS": "4px",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
    "SIDEBAR": {"navigation": _NAVIGATION},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    # What they say may hold the addresses of channels, which are secrets.
    "loggers": {
        name: {"handlers": ["nowhere"], "level": "WARNING", "propagate": False}
        for name in ("apprise", "urllib3")
    },
    "root": {"handlers": ["stderr"], "level": env.str("RISKGW_LOG_LEVEL", "WARNING")},
}
