"""Which rules to judge by: stored ones, or those of a file."""

from pathlib import Path

from monitoring.rule_refs import LIVE, RulesUnavailable, is_stored, stored_rules, usable
from riskgw.cep.spec import RulesFileError, RuleSpec, rules_from_json

__all__ = ["LIVE", "RulesUnavailable", "rules_of"]


def rules_of(ref: str) -> tuple[RuleSpec, ...]:
    """A reference to stored rules, or the path of an exported rules file."""
    return usable(stored_rules(ref) if is_stored(ref) else _from_file(Path(ref)), ref)


def _from_file(path: Path) -> tuple[RuleSpec, ...]:
    try:
        return rules_from_json(path.read_bytes())
    except OSError as error:
        raise RulesUnavailable(f"{path}: {error.strerror}") from None
    except RulesFileError as error:
        raise RulesUnavailable(f"{path}: not a rules file: {error}") from None
