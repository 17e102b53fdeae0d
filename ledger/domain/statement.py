"""Statement lines: a gapless sequence by account, each line sealed together with all before it."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from ledger.domain.direction import Side, signed

# What the first line of an account is chained to.
ORIGIN = "0" * 64


@dataclass(frozen=True)
class Line:
    """One posting on one account; `balance_after` is signed."""

    account: str
    seq: int
    transaction: str
    side: Side
    amount: int
    balance_after: int
    posted_at_ns: int
    posting_date: date
    value_date: date


@dataclass(frozen=True)
class Break:
    """Where a statement stops adding up."""

    account: str
    seq: int
    what: str


def seal(line: Line, before: str) -> str:
    """SHA-256 over the seal of the line before and everything this one says."""
    said = [
        before, line.account, line.seq, line.transaction, line.side.value, line.amount,
        line.balance_after, line.posted_at_ns, line.posting_date.isoformat(),
        line.value_date.isoformat(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def breaks(lines: Iterable[tuple[Line, str]]) -> Iterator[Break]:
    """The faults of one account's lines in order, each beside the seal that is stored."""
    before, balance, seq = ORIGIN, 0, 0
    for line, stored in lines:
        seq += 1
        balance += signed(line.side, line.amount)
        if line.seq != seq:
            yield Break(line.account, seq, f"line {seq} is missing, {line.seq} follows")
            seq = line.seq
        elif line.balance_after != balance:
            what = f"balance {line.balance_after} where the lines add up to {balance}"
            yield Break(line.account, seq, what)
        if seal(line, before) != stored:
            yield Break(line.account, seq, "the line is not what was sealed")
        # Later lines are judged by what is stored here: one changed row is one place.
        before, balance = stored, line.balance_after
