"""Settings from the environment: what cannot be read stops the start."""

import pytest
from environ import ImproperlyConfigured

from riskgw.env import one_of


@pytest.mark.parametrize(("said", "meant"), [("", "first"), ("first", "first"), ("last", "last")])
def test_one_of_some_words_is_the_first_where_nothing_is_said(
    said: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISKGW_TCP_OVERLAP", said)
    assert one_of("RISKGW_TCP_OVERLAP", "first", "last") == meant


def test_without_the_variable_it_is_the_first_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RISKGW_TCP_OVERLAP", raising=False)
    assert one_of("RISKGW_TCP_OVERLAP", "first", "last") == "first"


def test_another_word_stops_the_start_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISKGW_TCP_OVERLAP", "Last")
    with pytest.raises(ImproperlyConfigured, match="RISKGW_TCP_OVERLAP is 'Last', not first or"):
        one_of("RISKGW_TCP_OVERLAP", "first", "last")
