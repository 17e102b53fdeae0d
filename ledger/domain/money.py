"""Amounts: decimal text outside, integers in the currency's minor unit inside."""

from riskgw.kernel.decimals import DecimalTextError, scaled

# ISO 4217: digits of the minor unit, where there are not two.
_DIGITS = {
    **dict.fromkeys(("JPY", "KRW", "VND", "CLP", "ISK", "PYG", "UGX", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_USUAL_DIGITS = 2
# A balance of 64 bits then takes more than 900,000 of the largest amounts.
AMOUNT_MAX = 10**13


class AmountError(ValueError):
    """No amount of this currency."""


def digits(currency: str) -> int:
    return _DIGITS.get(currency, _USUAL_DIGITS)


def minor_units(text: str, currency: str) -> int:
    """ "100.0" and "100.00" are the same; more decimals than the currency has are none."""
    try:
        value = scaled(text, digits(currency))
    except DecimalTextError as error:
        raise AmountError(f"{error}, for {currency}") from None
    if abs(value) > AMOUNT_MAX:
        raise AmountError(f"more than {money_text(AMOUNT_MAX, currency)} {currency}")
    return value


def money_text(value: int, currency: str) -> str:
    """With all decimals of the currency: 100.00."""
    places = digits(currency)
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**places)
    return f"{sign}{whole}.{fraction:0{places}d}" if places else f"{sign}{whole}"
