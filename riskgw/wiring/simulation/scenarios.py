"""Accounts that go to one unit below, to, and one unit above every threshold of the live rules."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

from riskgw.cep.spec import RuleSpec
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.kernel.words import LEVELS_RISING, Level, Side
from riskgw.wiring.simulation.book import SimCancel, SimOrder
from riskgw.wiring.simulation.desk import Desk
from riskgw.wiring.simulation.labels import Claim, Label, Ladder
from riskgw.wiring.simulation.population import SCENARIO_PRICE, Account, Contract
from riskgw.wiring.simulation.sessions import Session

# Far from the market, inside the price limits: these orders rest until they are cancelled.
RESTING_BUY, RESTING_SELL = SCENARIO_PRICE - 60, SCENARIO_PRICE + 60
SMALL_LOT = 100
_BURST_STEP_NS = 3 * NS_PER_MS
_SLOW_CANCEL_NS = 2500 * NS_PER_MS
_FAST_CANCEL_NS = 150 * NS_PER_MS
_CONTRACTS_A_SPREAD = 4

Events = Callable[[], Sequence[tuple[int, str]]]


class Scenarios:
    """Schedules the scenarios of each rule and collects their labels."""

    def __init__(
        self, desk: Desk, random: Random, sessions: tuple[Session, ...], rules: Sequence[RuleSpec]
    ) -> None:
        self._desk = desk
        self._random = random
        self._sessions = sessions
        self._rules = {rule.code: rule for rule in rules}
        self.labels: list[Label] = []

    def schedule(self, *, with_day_totals: bool) -> None:
        """The scenarios of the rules at hand; those that need a whole day's volume if asked."""
        scenarios = {
            "P01": [self._bursts, *([self._day_totals] if with_day_totals else [])],
            "P03": [self._instant_cancels, self._cancel_ratios],
            "F01": [self._self_trades],
            "T01": [self._large_orders],
            "F02": [self._frequent_cancels],
            "H01": [self._unknown_counters],
        }
        for rule, schedules in scenarios.items():
            if rule in self._rules:
                for schedule in schedules:
                    schedule()

    def _bursts(self) -> None:
        """P01, by the second: so many orders and cancels of one account within one second."""
        ladder = self._ladder("P01", 0)
        for place, value in enumerate(ladder.values()):
            account, contract = self._lone_account(place)
            start_ns = self._start(5 * NS_PER_SECOND)
            requests = self._burst(account, contract, value, start_ns)
            if account.exchange == "SZSE":
                # Exactly one second after the first, one more is no longer in its window.
                late_ns = start_ns + NS_PER_SECOND
                self._resting_buy(late_ns, account, contract)
            self._label("P01", {"account": account.id}, ladder, value, _submissions(requests))

    def _burst(
        self, account: Account, contract: Contract, value: int, start_ns: int
    ) -> list[SimOrder | SimCancel]:
        requests: list[SimOrder | SimCancel] = []
        orders: list[SimOrder] = []
        for number in range(value):
            at_ns = start_ns + number * _BURST_STEP_NS
            if number % 4 == 3:
                requests.append(self._desk.cancel_at(at_ns, orders[number // 4]))
            else:
                orders.append(self._resting_buy(at_ns, account, contract))
                requests.append(orders[-1])
        return requests

    def _day_totals(self) -> None:
        """P01, by the day: small writes of five orders, spread over both sessions."""
        ladder = self._ladder("P01", 1)
        for value in ladder.values():
            account, contract = self._lone_account(0)
            writes = -(-value // 5)
            times = [self._spread(number, writes) for number in range(writes)]
            orders = [
                self._resting_buy(times[number // 5], account, contract) for number in range(value)
            ]
            self._label("P01", {"account": account.id}, ladder, value, _submissions(orders))

    def _instant_cancels(self) -> None:
        """P03, by count: every order cancelled within a second."""
        ladder = self._ladder("P03", 0)
        for place, value in enumerate(ladder.values()):
            account, _ = self._lone_account(place)
            start_ns = self._start(value * 400 * NS_PER_MS)
            orders = self._cancelled_orders(account, value, start_ns)
            self._label("P03", {"account": account.id}, ladder, value, _cancellations(orders))

    def _cancel_ratios(self) -> None:
        """P03, by ratio: orders that stay, then cancelled ones up to the exact percentage."""
        counts, percents = self._ladder("P03", 0), self._ladder("P03", 1)
        for level, percent in percents.thresholds.items():
            # Well above the least count, and a multiple that makes the share exact.
            even = -(-(counts.reached(level) + 40) // percent) * percent
            staying = even * (100 - percent) // percent
            for offset in (-1, 0, 1):
                account, _ = self._lone_account(offset + 1)
                orders = self._mixed_orders(account, staying, even + offset)
                self._ratio_labels(account, level, staying, orders)

    def _ratio_labels(
        self, account: Account, level: Level, staying: int, orders: list[SimOrder]
    ) -> None:
        counts, percents = self._ladder("P03", 0), self._ladder("P03", 1)
        key = {"account": account.id}
        for each, percent in percents.thresholds.items():
            even = staying * percent // (100 - percent)
            reached = max(even + 1, counts.reached(each))
            if len(orders) >= reached:
                self._add(
                    Claim("P03", each, key, len(orders) - even), reached, _cancellations(orders)
                )
            elif each is level:
                self._add(Claim("P03", each, key, len(orders) - even), None, _cancellations(orders))

    def _self_trades(self) -> None:
        """F01: a resting order met by another account of the same group, inside the spread."""
        ladder = self._ladder("F01", 0)
        for place, value in enumerate(ladder.values()):
            first, second, contract = self._related_accounts(place)
            start_ns = self._start(value * 6 * NS_PER_SECOND)
            pairs = []
            for number in range(value):
                at_ns = start_ns + number * 6 * NS_PER_SECOND
                terms = (SCENARIO_PRICE, SMALL_LOT * (number + 1))
                resting = self._desk.order_at(at_ns, first, contract, Side.SELL, terms)
                incoming_ns = at_ns + 2 * NS_PER_SECOND
                incoming = self._desk.order_at(incoming_ns, second, contract, Side.BUY, terms)
                pairs.append((resting, incoming))
            key = {"group": first.group, "contract": f"{contract.exchange}:{contract.symbol}"}
            self._label("F01", key, ladder, value, self._matches(pairs))

    def _matches(self, pairs: Sequence[tuple[SimOrder, SimOrder]]) -> Events:
        """A self-trade is known with its second fill, in the order a listener judges fills."""

        def place(number: int, order: SimOrder) -> tuple[int, int, int]:
            assert order.owner is not None
            return order.filled_ns, self._desk.link_number(order.owner), number

        def events() -> list[tuple[int, str]]:
            last = [max(enumerate(pair), key=lambda side: place(*side))[1] for pair in pairs]
            return [(order.filled_ns, order.reference) for order in last]

        return events

    def _large_orders(self) -> None:
        """T01: single orders around each percentage of the contract's largest order."""
        ladder = self._ladder("T01", 0)
        contract_max = self._desk.population.scenario_contracts("SZSE")[0].order_quantity_max
        for level, percent in ladder.thresholds.items():
            for offset in (-1, 0, 1):
                account, contract = self._lone_account(offset + 1)
                assert contract.order_quantity_max == contract_max
                quantity = contract_max * percent // 100 + offset
                at_ns = self._start(NS_PER_SECOND)
                terms = (RESTING_SELL, quantity)
                order = self._desk.order_at(at_ns, account, contract, Side.SELL, terms)
                self._large_order_labels(account, level, offset, order)

    def _large_order_labels(
        self, account: Account, level: Level, offset: int, order: SimOrder
    ) -> None:
        """One order raises only the highest level it passes."""
        contract = order.contract
        key = {"account": account.id, "contract": f"{contract.exchange}:{contract.symbol}"}
        limits = {
            each: contract.order_quantity_max * percent // 100
            for each, percent in self._ladder("T01", 0).thresholds.items()
        }
        passed = [
            each for each in LEVELS_RISING if each in limits and order.quantity > limits[each]
        ]
        if level not in passed:
            self._add(Claim("T01", level, key, offset), None, _submissions([order]))
        if passed:
            highest = passed[-1]
            over = order.quantity - limits[highest]
            self._add(Claim("T01", highest, key, over), 1, _submissions([order]))

    def _frequent_cancels(self) -> None:
        """F02: two accounts of a group cancel in one contract, each order after some rest."""
        ladder = self._ladder("F02", 0)
        for place, value in enumerate(ladder.values()):
            first, second, contract = self._related_accounts(place % 2)
            start_ns = self._start(value * 500 * NS_PER_MS)
            orders = []
            for number in range(value):
                account = first if number % 2 else second
                at_ns = start_ns + number * 500 * NS_PER_MS
                orders.append(self._resting_buy(at_ns, account, contract))
                self._desk.cancel_at(at_ns + _SLOW_CANCEL_NS, orders[-1])
            key = {"group": first.group, "contract": f"{contract.exchange}:{contract.symbol}"}
            self._label("F02", key, ladder, value, _cancellations(orders))

    def _unknown_counters(self) -> None:
        """H01: orders of systems that are in no table, each with an address of its own."""
        ladder = self._ladder("H01", 0)
        for value, address in zip(ladder.values(), unknown_systems(self._rules), strict=True):
            account, contract = self._lone_account(0)
            sender = account._replace(sent_by=address)
            start_ns = self._start(value * NS_PER_SECOND)
            orders = [
                self._resting_buy(start_ns + number * NS_PER_SECOND, sender, contract)
                for number in range(value)
            ]
            self._label("H01", {"source": address}, ladder, value, _submissions(orders))

    def _cancelled_orders(self, account: Account, count: int, start_ns: int) -> list[SimOrder]:
        """Orders cancelled at once, over several contracts: frequent in none of them."""
        contracts = self._desk.population.scenario_contracts(account.exchange)
        orders = []
        for number in range(count):
            at_ns = start_ns + number * 400 * NS_PER_MS
            contract = contracts[number % _CONTRACTS_A_SPREAD]
            orders.append(self._resting_buy(at_ns, account, contract))
            self._desk.cancel_at(at_ns + _FAST_CANCEL_NS, orders[-1])
        return orders

    def _mixed_orders(self, account: Account, staying: int, cancelled: int) -> list[SimOrder]:
        """The cancelled ones, sent after those that stay."""
        contracts = self._desk.population.scenario_contracts(account.exchange)
        kept_ns = staying * 100 * NS_PER_MS
        start_ns = self._start(kept_ns + cancelled * 400 * NS_PER_MS)
        for number in range(staying):
            at_ns = start_ns + number * 100 * NS_PER_MS
            self._resting_buy(at_ns, account, contracts[number % _CONTRACTS_A_SPREAD])
        return self._cancelled_orders(account, cancelled, start_ns + kept_ns)

    def _resting_buy(self, at_ns: int, account: Account, contract: Contract) -> SimOrder:
        terms = (RESTING_BUY, SMALL_LOT)
        return self._desk.order_at(at_ns, account, contract, Side.BUY, terms)

    def _lone_account(self, place: int) -> tuple[Account, Contract]:
        """A group of one investor, by turns on the Binary and on the TDS link."""
        (accounts,) = self._desk.population.scenario_group()
        account = accounts[place % 2]
        return account, self._any_contract(account.exchange)

    def _related_accounts(self, place: int) -> tuple[Account, Account, Contract]:
        """Two accounts of one group: two investors on either link, or one investor on both."""
        if place % 3 == 2:
            (accounts,) = self._desk.population.scenario_group()
            return accounts[1], accounts[2], self._any_contract("SSE")
        one, other = self._desk.population.scenario_group(investors=2)
        return one[place % 3], other[place % 3], self._any_contract(one[place % 3].exchange)

    def _any_contract(self, exchange: str) -> Contract:
        return self._random.choice(self._desk.population.scenario_contracts(exchange))

    def _start(self, length_ns: int) -> int:
        """A whole second after which `length_ns` fit into one session, with room to spare."""
        room_ns = length_ns + 60 * NS_PER_SECOND
        session = self._random.choice(
            [each for each in self._sessions if each.end_ns - each.start_ns > room_ns]
        )
        seconds = (session.end_ns - session.start_ns - room_ns) // NS_PER_SECOND
        # Off the full second: a coarse clock and a fine one must not disagree about it.
        offset_ns = self._random.randrange(50, 450) * NS_PER_MS
        return session.start_ns + self._random.randrange(seconds) * NS_PER_SECOND + offset_ns

    def _spread(self, number: int, count: int) -> int:
        """The time of one of `count` things spread evenly over all sessions."""
        lengths = [each.end_ns - each.start_ns for each in self._sessions]
        at_ns = (sum(lengths) - NS_PER_SECOND) * number // count
        for session, length in zip(self._sessions, lengths, strict=True):
            if at_ns < length:
                return session.start_ns + at_ns
            at_ns -= length
        return self._sessions[-1].end_ns

    def _ladder(self, rule: str, condition: int) -> Ladder:
        return Ladder(self._rules[rule].conditions[condition])

    def _label(
        self, rule: str, key: dict[str, str], ladder: Ladder, value: int, events: Events
    ) -> None:
        for level, offset, is_reached in ladder.offsets(value):
            reached = ladder.reached(level) if is_reached else None
            self._add(Claim(rule, level, key, offset), reached, events)

    def _add(self, claim: Claim, reached: int | None, events: Events) -> None:
        self.labels.append(Label(claim, reached, events))


def unknown_systems(rules: Mapping[str, RuleSpec]) -> list[str]:
    """The addresses of as many unknown systems as rule H01 has values to be tried."""
    if "H01" not in rules:
        return []
    values = Ladder(rules["H01"].conditions[0]).values()
    return [f"10.1.7.{number}" for number in range(1, len(values) + 1)]


def _submissions(requests: Sequence[SimOrder | SimCancel]) -> Events:
    return lambda: [
        (each.ordered_ns if isinstance(each, SimOrder) else each.requested_ns, each.reference)
        for each in requests
    ]


def _cancellations(orders: Sequence[SimOrder]) -> Events:
    return lambda: [(order.cancelled_ns, order.reference) for order in orders]
