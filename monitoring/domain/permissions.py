"""What an account may trade: deny by default, once somebody keeps its permissions."""

from collections.abc import Collection

from riskgw.kernel.words import Offset, Side

_EVERYTHING = "*"


def is_permitted(
    permissions: Collection[str],
    products: Collection[str | None],
    side: Side | None,
    offset: Offset | None,
) -> bool:
    """Whether one permission covers the order: a product's, or everything's, with its side and
    offset or without."""
    for product in (_EVERYTHING, *products):
        if product is None:
            continue
        names = [product, f"{product}:{side}", f"{product}:{side}:{offset}"]
        if any(name in permissions for name in names):
            return True
    return False
