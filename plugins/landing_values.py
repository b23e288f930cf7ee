"""How values of exports become values of the contract: the patterns of value_patterns.csv as SQL, text to text.

What a pattern reads is written as staging reads it: ISO days and times with their offset, numbers with a point, true
and false. A text that the pattern does not read stays as it came, so that staging can say what is wrong with it.
"""

import csv
import functools
import pathlib
from dataclasses import dataclass

HERE = pathlib.Path(__file__).parent
MONTHS = "['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec']"
# A clock after a day: half days before or after it, and an offset. The groups are named in PARTS.
HALF = r"오전|오후|am|pm|a\.m\.?|p\.m\.?"
ZONE = r"z|utc|gmt|kst|jst|[+-]\d{2}:?\d{2}|[+-]\d{2}"
CLOCK = (
    rf"(?:[t ,]+(?:({HALF}) ?)?(\d{{1,2}})(?:[:시] ?(\d{{1,2}}))?(?:[:분] ?(\d{{1,2}})(?:[.,](\d{{1,9}}))?)?[분초]?"
    rf"(?: ?({HALF}))?(?: ?({ZONE}))?(?: \((?:utc|gmt|kst|jst)\))?)?"
)
COMPACT_CLOCK = rf"[t ]?()(\d{{2}}):?(\d{{2}}):?(\d{{2}})?(?:\.(\d{{1,9}}))?()({ZONE})?"
PARTS = ["a", "b", "c", "am", "h", "mi", "s", "f", "pm", "z"]
SIGN = r"[+-]?"
# Currencies beside a number; those of the second list have no decimals, so that a comma after them is none either.
CURRENCY = r"us\$|[$€£]|usd|eur|gbp|chf|cny|cad|aud"
WHOLE_CURRENCY = r"[₩¥]|원|엔|円|krw|jpy"
DIGITS = 28, 8
WIDE = "０１２３４５６７８９．，－＋（）％＄￦￥：／　\u00a0\u202f\u2009−–"
NARROW = "0123456789.,-+()%$₩¥:/    --"


@dataclass(frozen=True)
class Pattern:
    """One row of value_patterns.csv."""

    kind: str
    name: str
    is_guessed: bool
    order: str
    regex: str
    example: str
    reads_as: str


@functools.cache
def patterns(kind: str) -> tuple[Pattern, ...]:
    with (HERE / "value_patterns.csv").open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    return tuple(
        Pattern(
            row["kind"],
            row["pattern"],
            row["is_guessed"] == "yes",
            row["order"],
            row["regex"],
            row["example"],
            row["reads_as"],
        )
        for row in rows
        if row["kind"] == kind
    )


def pattern_named(kind: str, name: str) -> Pattern | None:
    return next((pattern for pattern in patterns(kind) if pattern.name == name), None)


@functools.cache
def minor_digits() -> dict[str, int]:
    """Digits after the point of currencies that have not two."""
    with (HERE / "minor_units.csv").open(newline="", encoding="utf-8") as opened:
        return {row["currency"]: int(row["digits"]) for row in csv.DictReader(opened)}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def plain(value: str) -> str:
    """SQL: a text without blanks around it, full-width digits and signs as usual ones."""
    wide = f"regexp_matches({value}, '[{WIDE}]')"
    usual = f"case when {wide} then translate({value}, {quoted(WIDE)}, {quoted(NARROW)}) else {value} end"
    return f"trim(regexp_replace({usual}, '\\s+', ' ', 'g'))"


def bound(name: str, value: str, expression: str) -> str:
    """SQL: an expression over a name that a value is given once."""
    return f"list_transform([{value}], lambda {name}: {expression})[1]"


def kind_of(data_type: str) -> str | None:
    """Which patterns a column of the contract can be written in; None for text."""
    if data_type in ("timestamp", "date"):
        return "moment"
    if data_type == "boolean":
        return "boolean"
    return "number" if data_type.startswith(("decimal", "bigint", "double")) else None


def native(value: str, data_type: str) -> str:
    """SQL: whether staging reads a text as it is, or rejects it for what it says and not for how it is written. The
    usual form is looked at first: a cast that fails costs a hundred times as much."""
    if data_type == "boolean":
        return f"(try_cast({value} as boolean) is not null)"
    if kind_of(data_type) == "number":
        usual = r"-?\d{1,15}(\.\d+)?"
        other = f"try_cast({value} as double) is not null"
    elif data_type == "date":
        usual = r"\d{4}-\d{2}-\d{2}"
        other = f"(try_cast({value} as date) is not null or {value} like '0000-00-00%')"
    else:
        usual = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?"
        text = f"regexp_replace(upper({value}), ' +([Z+-])', '\\1')"
        text = f"regexp_replace({text}, '^(.{{13}}:[0-9]{{2}})([^:0-9].*)$', '\\1:00\\2')"
        other = (
            f"(try_cast({value} as timestamp) is not null or try_cast({text} as timestamptz) is not null "
            f"or {value} like '0000-00-00%')"
        )
    return f"(case when regexp_full_match({value}, '{usual}') then true else {other} end)"


def reading(pattern: Pattern, value: str, data_type: str) -> str:
    """SQL: what a pattern makes of a text, as text; null where it does not read it."""
    if pattern.kind == "number":
        return _number(pattern, value, data_type)
    if pattern.kind == "boolean":
        word = f"lower({plain(value)})"
        return (
            f"case when regexp_full_match({word}, {quoted(pattern.order)}) then 'true' "
            f"when regexp_full_match({word}, {quoted(pattern.regex)}) then 'false' end"
        )
    if pattern.order == "strptime":
        made = f"try_strptime({plain(value)}, {quoted(pattern.regex)})"
        shown = "date" if data_type == "date" else "timestamp"
        return f"cast(cast({made} as {shown}) as varchar)"
    if pattern.order in INSTANTS:
        return _instant(pattern, value, data_type)
    return _moment(pattern, value, data_type)


def _moment(pattern: Pattern, value: str, data_type: str) -> str:
    clock = {"yyyymmddhhmmss": COMPACT_CLOCK, "yyyymmdd": ""}.get(pattern.name, CLOCK)
    names = PARTS[: 3 if not clock else None]
    text = f"lower({plain(value)})"
    matched = f"regexp_extract({text}, {quoted(f'^{pattern.regex}{clock}$')}, {names})"
    place = {letter: PARTS[at] for at, letter in enumerate(pattern.order)}
    year = f"part.{place['y']}"
    if "yy" in pattern.name and "yyyy" not in pattern.name:
        year = f"case when {year} > '69' then '19' else '20' end || {year}"
    month = (
        f"cast(list_position({MONTHS}, left(part.{place['b']}, 3)) as varchar)"
        if "b" in place
        else f"part.{place['m']}"
    )
    if pattern.name == "yy.m.d":
        year = f"'20' || part.{place['y']}"
    written = f"{year}, '-', {month}, '-', part.{place['d']}"
    day = f"cast(try_cast(concat({written}) as date) as varchar)"
    if not clock or data_type == "date":
        return bound("part", matched, day)
    half = "left(concat(part.am, part.pm), 2)"
    hour = (
        f"case when part.am = '' and part.pm = '' then part.h "
        f"when {half} in ('오후', 'pm', 'p.') and length(part.h) < 3 and part.h::integer < 12 "
        f"then (part.h::integer + 12)::varchar "
        f"when {half} in ('오전', 'am', 'a.') and part.h = '12' then '0' else part.h end"
    )
    minute = "case when part.mi = '' then '00' else part.mi end"
    second = "case when part.s = '' then '00' else part.s end"
    fraction = "case when part.f <> '' then '.' || part.f end"
    stamp = f"try_cast(concat({written}, ' ', {hour}, ':', {minute}, ':', {second}, {fraction}) as timestamp)"
    zone = (
        "case part.z when '' then '' when 'z' then '+00' when 'utc' then '+00' when 'gmt' then '+00' "
        "when 'kst' then '+09' when 'jst' then '+09' else part.z end"
    )
    return bound(
        "part",
        matched,
        f"case when part.h = '' then {day} else cast({stamp} as varchar) || {zone} end",
    )


# Numbers that are moments: how SQL makes one, and whether it is in UTC.
INSTANTS = {
    "serial": (
        "timestamp '1899-12-30' + to_microseconds(cast(round(cast({0} as double) * 86400) as bigint) * 1000000)"
    ),
    "serial_1904": (
        "timestamp '1904-01-01' + to_microseconds(cast(round(cast({0} as double) * 86400) as bigint) * 1000000)"
    ),
    "epoch_s": "make_timestamp(cast(cast({0} as decimal(20, 6)) * 1000000 as bigint))",
    "epoch_ms": "make_timestamp(cast({0} as bigint) * 1000)",
    "epoch_us": "make_timestamp(cast({0} as bigint))",
}


def _instant(pattern: Pattern, value: str, data_type: str) -> str:
    text = plain(value)
    stamp = INSTANTS[pattern.order].format(text)
    if data_type == "date":
        made = f"cast(cast({stamp} as date) as varchar)"
    elif pattern.order.startswith("serial"):
        day = f"cast(cast({stamp} as date) as varchar)"
        made = f"case when {text} like '%.%' then cast({stamp} as varchar) else {day} end"
    else:
        made = f"cast({stamp} as varchar) || '+00'"
    return f"case when regexp_full_match({text}, {quoted(pattern.regex)}) then {made} end"


def _number(pattern: Pattern, value: str, data_type: str) -> str:
    text = "plain_text"
    if pattern.order == "percent":
        share = f"cast(replace({text}, '%', '') as decimal(24, {DIGITS[1]})) * 0.01"
        fits = f"regexp_full_match({text}, {quoted(f'{SIGN}(?:{pattern.regex})')})"
        return bound(
            text,
            f"lower({plain(value)})",
            f"case when {fits} then rtrim(rtrim(cast({share} as varchar), '0'), '.') end",
        )
    currency = CURRENCY if pattern.order == "comma" else f"{CURRENCY}|{WHOLE_CURRENCY}"
    core = pattern.regex
    if data_type == "bigint" and pattern.order == "comma":
        core = r"\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+|\d+"
    number = rf"(?:{SIGN} ?(?:{currency})? ?{SIGN}(?:{core}) ?(?:{currency})? ?-?)"
    pattern_text = rf"(?:{number}|\( ?{number} ?\))"
    point = "" if pattern.order == "point" else "."
    digits = f"regexp_replace({text}, '[^0-9{'.' if pattern.order == 'point' else ','}]', '', 'g')"
    made = f"replace({digits}, ',', '.')" if point else digits
    sign = f"case when regexp_matches({text}, '^\\(|-') then '-' else '' end"
    read = f"case when regexp_full_match({text}, {quoted(pattern_text)}) then {sign} || rtrim({made}, '.') end"
    return bound(text, f"lower({plain(value)})", read)


# Which currencies a sign beside a number can be of; dollars are of many countries.
SIGNS = {
    "₩|원|krw": ["KRW"],
    "엔|円|jpy": ["JPY"],
    "¥": ["JPY", "CNY"],
    "€|eur": ["EUR"],
    "£|gbp": ["GBP"],
    r"us\$|usd": ["USD"],
    "chf": ["CHF"],
    "cny": ["CNY"],
    "cad": ["CAD"],
    "aud": ["AUD"],
}
NO_DOLLARS = ["KRW", "JPY", "EUR", "GBP", "CHF", "CNY"]


def sign_of(value: str) -> str:
    """SQL: the currencies that the sign beside a number can be of, as `JPY CNY`; `$` of any dollar, '' without one."""
    cases = " ".join(
        f"when regexp_matches({{0}}, {quoted(signs)}) then {quoted(' '.join(codes))}"
        for signs, codes in SIGNS.items()
    )
    text = f"lower({plain(value)})"
    return bound(
        "signed",
        text,
        f"case {cases.format('signed')} when contains(signed, '$') then '$' else '' end",
    )


def is_other_currency(sign: str, currency: str) -> str:
    """SQL: whether a sign is of none of the currency's; only of currencies of three letters."""
    dollars = ", ".join(quoted(code) for code in NO_DOLLARS)
    return (
        f"regexp_full_match({currency}, '[A-Z]{{3}}') and case when {sign} = '$' then {currency} in ({dollars}) "
        f"else not contains({sign}, {currency}) end"
    )


def is_lost_sign(currency: str) -> str:
    """SQL: whether the macro's text `given` has a sign beside its number that is not of this currency. Plain numbers
    are most, and are let go at a look."""
    code = f"upper(trim(cast({currency} as varchar)))"
    lost = bound(
        "beside",
        sign_of("cast(given as varchar)"),
        f"beside <> '' and (not coalesce(regexp_full_match({code}, '[A-Z]{{3}}'), false) "
        f"or {is_other_currency('beside', code)})",
    )
    return f"case when regexp_full_match(cast(given as varchar), '[-+0-9., ]*') then false else {lost} end"


def zero_digits() -> str:
    return ", ".join(quoted(name) for name, digits in minor_digits().items() if digits == 0)


def three_digits() -> str:
    return ", ".join(quoted(name) for name, digits in minor_digits().items() if digits == 3)


def _failing(function: str, value: str, why: str, data_type: str) -> str:
    """SQL that fails with a sentence: what cannot be read. Not error(), which try() does not take."""
    sentence = (
        f"concat('{function}(''', left(cast({value} as varchar), 60), '''): ', {quoted(why)})"
    )
    return f"cast(cast(cast({sentence} as integer) as varchar) as {data_type})"


def _missing(function: str, value: str, why: str, data_type: str) -> str:
    """SQL of nothing, where _failing would stop."""
    return f"cast(null as {data_type})"


@functools.cache
def helpers(failing=_failing) -> dict[str, tuple[str, str]]:
    """The functions that a .sql file may call: name to (parameters, SQL expression). Those for try() are of _missing:
    DuckDB 1.5.6 may crash where try() catches the error of an expression with a case in it."""
    text = "nullif(trim(cast(given as varchar)), '')"
    guessed = [
        pattern
        for pattern in patterns("moment")
        if pattern.is_guessed and pattern.name not in ("d/m/y", "m/d/y")
    ]

    def moment(data_type: str, function: str, result: str) -> str:
        tried = ", ".join(reading(pattern, text, data_type) for pattern in guessed)
        first, second = (
            reading(pattern_named("moment", name), text, data_type) for name in ("d/m/y", "m/d/y")
        )
        both = failing(
            function,
            "given",
            "the day or the month may be first. Write strptime(…, ''%d/%m/%Y'') or ''%m/%d/%Y''".replace(
                "''", "'"
            ),
            result,
        )
        unread = failing(
            function,
            "given",
            "no day or time that can be read. Correct it, or make it empty: nullif(…), or try(…) for all such",
            result,
        )
        return (
            f"case when {text} is null then null when {native(text, data_type)} "
            f"then coalesce(try_cast({text} as {result}), {unread}) "
            f"else coalesce(cast(coalesce({tried}) as {result}), "
            f"case when {first} <> {second} then {both} else cast(coalesce({first}, {second}) as {result}) end, "
            f"{unread}) end"
        )

    decimal = f"decimal({DIGITS[0]}, {DIGITS[1]})"
    read = ", ".join(
        reading(pattern, text, "decimal") for pattern in patterns("number") if pattern.is_guessed
    )
    number = f"case when {native(text, 'double')} then {text} else coalesce({read}) end"
    loses = f"regexp_matches(digits, '\\.\\d{{{DIGITS[1]}}}\\d*[1-9]')"
    lost = failing(
        "as_number",
        "given",
        "the currency beside the number is not said to be the row's, and would be lost. Write "
        "as_number(…, currency) with a code of three letters, and correct the amount of another currency",
        decimal,
    )
    digits = (
        f"case when upper(trim(cast(currency as varchar))) in ({zero_digits()}) then 1.000 "
        f"when upper(trim(cast(currency as varchar))) in ({three_digits()}) then 0.001 "
        f"when regexp_full_match(upper(trim(cast(currency as varchar))), '[A-Z]{{3}}') then 0.010 end"
    )
    instant = (
        f"case when {text} is null then null "
        + " ".join(
            f"when regexp_full_match({text}, {quoted(pattern.regex)}) "
            f"then {INSTANTS[name].format(text)} at time zone 'UTC'"
            for name in ("epoch_s", "epoch_ms", "epoch_us")
            for pattern in [pattern_named("moment", name)]
        )
        + " else "
        + failing(
            "from_epoch",
            "given",
            "no seconds, milli- or microseconds since 1970 of the years 1989 to 2096",
            "timestamptz",
        )
        + " end"
    )
    return {
        "as_number": (
            "given, currency := null",
            f"case when {text} is null then null when {is_lost_sign('currency')} then {lost} "
            f"else {bound('digits', number, _number_read(decimal, loses, failing))} end",
        ),
        "as_time": ("given", moment("timestamp", "as_time", "varchar")),
        "as_day": ("given", moment("date", "as_day", "date")),
        "from_epoch": ("given", instant),
        "from_minor_units": (
            "amount, currency",
            f"case when amount is null then null when {digits} is null then "
            + failing(
                "from_minor_units",
                "currency",
                "the currency of an amount in cents is missing or no code of three letters",
                "decimal(28, 7)",
            )
            + f" else cast(amount as decimal(24, 4)) * cast({digits} as decimal(4, 3)) end",
        ),
        "hashed_key": (
            "given",
            "case when trim(cast(given as varchar)) <> '' "
            "then md5(lower(trim(nfc_normalize(cast(given as varchar))))) end",
        ),
    }


def _number_read(decimal: str, loses: str, failing) -> str:
    unread = "no number that can be read. Correct it, or make it empty: nullif(…), or try(…) for all such"
    long = f"more digits than {DIGITS[1]} after the point. Round it"
    # Most numbers fit a short decimal, to which text is cast many times faster.
    short = f"cast(try_cast(digits as decimal(18, {DIGITS[1]})) as {decimal})"
    return (
        f"case when {loses} then {failing('as_number', 'given', long, decimal)} else coalesce("
        f"{short}, try_cast(digits as {decimal}), {failing('as_number', 'given', unread, decimal)}) end"
    )


SCHEMA = "groundwork_helpers"
TRIED = "try_"


def register(connection) -> None:
    """Makes the helpers known to every connection of this process, in a database in memory of their own: what reads
    the warehouse later does not need them."""
    cursor = connection.cursor()
    cursor.execute(f"attach if not exists ':memory:' as {SCHEMA}")
    for prefix, made in (("", helpers()), (TRIED, helpers(_missing))):
        for name, (parameters, expression) in made.items():
            cursor.execute(
                f"create or replace macro {SCHEMA}.main.{prefix}{name}({parameters}) as {expression}"
            )
