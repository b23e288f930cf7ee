"""Numbers as the site writes them, and as small as pages carry them."""

import math
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "KRW": "₩"}
DASH = "–"
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def sign_of(currency: str) -> str:
    """What stands before an amount."""
    return SIGNS.get(currency, f"{currency} ")


def fixed(size: float, digits: int) -> str:
    """A number that is not negative with so many digits, rounded as a browser does: halves of what is written, up."""
    rounded = Decimal(repr(size)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{rounded:,f}"


def amount(value: float | None, unit: str, currency: str) -> str:
    """A value in its unit: money, share, points (of shares), change (relative), ratio, count, days and hours."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return DASH
    number = float(value)
    sign, size = ("−" if number < 0 else ""), abs(number)
    if unit == "share":
        return f"{sign}{fixed(100 * size, 2 if 0 < size < 0.01 else 1)}%"
    if unit == "points":
        return f"{'+' if number > 0 else sign}{fixed(100 * size, 1)} points"
    if unit == "change":
        return f"{'+' if number > 0 else sign}{fixed(100 * size, 1)} %"
    if unit == "ratio":
        return f"{sign}{fixed(size, 2)}"
    if unit == "money":
        digits = 2 if size < 1000 and size != int(size) else 0
        return f"{sign}{sign_of(currency)}{fixed(size, digits)}"
    return f"{sign}{fixed(size, 0 if size == int(size) or size >= 100 else 1)}"


def signed(size: float) -> str:
    """A difference with its sign and one digit; ±0.0 where it rounds to nothing."""
    text = fixed(abs(size), 1)
    if not float(text.replace(",", "")):
        return f"±{text}"
    return f"{'+' if size > 0 else '−'}{text}"


def points(size: float) -> tuple[str, str]:
    """A difference in points, in English and Korean."""
    return f"{signed(size)} points", f"{signed(size)}포인트"


def change(value: float | None, before: float | None, unit: str) -> tuple[str, str]:
    """From one value to another, in English and Korean: points of shares, else per cent; empty where neither can be
    said, as from nothing, or to less than nothing."""
    if value is None or before is None:
        return "", ""
    if unit == "share":
        return points(100 * (value - before))
    if before <= 0 or value < 0:
        return "", ""
    said = f"{signed(100 * (value / before - 1))} %"
    return said, said


def period_name(start: date, grain: str) -> tuple[str, str]:
    """A period as a person names it, in English and Korean."""
    month = MONTHS[start.month - 1]
    return {
        "day": (
            f"{start.day} {month} {start.year}",
            f"{start.year}년 {start.month}월 {start.day}일",
        ),
        "week": (
            f"week of {start.day} {month} {start.year}",
            f"{start.year}년 {start.month}월 {start.day}일 주",
        ),
        "month": (f"{month} {start.year}", f"{start.year}년 {start.month}월"),
        "quarter": (
            f"Q{(start.month + 2) // 3} {start.year}",
            f"{start.year}년 {(start.month + 2) // 3}분기",
        ),
    }[grain]


def small(value):
    """A value as JSON carries it: six figures, of large ones all before the point; dates as text; only numbers that are
    finite."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        rounded = float(f"{value:.0f}" if abs(value) >= 100_000 else f"{value:.6g}")
        return int(rounded) if rounded == int(rounded) else rounded
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return value
