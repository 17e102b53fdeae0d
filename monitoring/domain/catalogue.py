"""The rules a release ships, as its files say them: whole rules, which are off, names."""

import msgspec

from riskgw.cep.spec import RulesFileError, RuleSpec


class Catalogue(msgspec.Struct, frozen=True):
    """One file. What is not `off` is judged, in the mode it names.

    `names` are the Chinese and English names of the indicators that come with these rules.
    """

    rules: tuple[RuleSpec, ...]
    off: frozenset[str] = frozenset()
    names: dict[str, tuple[str, str]] = {}

    @property
    def judged(self) -> tuple[RuleSpec, ...]:
        """Live and in shadow."""
        return tuple(each for each in self.rules if each.code not in self.off)


def catalogue_from_json(data: bytes) -> Catalogue:
    """RulesFileError where it is none."""
    try:
        return msgspec.json.decode(data, type=Catalogue)
    except msgspec.DecodeError as error:
        raise RulesFileError(str(error)) from None
