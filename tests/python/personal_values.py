"""Made-up values of twelve personal kinds and of what looks like them, in columns: half of the forms were used while the
detector was written, the other half were written afterwards and changed nothing."""

import ipaddress
import random
from collections.abc import Callable
from datetime import date, timedelta

Maker = Callable[[random.Random], str]


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def luhn(body: str) -> str:
    """The body with its check digit."""
    doubled = [
        2 * int(d) - 9 * (int(d) > 4) if place % 2 == 0 else int(d)
        for place, d in enumerate(reversed(body))
    ]
    return body + str(-sum(doubled) % 10)


def resident(chance: random.Random, sexes="1234") -> str:
    sex = chance.choice(sexes)
    born = date(1900 if sex in "1256" else 2000, 1, 1) + timedelta(
        days=chance.randrange(365 * (99 if sex in "12" else 20))
    )
    body = f"{born:%y%m%d}{sex}{digits(chance, 5)}"
    check = sum(int(d) * w for d, w in zip(body, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True))
    return body + str(((11 if sex in "1234" else 13) - check % 11) % 10)


def card(chance: random.Random, starts=("4", "51", "55")) -> str:
    start = chance.choice(starts)
    return luhn(start + digits(chance, (14 if start == "37" else 15) - len(start)))


def fours(text: str, between: str) -> str:
    return between.join(text[at : at + 4] for at in range(0, len(text), 4))


def iban(chance: random.Random, country: str, length: int) -> str:
    body = digits(chance, length - 4)
    number = int("".join(str(int(letter, 36)) for letter in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02d}{body}"


def born(chance: random.Random) -> date:
    return date(1945, 1, 1) + timedelta(days=chance.randrange(365 * 62))


def hangul_name(chance: random.Random) -> str:
    surname = chance.choices(
        "김이박최정강조윤장임한오서신권황안송",
        [22, 15, 8, 5, 5, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1],
    )[0]
    return surname + chance.choice("민서지예하도은주수현") + chance.choice("준우연윤진아영호희빈")


def hexes(chance: random.Random, count: int, between: str) -> str:
    return between.join(f"{chance.randrange(256):02x}" for _ in range(count))


def picked(*words: str) -> Maker:
    return lambda chance: chance.choice(words)


STREETS = ("테헤란로", "세종대로", "강남대로", "해운대로", "중앙로")
# Kind: the forms that the detector was written with, and those that were made afterwards.
PERSONAL: dict[str, tuple[list[Maker], list[Maker]]] = {
    "email": (
        [lambda c: f"u{digits(c, 4)}@mail.example", lambda c: f"kim.{digits(c, 3)}@naver.com"],
        [
            lambda c: f"{c.choice(('이수민', 'jo'))}+news{digits(c, 2)}@sub.firma.co.kr",
            lambda c: f"O'Neil_{digits(c, 3)}@x-y.io",
        ],
    ),
    "phone": (
        [
            lambda c: f"010-{digits(c, 4)}-{digits(c, 4)}",
            lambda c: f"+82 10 {digits(c, 4)} {digits(c, 4)}",
            lambda c: f"02-{c.randrange(300, 9999)}-{digits(c, 4)}",
        ],
        [
            lambda c: f"010{digits(c, 8)}",
            lambda c: f"(02) {c.randrange(300, 999)}-{digits(c, 4)}",
            lambda c: f"+44 7{digits(c, 3)} {digits(c, 6)}",
            lambda c: f"010.{digits(c, 4)}.{digits(c, 4)}",
            lambda c: f"+49-151-{digits(c, 8)}",
            lambda c: f"({c.randrange(201, 989)}) {c.randrange(200, 999)}-{digits(c, 4)}",
            lambda c: f"031-{digits(c, 3)}-{digits(c, 4)}",
            lambda c: f"1588-{digits(c, 4)}",
            lambda c: f"070-{digits(c, 4)}-{digits(c, 4)}",
            lambda c: f"+82-2-{c.randrange(300, 999)}-{digits(c, 4)}",
        ],
    ),
    "resident_number": (
        [lambda c: (lambda r: f"{r[:6]}-{r[6:]}")(resident(c))],
        [
            resident,
            lambda c: (lambda r: f"{r[:6]} {r[6:]}")(resident(c)),
            lambda c: resident(c, "5678"),
        ],
    ),
    "card": (
        [card, lambda c: fours(card(c), "-")],
        [lambda c: card(c, ("37",)), lambda c: fours(card(c, ("35", "6011", "62")), " ")],
    ),
    "iban": (
        [lambda c: iban(c, "DE", 22)],
        [lambda c: fours(iban(c, "FR", 27), " "), lambda c: iban(c, "PL", 28).lower()],
    ),
    "ipv4": (
        [lambda c: ".".join(str(c.randrange(1, 255)) for _ in range(4))],
        [
            lambda c: f"192.168.{c.randrange(256)}.{c.randrange(256)}",
            lambda c: f"203.0.113.{c.randrange(256)}/24",
        ],
    ),
    "ipv6": (
        [lambda c: str(ipaddress.IPv6Address(c.getrandbits(128)))],
        [
            lambda c: f"2001:db8::{c.getrandbits(16):x}:{c.getrandbits(16):x}",
            lambda c: f"fe80::{c.getrandbits(16):x}:{c.getrandbits(16):x}%eth0",
        ],
    ),
    "mac": (
        [lambda c: hexes(c, 6, ":")],
        [lambda c: hexes(c, 6, "-").upper(), lambda c: ".".join(hexes(c, 2, "") for _ in range(3))],
    ),
    "imei": (
        [lambda c: luhn(f"35{digits(c, 12)}")],
        [
            lambda c: luhn(f"86{digits(c, 12)}"),
            lambda c: (lambda i: f"{i[:2]}-{i[2:8]}-{i[8:14]}-{i[14]}")(luhn(f"01{digits(c, 12)}")),
            lambda c: (lambda i: f"{i[:6]} {i[6:8]} {i[8:14]} {i[14]}")(luhn(f"35{digits(c, 12)}")),
        ],
    ),
    "birth_date": (
        [lambda c: f"{born(c):%Y-%m-%d}"],
        [
            lambda c: f"{born(c):%Y.%m.%d}",
            lambda c: f"{born(c):%Y%m%d}",
            lambda c: f"{born(c):%d/%m/%Y}",
            lambda c: f"{born(c):%Y년 %m월 %d일}",
        ],
    ),
    "korean_name": ([hangul_name], [lambda c: f" {hangul_name(c)} "]),
    "korean_address": (
        [lambda c: f"서울특별시 강남구 {c.choice(STREETS)} {c.randrange(1, 900)}"],
        [
            lambda c: (
                f"경기도 성남시 분당구 판교역로{c.randrange(1, 300)}번길 {c.randrange(1, 90)}, {c.randrange(101, 140)}동 {c.randrange(101, 1900)}호"
            ),
            lambda c: f"(0{digits(c, 4)}) 부산 해운대구 {c.choice(STREETS)} {c.randrange(1, 900)}",
        ],
    ),
}
LOOK_ALIKES: tuple[list[Maker], list[Maker]] = (
    [
        lambda c: f"ord_{digits(c, 7)}",
        lambda c: digits(c, 10),
        lambda c: digits(c, 16),
        lambda c: f"35{digits(c, 13)}",
        lambda c: f"{c.randrange(1, 9)}.{c.randrange(30)}.{c.randrange(99)}",
        lambda c: f"{c.randrange(1, 9)}.{c.randrange(20)}.{c.randrange(60)}.{c.randrange(60)}",
        lambda c: f"{c.uniform(-90, 90):.6f},{c.uniform(-180, 180):.6f}",
        lambda c: f"{date(2020, 1, 1) + timedelta(days=c.randrange(2300)):%Y-%m-%d}",
        lambda c: f"SKU-{c.randrange(100, 999)}-{digits(c, 4)}",
        picked("환불", "배송 지연", "가입", "해지", "결제 오류", "기타 문의"),
    ],
    [
        lambda c: f"2026{digits(c, 4)}-{digits(c, 6)}",
        lambda c: (
            f"{c.randrange(2020, 2027)}-{c.randrange(1, 13):02d}-{c.randrange(1, 29):02d}T10:{c.randrange(60):02d}:00Z"
        ),
        lambda c: f"{c.randrange(1_600_000_000, 1_790_000_000)}",
        lambda c: f"{c.randrange(100, 999)}-{c.randrange(10, 99)}-{digits(c, 5)}",
        lambda c: f"{c.getrandbits(64):016x}",
        lambda c: f"v{c.randrange(1, 9)}.{c.randrange(20)}.{c.randrange(60)}-rc{c.randrange(9)}",
        lambda c: f"DE{digits(c, 20)}",
        lambda c: f"{c.randrange(24):02d}:{c.randrange(60):02d}:{c.randrange(60):02d}",
        lambda c: f"{c.randrange(1, 10**6)}.{digits(c, 2)}",
        lambda c: f"@handle{digits(c, 3)}",
        lambda c: f"{date(1985, 1, 1) + timedelta(days=c.randrange(200)):%Y-%m-%d}",
        lambda c: f"{digits(c, 6)}-{c.choice('1234')}{digits(c, 6)}",
        picked(
            "서울",
            "부산",
            "대구",
            "인천",
            "광주",
            "대전",
            "울산",
            "세종",
            "수원",
            "고양",
            "용인",
            "창원",
            "성남",
        ),
        picked(
            "정기권",
            "일회권",
            "이용권",
            "조식",
            "강의",
            "장례",
            "신규",
            "우대권",
            "한정판",
            "이어폰",
            "김치",
            "박스",
        ),
        picked("Course Preview", "Morning Pass", "City Ride", "Family Plan", "Basic", "Premium"),
        lambda c: f"https://x.example/@user{digits(c, 3)}",
        lambda c: f"{c.randrange(1900, 2026)}",
        lambda c: f"127.{c.randrange(3)}.{c.randrange(9)}",
        lambda c: f"1{digits(c, 12)}",
        lambda c: f"26{c.randrange(1, 13):02d}{c.randrange(1, 29):02d}{digits(c, 9)}",
        lambda c: luhn(digits(c, 9)),
        lambda c: f"{digits(c, 3)}-{digits(c, 2)}-{digits(c, 4)}",
        lambda c: f"10.{c.randrange(1000, 9999)}/{c.choice('abcdef')}.{digits(c, 4)}",
        lambda c: f"00{digits(c, 9)}",
    ],
)


def columns_of(chance: random.Random, fresh: bool, size: int = 20) -> list[tuple[str, list[str]]]:
    """(kind, values) of one column a form; `none` for what is not personal. A tenth of each column is something else."""
    found = []
    makers = [(kind, maker) for kind, forms in PERSONAL.items() for maker in forms[fresh]]
    makers += [("none", maker) for maker in LOOK_ALIKES[fresh]]
    for kind, maker in makers:
        values = [
            maker(chance) if chance.random() > 0.1 else chance.choice(("-", "unknown", "없음"))
            for _ in range(size)
        ]
        found.append((kind, values))
    return found
