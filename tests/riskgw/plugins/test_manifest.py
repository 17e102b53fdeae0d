"""What a manifest may say, and what is refused by name."""

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.bus.live import TopicKind
from riskgw.plugins.manifest import BadManifest, Job, Manifest, Metric, Topic, checked
from riskgw.web.handlers import LOGGED_IN, Command, Endpoint
from riskgw.web.ping import Ping

ROW = Endpoint("GET", "days", Ping, LOGGED_IN)


def nothing(work: Any) -> None:
    """A job that does nothing."""


GOOD = Manifest(
    name="holiday",
    version="1.2.3",
    title="Days until the holiday",
    endpoints=(ROW,),
    commands={"days": Command(Ping, LOGGED_IN)},
    topics=(Topic("left", TopicKind.STATE, LOGGED_IN),),
    jobs=(Job("tell", 1, nothing),),
    metrics=(Metric("days_left", "Days", "days", monitoring=Decimal(1)),),
)


def test_a_good_manifest_is_taken_as_it_is() -> None:
    assert checked(GOOD) is GOOD


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("name", "Holiday"), ("name", "a"), ("name", "a" * 41), ("name", None), ("name", "a/b"),
        ("version", ""), ("version", "one"), ("version", 1.0), ("title", ""), ("title", "x" * 121),
        ("settings", Ping), ("settings", None), ("endpoints", [ROW]), ("endpoints", (1,)),
        ("endpoints", (ROW, ROW)), ("endpoints", (ROW,) * 201),
        ("endpoints", (dataclasses.replace(ROW, method="TRACE"),)),
        ("endpoints", (dataclasses.replace(ROW, path="/days"),)),
        ("endpoints", (Endpoint("GET", "days", object, ""),)),  # type: ignore[arg-type]  # to be refused
        ("endpoints", (Endpoint("GET", "days", Ping, None),)),  # type: ignore[arg-type]  # to be refused
        ("commands", ("days",)), ("commands", {"Days!": Command(Ping, "")}), ("commands", {"a": 1}),
        ("commands", {"days": Command(Ping, "", sequence=["days"])}),  # type: ignore[arg-type]  # to be refused
        ("topics", (Topic("Left", TopicKind.STATE, ""),)), ("topics", (Topic("a", "state", ""),)),  # type: ignore[arg-type]  # to be refused
        ("jobs", (Job("tell", 0, nothing),)), ("jobs", (Job("tell", 1, nothing, 301),)),
        ("jobs", (Job("tell", every_seconds=True, run=nothing),)),
        ("jobs", (Job("tell", 1, None),)),  # type: ignore[arg-type]  # to be refused
        ("jobs", (Job("tell", 1, nothing), Job("tell", 2, nothing))),
        ("metrics", (Metric("days_left", "Days", "days", monitoring=1.5),)),  # type: ignore[arg-type]  # to be refused
        ("metrics", (Metric("days_left", "Days", "days", risk=Decimal("NaN")),)),
        ("metrics", (Metric("days_left", "Days", "days", risk=Decimal(1), clear=Decimal(2)),)),
        ("metrics", (Metric("days_left", "Days", "days", clear=Decimal("Infinity")),)),
        ("metrics", (Metric("days_left", "Days", "days", for_seconds=-1),)),
        ("metrics", (Metric("days_left", "Days", "days", for_seconds=86_401),)),
        ("metrics", (Metric("days_left", "", "days"),)), ("rules", ({},) * 51), ("rules", (1,)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(part: str, value: Any) -> None:
    with pytest.raises(BadManifest) as refusal:
        checked(dataclasses.replace(GOOD, **{part: value}))
    assert refusal.value.part.split(",")[0] == part


@pytest.mark.parametrize("found", [None, 1, "MANIFEST", Manifest, {"name": "holiday"}])
def test_what_is_no_manifest_is_refused(found: Any) -> None:
    with pytest.raises(BadManifest):
        checked(found)


_ANYTHING = st.one_of(st.none(), st.integers(), st.text(), st.lists(st.none()), st.booleans())


@given(part=st.sampled_from([each.name for each in dataclasses.fields(Manifest)]), value=_ANYTHING)
def test_anything_in_any_place_is_taken_or_refused_by_name(part: str, value: Any) -> None:
    made = dataclasses.replace(GOOD, **{part: value})
    try:
        is_taken = checked(made) is made
    except BadManifest as refusal:
        is_taken = refusal.part.startswith(part)
    assert is_taken
