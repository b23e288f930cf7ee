"""Which columns are personal: what a column's name suggests, and what its values look like.

The class of a column is written in the contract (meta `pii`, one of contracts.CLASSES). This module proposes it.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import contracts

# Words of a column's name, and the class that they suggest.
CLASS_OF_WORD = {
    row["word"]: row["pii_class"] for row in contracts.reference_rows("personal_words")
}

# What values look like, and the class that follows.
CLASS_OF_KIND = {
    **dict.fromkeys(("email",), "email"),
    **dict.fromkeys(("phone",), "phone"),
    **dict.fromkeys(("resident_number", "card", "iban"), "official_id"),
    **dict.fromkeys(("ipv4", "ipv6", "mac", "imei"), "device_id"),
    "birth_date": "birth_date",
    "korean_name": "name",
    "korean_address": "address",
}
# A column is of a kind when at least this share of its different values is; fewer values than that say nothing.
SHARE = 0.5
LEAST_VALUES = 5

EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@(?:[^\s@.<>()\[\],;:\"/]+\.)+[^\W\d_]{2,}")
# Korean numbers have a prefix that no other number has: mobile, internet, Seoul, a province, a service number.
KOREAN_PHONE = re.compile(
    r"(?:\(?0(?:1[016789]|70|50\d|2|[3-6][1-5])\)?[ .\-)]{0,2}\d{3,4}[ .\-]\d{4})|01[016789]\d{7,8}|1[568]\d{2}-\d{4}"
)
INTERNATIONAL_PHONE = re.compile(r"(?:\+|00[1-9]?[ \-]?(?=82|1[ \-]))[ ]?[1-9][\d ().\-/]{6,20}\d")
KOREA_WITHOUT_PLUS = re.compile(
    r"82[ .\-]\(?0?\)?(?:1[016789]|2|[3-6][1-5])[ .\-]\d{3,4}[ .\-]\d{4}"
)
AMERICAN_PHONE = re.compile(
    r"(?:1[ .\-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.\-])[2-9]\d{2}[ .\-]\d{4}"
)
RESIDENT = re.compile(r"(\d{2})(\d{2})(\d{2})[- ]?([1-8])(\d{6})")
CARD = re.compile(r"(?:4|5[1-5]|2[2-7]|3[47]|35|36|6011|64|65|62|9)\d*")
CARD_FORM = re.compile(r"\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -]?)\d{6}\2\d{5}|36\d{12}")
# The number of a telephone itself, by the bodies that give them out.
IMEI = re.compile(
    r"(?:01|35|44|45|49|5[0-4]|86|91|98|99)(\d{13}|([ -])\d{6}\2\d{6}\2\d|\d{4}([ -])\d{2}\3\d{6}\3\d)"
)
IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
IBAN_LENGTH = {
    **{
        "NO": 15,
        "BE": 16,
        "DK": 18,
        "FI": 18,
        "NL": 18,
        "AT": 20,
        "EE": 20,
        "LU": 20,
        "LT": 20,
        "CH": 21,
        "LV": 21,
    },
    **{
        "HR": 21,
        "SI": 19,
        "DE": 22,
        "GB": 22,
        "IE": 22,
        "BG": 22,
        "AE": 23,
        "IL": 23,
        "CZ": 24,
        "ES": 24,
        "SE": 24,
    },
    **{
        "SK": 24,
        "SA": 24,
        "RO": 24,
        "PT": 25,
        "IS": 26,
        "TR": 26,
        "FR": 27,
        "GR": 27,
        "IT": 27,
        "HU": 28,
        "PL": 28,
    },
}
MAC = re.compile(
    r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}"
)
DATE_FORMS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y-%m-%d 00:00:00",
)
KOREAN_DATE = re.compile(r"(\d{4})년 ?(\d{1,2})월 ?(\d{1,2})일")
# The surnames of more than nineteen Koreans in twenty, the first three of almost one in two.
SURNAMES = set(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예"
)
COMMON_SURNAMES = set("김이박최정")
HANGUL_NAME = re.compile(r"[가-힣]{2,4}")
KOREAN_ADDRESS = re.compile(
    r"(?:\(?\d{5}\)? )?[가-힣]{2,}(?:특별시|광역시|특별자치시|특별자치도|시|도)?(?: [가-힣0-9]+(?:시|군|구|읍|면))*"
    r" [가-힣0-9]+(?:로|길|동|리|가)(?: ?[가-힣0-9]+길)? ?\d+(?:-\d+)?.*"
)


def suggested_by(name: str) -> str:
    """The class that the name of a column suggests; empty when it suggests none."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    words = [word for word in re.split(r"[\W_]+", spaced) if word]
    found = [CLASS_OF_WORD[word] for word in words if word in CLASS_OF_WORD]
    return found[-1] if found else ""


def kind_of(value: str) -> str:
    """What a single value looks like; empty when it looks like nothing personal."""
    value = value.strip()
    if not 2 <= len(value) <= 200:
        return ""
    for kind, is_kind in KINDS.items():
        if is_kind(value):
            return kind
    return ""


def is_phone(value: str) -> bool:
    digits = sum(letter.isdigit() for letter in value)
    if INTERNATIONAL_PHONE.fullmatch(value):
        return 8 <= digits <= 18
    return any(form.fullmatch(value) for form in (KOREAN_PHONE, KOREA_WITHOUT_PLUS, AMERICAN_PHONE))


def is_resident_number(value: str) -> bool:
    """A Korean resident number: a day of birth, a sex and a check digit, which those given since October 2020 lack."""
    match = RESIDENT.fullmatch(value)
    if not match:
        return False
    year, month, day, sex, _ = match.groups()
    century = 1900 if sex in "1256" else 2000
    try:
        born = date(century + int(year), int(month), int(day))
    except ValueError:
        return False
    digits = [int(letter) for letter in value if letter.isdigit()]
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    check = sum(digit * weight for digit, weight in zip(digits, weights, strict=False))
    base = 11 if sex in "1234" else 13
    is_checked = (base - check % 11) % 10 == digits[12]
    return born <= date.today() and (is_checked or (born >= date(2020, 10, 1) and "-" in value))


def is_card(value: str) -> bool:
    """The number of a payment card: a known first digit, and the check digit of Luhn."""
    return bool(
        CARD_FORM.fullmatch(value) and CARD.fullmatch(re.sub(r"\D", "", value)) and is_luhn(value)
    )


def is_luhn(value: str) -> bool:
    """Whether the last digit is the check digit of those before it."""
    digits = [int(letter) for letter in value if letter.isdigit()]
    doubled = [
        2 * digit - 9 * (digit > 4) if place % 2 else digit
        for place, digit in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0


def is_iban(value: str) -> bool:
    """An account number of a bank: the length of its country, and its two check digits."""
    if not IBAN.fullmatch(value.upper()):
        return False
    plain = value.upper().replace(" ", "")
    number = "".join(str(int(letter, 36)) for letter in plain[4:] + plain[:4])
    return IBAN_LENGTH.get(plain[:2], len(plain)) == len(plain) and int(number) % 97 == 1


def is_ip(value: str, version: type) -> bool:
    try:
        version(value.split("/")[0] if re.search(r"/\d{1,3}$", value) else value)
    except (AddressValueError, ValueError):
        return False
    return True


def day_of(value: str) -> date | None:
    """A date without a time, in the forms that people export."""
    if match := KOREAN_DATE.fullmatch(value):
        value = "-".join(match.groups())
    if not re.fullmatch(
        r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?: 00:00:00)?|\d{8}|\d{1,2}([./])\d{1,2}\2\d{4}", value
    ):
        return None
    for form in DATE_FORMS:
        try:
            return datetime.strptime(value, form).date()
        except ValueError:
            continue
    return None


def age_at(day: date) -> float:
    return (date.today() - day).days / 365.25


def is_birth_date(value: str) -> bool:
    day = day_of(value)
    return day is not None and 0 <= age_at(day) <= 115


def is_korean_name(value: str) -> bool:
    return bool(HANGUL_NAME.fullmatch(value)) and value[0] in SURNAMES


KINDS = {
    "email": lambda value: bool(EMAIL.fullmatch(value)),
    "ipv4": lambda value: is_ip(value, IPv4Address),
    "ipv6": lambda value: ":" in value and is_ip(value.split("%")[0], IPv6Address),
    "mac": lambda value: bool(MAC.fullmatch(value)),
    "resident_number": is_resident_number,
    "card": is_card,
    "imei": lambda value: bool(IMEI.fullmatch(value)) and is_luhn(value),
    "iban": is_iban,
    "phone": is_phone,
    "birth_date": is_birth_date,
    "korean_address": lambda value: bool(KOREAN_ADDRESS.fullmatch(value)),
    "korean_name": is_korean_name,
}


def kind_of_column(values: Iterable[str]) -> str:
    """What a column holds, by the share of its different values; empty when that is nothing personal."""
    different = {value.strip() for value in values if value and value.strip()}
    if len(different) < LEAST_VALUES:
        return ""
    counts = Counter(kind_of(value) for value in different)
    counts.pop("", None)
    if not counts:
        return ""
    kind, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    if count < SHARE * len(different) or not holds_together(kind, different):
        return ""
    return kind


def holds_together(kind: str, values: set[str]) -> bool:
    """Whether the values of a kind look like it together: versions, business days and nouns do not."""
    of_kind = [value for value in values if kind_of(value) == kind]
    if kind == "ipv4":
        numbers = [[int(part) for part in value.split("/")[0].split(".")] for value in of_kind]
        # A version has small numbers; an address is of a private network or has a large one.
        large = [
            each for each in numbers if max(each) > 99 or each[:2] == [192, 168] or each[0] == 10
        ]
        return len(large) >= 0.6 * len(numbers) and len({each[0] for each in numbers}) < 256
    if kind == "birth_date":
        ages = sorted(age_at(day_of(value)) for value in of_kind)
        is_spread = ages[int(len(ages) * 0.9)] - ages[int(len(ages) * 0.1)] >= 8
        return len(of_kind) >= 0.75 * len(values) and is_spread and ages[len(ages) // 2] >= 15
    if kind == "korean_name":
        common = sum(value[0] in COMMON_SURNAMES for value in of_kind)
        of_three = sum(len(value) == 3 for value in of_kind)
        return min(len(of_kind), of_three) >= 0.75 * len(values) and common >= 0.3 * len(of_kind)
    return True


def proposed(values: Iterable[str]) -> tuple[str, str]:
    """Class and kind that the values of a column propose; both empty when none."""
    kind = kind_of_column(values)
    return CLASS_OF_KIND.get(kind, ""), kind
