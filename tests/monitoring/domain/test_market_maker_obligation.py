"""Presence, spreads and answers, against a recount that looks at every single instant."""

from datetime import date
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from monitoring.domain.market_maker_obligation import (
    Breach,
    Making,
    Quote,
    Terms,
    Totals,
    breaches,
    coverage_percent,
    presence_percent,
    reachable_percent,
    relieved,
    response_percent,
)
from monitoring.domain.trading_spans import DaySpans, covered_ns, day_spans, without
from riskgw.cep.sessions import Sessions
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns
from tests.sessions import FUTURES

PERCENT = 10**6
TERMS = Terms(
    size_min=10, spreads=((1, 4), (50, 8)), respond_within_ns=9, hold_ns=5, requests_apart_ns=6
)
SPANS = DaySpans(continuous=((20, 60), (80, 120)), auction=((5, 15),))
END = 130


class Step(NamedTuple):
    at: int
    what: str
    quote: Quote


def good(ref: str = "Q", bid: int = 10, spread: int = 4, size: int = 10) -> Quote:
    return Quote(ref, bid, size, bid + spread, size)


def played(steps: list[Step], spans: DaySpans = SPANS) -> Totals:
    making = Making(TERMS, spans, 0)
    for step in steps:
        if step.what == "quote":
            making.take_quote(step.at, step.quote)
        elif step.what == "withdraw":
            making.withdraw(step.at, step.quote.ref)
        elif step.what == "request":
            making.ask(step.at)
        else:
            making.stop(step.at, is_stopped=step.what == "halt")
    making.advance(END)
    return making.totals


class Recount:
    """Slow and plain: what stood at each instant, then counted."""

    def __init__(self, steps: list[Step]) -> None:
        self.quotes: list[Quote | None] = []
        self.open: list[bool] = []
        quote, halted = None, False
        for at in range(END):
            for step in (each for each in steps if each.at == at):
                if step.what == "quote":
                    quote = step.quote
                elif step.what == "withdraw" and quote and quote.ref == step.quote.ref:
                    quote = None
                elif step.what in ("halt", "resume"):
                    halted = step.what == "halt"
            self.quotes.append(quote)
            self.open.append(not halted and any(a <= at < b for a, b in SPANS.continuous))

    def present(self) -> int:
        return sum(self.open[at] and self._is_valid(self.quotes[at]) for at in range(END))

    def spread(self) -> int:
        return sum(q.ask - q.bid for q, is_open in self._pairs() if is_open)

    def answers(self, steps: list[Step]) -> tuple[int, int, int, int]:
        """Requests, answered, missed, latency: looked for instant by instant."""
        valid = [self._is_valid(each) for each in self.quotes]
        requests = answered = missed = latency = 0
        last = -END
        for at in (each.at for each in steps if each.what == "request"):
            if valid[at] or not self.open[at] or at - last < TERMS.requests_apart_ns:
                continue
            last, requests = at, requests + 1
            deadline = at + TERMS.respond_within_ns
            begins = [
                v for v in range(at + 1, min(deadline, END - 1) + 1) if valid[v] > valid[v - 1]
            ]
            held = [
                v for v in begins if v + TERMS.hold_ns <= END and all(valid[v : v + TERMS.hold_ns])
            ]
            stands = [v for v in begins if v + TERMS.hold_ns > END and all(valid[v:])]
            if held:
                answered, latency = answered + 1, latency + held[0] - at
            elif not stands and deadline < END:
                missed += 1
        return requests, answered, missed, latency

    def _pairs(self) -> list[tuple[Quote, bool]]:
        pairs = zip(self.quotes, self.open, strict=True)
        return [(q, is_open) for q, is_open in pairs if q and q.bid and q.ask and q.size]

    @staticmethod
    def _is_valid(quote: Quote | None) -> bool:
        if quote is None or not (quote.bid and quote.ask and quote.size >= 10):
            return False
        return quote.ask - quote.bid <= (8 if quote.bid >= 50 else 4)


quotes = st.builds(
    lambda bid, spread, size, ref: Quote(ref, bid, size, bid + spread, size),
    st.sampled_from([0, 1, 10, 49, 50]), st.sampled_from([1, 4, 5, 8, 9]),
    st.sampled_from([0, 9, 10]), st.sampled_from("AB"),
)  # fmt: skip
steps = st.lists(
    st.builds(
        Step, st.integers(0, END - 1),
        st.sampled_from(["quote", "quote", "withdraw", "halt", "resume"]),
        quotes,
    ),
    max_size=25,
).map(lambda found: sorted(found, key=lambda each: each.at))  # fmt: skip


@given(steps)
def test_every_figure_of_time_equals_a_count_of_instants(given_steps: list[Step]) -> None:
    totals, slow = played(given_steps), Recount(given_steps)
    assert totals.obliged_ns == sum(slow.open)
    assert totals.present_ns == slow.present()
    assert totals.two_sided_ns == sum(is_open for _, is_open in slow._pairs())
    assert totals.spread_ns == slow.spread()


asked = st.lists(
    st.builds(
        Step,
        st.integers(0, END - 1),
        st.sampled_from(["quote", "quote", "withdraw", "request", "request"]),
        quotes,
    ),
    max_size=40,
    unique_by=lambda each: each.at,
).map(lambda found: sorted(found, key=lambda each: each.at))


@given(asked)
def test_answers_equal_a_search_through_all_instants(given_steps: list[Step]) -> None:
    totals = played(given_steps)
    found = totals.requests, totals.answered, totals.missed, totals.latency_ns
    assert found == Recount(given_steps).answers(given_steps)


@given(steps, st.lists(st.integers(0, END), max_size=10))
def test_looking_in_between_changes_nothing(given_steps: list[Step], looks: list[int]) -> None:
    making = Making(TERMS, SPANS, 0)
    for step in given_steps:
        for look in sorted(each for each in looks if each <= step.at):
            making.advance(look)
        if step.what == "quote":
            making.take_quote(step.at, step.quote)
        elif step.what == "withdraw":
            making.withdraw(step.at, step.quote.ref)
        else:
            making.stop(step.at, is_stopped=step.what == "halt")
    making.advance(END)
    assert making.totals == played(given_steps)


def test_a_quote_is_valid_at_its_band_and_least_size_and_not_one_beyond() -> None:
    assert breaches(good(spread=4), TERMS) == ()
    assert breaches(good(spread=5), TERMS) == (Breach.SPREAD,)
    assert breaches(good(bid=50, spread=8), TERMS) == ()
    assert breaches(good(size=9), TERMS) == (Breach.SIZE,)
    assert breaches(Quote("Q", 10, 10, 0, 0), TERMS) == (Breach.ONE_SIDED,)
    assert breaches(good(bid=0), TERMS) == (Breach.ONE_SIDED,)


def answers(*found: Step) -> tuple[int, int, int, int]:
    totals = played(list(found))
    return totals.requests, totals.answered, totals.missed, totals.latency_ns


def test_a_request_is_answered_in_time_and_held() -> None:
    asked = Step(30, "request", good())
    assert answers(asked, Step(39, "quote", good())) == (1, 1, 0, 9)
    assert answers(asked, Step(40, "quote", good())) == (1, 0, 1, 0)
    held = Step(35, "withdraw", good())
    assert answers(asked, Step(30, "quote", good()), held) == (1, 1, 0, 0)
    assert answers(asked, Step(31, "quote", good()), held) == (1, 0, 1, 0)
    # Taken back, and given once more in time.
    again = Step(37, "quote", good("Q2"))
    assert answers(asked, Step(31, "quote", good()), held, again) == (1, 1, 0, 7)


def test_requests_too_soon_outside_or_at_a_valid_quote_are_none() -> None:
    assert answers(Step(70, "request", good())) == (0, 0, 0, 0)
    assert answers(Step(30, "quote", good()), Step(31, "request", good())) == (0, 0, 0, 0)
    assert answers(Step(30, "request", good()), Step(35, "request", good())) == (1, 0, 1, 0)
    assert answers(Step(30, "request", good()), Step(36, "request", good())) == (2, 0, 2, 0)


def test_a_fill_takes_from_the_quote_until_it_is_too_small() -> None:
    making = Making(TERMS, SPANS, 20)
    making.take_quote(20, good(size=12))
    making.fill(25, "Q", 2, is_buy=True)
    assert making.is_valid
    making.fill(30, "Q", 1, is_buy=True)
    making.advance(40)
    assert (making.totals.present_ns, making.totals.trades) == (10, 2)


def test_what_can_still_be_reached_falls_with_each_missing_moment() -> None:
    making = Making(TERMS, SPANS, 0)
    assert reachable_percent(making.totals, making.left_ns()) == 100 * PERCENT
    making.advance(40)
    assert presence_percent(making.totals) == 0
    assert reachable_percent(making.totals, making.left_ns()) == 75 * PERCENT
    making.take_quote(40, good())
    making.advance(END)
    assert reachable_percent(making.totals, making.left_ns()) == 75 * PERCENT
    assert presence_percent(Totals()) is None
    assert response_percent(Totals()) is None


def test_relief_is_cut_out_and_auction_quotes_are_seen() -> None:
    making = Making(TERMS, relieved(SPANS, ((0, 30), (50, 90))), 0)
    making.take_quote(10, good())
    making.advance(END)
    assert (making.totals.obliged_ns, making.totals.present_ns) == (50, 50)
    assert making.totals.has_auction_quote
    assert not played([Step(20, "quote", good())]).has_auction_quote
    assert coverage_percent(1, 0) is None
    assert coverage_percent(1, 3) == 33_333_333


def test_spans_of_a_day_hold_its_night_and_leave_out_breaks_and_lunch() -> None:
    monday = date(2026, 11, 23)
    found = day_spans(Sessions(FUTURES), "SHFE:cu2601", monday)
    hours = [(end - start) // (60 * NS_PER_SECOND) for start, end in found.continuous]
    assert hours == [240, 75, 60, 90]
    friday_21 = day_start_ns(date(2026, 11, 20)) + 21 * 3600 * NS_PER_SECOND
    assert found.continuous[0][0] == friday_21
    assert len(found.auction) == 2


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4),
    st.integers(0, 40), st.integers(0, 40),
)  # fmt: skip
def test_what_is_cut_is_gone_and_the_rest_is_left(
    cuts: list[tuple[int, int]], start: int, end: int
) -> None:
    spans = ((3, 12), (15, 30))
    kept = [t for t in range(start, end) if any(a <= t < b for a, b in spans)]
    kept = [t for t in kept if not any(a <= t < b for a, b in cuts)]
    assert covered_ns(without(spans, cuts), start, end) == len(kept)
