"""The attributes of classes that keep them in slots, as Python does it and as mypyc does."""


def slots_of(cls: type) -> list[str]:
    """Those of its bases too, by name; none where a dictionary keeps them."""
    names: set[str] = set()
    for each in cls.__mro__:
        held = each.__dict__.get("__mypyc_attrs__") or each.__dict__.get("__slots__", ())
        names.update([held] if isinstance(held, str) else held)
    return sorted(names - {"__dict__", "__weakref__"})
