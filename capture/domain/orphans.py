"""Answers about orders that were not seen."""

from riskgw.messages.problem import Problem, ProblemKind


def orphan(account: str | None, pbu: str, reference: str) -> list[Problem]:
    """The problem of a message that carries no account, when its order has told none either."""
    if account is not None:
        return []
    detail = f"order {reference} of PBU {pbu} was not seen today: account unknown"
    return [Problem(ProblemKind.ORPHAN, detail)]
