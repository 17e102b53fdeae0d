"""Users, roles, tokens and sign-ins."""

from typing import Any

from axes.admin import AccessAttemptAdmin, IsLockedOutFilter
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.admin import TokenAdmin as FrameworkTokenAdmin
from rest_framework.authtoken.models import TokenProxy
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, list_text

_ACTIONS = {
    "view": _("view"),
    "add": _("add"),
    "change": _("change"),
    "delete": _("delete"),
}

for _model in (User, Group, TokenProxy, AccessAttempt, AccessLog, AccessFailureLog):
    admin.site.unregister(_model)


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User], ModelAdmin):
    """Who may sign in, and in which role."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "role_names", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    filter_horizontal = ()
    compressed_fields = False
    empty_value_display = NOTHING
    readonly_fields = ("last_login", "date_joined")
    # What a user may do comes from roles alone.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (None, {"fields": ("groups", "is_active", "is_staff", "is_superuser")}),
        (None, {"fields": (("first_name", "last_name", "email"), ("last_login", "date_joined"))}),
    )

    @admin.display(description=_("roles"))
    def role_names(self, user: User) -> str:
        return list_text(group.name for group in user.groups.all()) or NOTHING

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        kwargs |= {"label": capfirst(_("roles")), "help_text": ""}
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """Roles, as the code defines them: each start sets them right again."""

    list_display = ("name", "rights")
    fields = ("name", "rights")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("permissions__content_type")

    @admin.display(description=_("rights"))
    def rights(self, role: Group) -> SafeString | str:
        by_model: dict[str, set[str]] = {}
        for permission in role.permissions.all():
            action = permission.codename.partition("_")[0]
            by_model.setdefault(permission.content_type.name, set()).add(action)
        rows = (
            (model, list_text(_ACTIONS[each] for each in _ACTIONS if each in actions))
            for model, actions in sorted(by_model.items())
        )
        return format_html_join("", "<div>{}: {}</div>", rows) or NOTHING


@admin.register(TokenProxy)
class TokenAdmin(FrameworkTokenAdmin, ModelAdmin):
    """Which users have a token for programs; the token itself is not shown."""

    list_display = ("user", "created")


@admin.register(AccessAttempt)
class AttemptAdmin(AccessAttemptAdmin, ModelAdmin):
    """Failed sign-ins; deleting one lets its user try again."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "status")
    list_filter = ("attempt_time", IsLockedOutFilter)
    empty_reason = _("Nobody has failed to sign in.")


@admin.register(AccessLog)
class SignInAdmin(ReadOnlyAdmin):
    """Who signed in, when and from where."""

    list_display = ("attempt_time", "logout_time", "username", "ip_address")
    list_filter = ("attempt_time",)
    search_fields = ("username", "ip_address")
    date_hierarchy = "attempt_time"
    fields = (("username", "ip_address"), ("attempt_time", "logout_time"), "user_agent")
    empty_reason = _("Nobody has signed in yet.")
