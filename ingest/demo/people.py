"""Customers: names that fit the country, contact data, and the versions the database kept."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo import tables
from demo.catalogue import AGE_RANGE, COUNTRIES, PHONE_CODE
from demo.clock import DAY, HISTORY_END


def _split(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


_KR_FAMILY = _split("김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍")
_KR_GIVEN = _split(
    "민준 서연 지후 하은 도윤 서윤 예준 지우 시우 수아 주원 하윤 지호 채원 준서 지민 현우 "
    "유진 건우 은서 영수 영희 순자 정숙 영자 광수 미경 은주 성호 경희 말순 춘자 상철 복순 "
    "태식 옥자 동현 혜진 재훈 소영"
)
_GIVEN = {
    "en": _split(
        "Olivia Noah Amelia Liam Grace Ethan Ruth Walter Chloe Mason Hazel Owen Ivy Frank "
        "Dorothy George Helen Arthur Mia Jack Betty Carl Emma Henry"
    ),
    "DE": _split("Lena Paul Hannah Jonas Greta Felix Ursula Karl Mia Lukas Ingrid Heinz"),
    "JP": _split("陽菜 蓮 結衣 大翔 美咲 悠真 和子 清 幸子 正 葵 湊"),
    "FR": _split("Chloé Louis Manon Jules Camille Hugo Monique Gérard Inès Arthur"),
    "BR": _split("Ana João Beatriz Lucas Mariana Pedro Larissa Gabriel Júlia Rafael"),
    "VN": _split("Linh Minh Trang Huy Thảo Nam Hương Dũng Mai Tuấn"),
}
_FAMILY = {
    "en": _split(
        "Smith Jones Taylor Brown Wilson Evans Walker Hughes Carter Reed Foster Morgan Hayes "
        "Brooks Bennett Ward Price Ellis"
    ),
    "DE": _split("Müller Schmidt Schneider Fischer Weber Wagner Becker Schulz Hoffmann Koch"),
    "JP": _split("佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤"),
    "FR": _split("Martin Bernard Dubois Thomas Robert Petit Durand Moreau Laurent Garcia"),
    "BR": _split("Silva Santos Oliveira Souza Pereira Lima Costa Almeida Ribeiro Rocha"),
    "VN": _split("Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ"),
}
FAMILY_FIRST = {"JP", "VN"}
CANARY_NAMES = {
    "scoot": "Canary Yellowfinch",
    "care": "카나리 노랑새",
    "farewell": "Canary Blackbird",
    "learn": "Canary Goldcrest",
}


def full_names(rng: np.random.Generator, country: np.ndarray) -> np.ndarray:
    """A plausible full name for each country position; Hangul for Korea."""
    names = np.empty(len(country), object)
    for position, code in enumerate(COUNTRIES):
        where = np.flatnonzero(country == position)
        if code == "KR":
            family, given, glue = np.array(_KR_FAMILY, object), np.array(_KR_GIVEN, object), ""
        else:
            tongue = "en" if code in ("US", "GB") else code
            family, given = np.array(_FAMILY[tongue], object), np.array(_GIVEN[tongue], object)
            glue = " "
        # squares of uniforms favour the front of the list: some names are far more common
        first = given[(rng.random(len(where)) ** 1.4 * len(given)).astype(int)]
        last = family[(rng.random(len(where)) ** 1.7 * len(family)).astype(int)]
        is_family_first = code == "KR" or code in FAMILY_FIRST
        names[where] = last + glue + first if is_family_first else first + glue + last
    return names


def birth_days(rng: np.random.Generator, brand: str, created_at: np.ndarray) -> np.ndarray:
    """Day of birth (days since the first day, negative), by the brand's ages."""
    low, high = AGE_RANGE[brand]
    # beta(1.6, 2.6): more people near the younger end
    age_days = (low + (high - low) * rng.beta(1.6, 2.6, len(created_at))) * 365.25
    return (created_at // DAY - np.maximum(age_days, low * 365.25 + 3)).astype(np.int64)


def customer_rows(
    rng: np.random.Generator,
    brand: str,
    number: np.ndarray,
    country: np.ndarray,
    birth_day: np.ndarray,
    created_at: np.ndarray,
    is_first: bool,
) -> tuple[tables.Columns, np.ndarray, dict]:
    """Rows of app.customers with versions: some move country, some change their e-mail.

    Returns columns, arrival moments, and the planted facts (moves, and the canary person, who is
    the first customer of the first chunk).
    """
    n = len(number)
    names = full_names(rng, country)
    subscriber = rng.integers(10_000_000, 99_999_999, n)
    host = np.array(["mail.example", "post.example", "naver.example"], object)
    email = pc.binary_join_element_wise(
        "u", tables.integers(number), "@", pa.array(host[rng.integers(0, 3, n)]), ""
    )
    digits = tables.integers(subscriber)
    phone = pc.binary_join_element_wise(
        tables.words(country, PHONE_CODE),
        pc.utf8_slice_codeunits(digits, 0, 4),
        pc.utf8_slice_codeunits(digits, 4, 8),
        "-",
    )
    birth = tables.dates(birth_day)
    facts: dict = {}
    if is_first and n:
        slug = BRAND_SLUG[brand]
        names[0] = CANARY_NAMES[brand]
        email = _replace_first(email, f"canary.{slug}@canary.example")
        phone = _replace_first(phone, f"+82-0000-{slug.upper()}")
        facts["canaries"] = [
            {
                "customer_id": tables.ids("cus", number[:1])[0].as_py(),
                "brand": brand,
                "full_name": names[0],
                "email": email[0].as_py(),
                "phone": phone[0].as_py(),
                "birth_date": birth[0].as_py(),
            }
        ]

    columns = {
        "customer_id": tables.ids("cus", number),
        "brand": tables.constant(brand, n),
        "full_name": pa.array(names, pa.string()),
        "email": email,
        "phone": phone,
        "birth_date": birth,
        "country_code": tables.words(country, COUNTRIES),
        "created_at": tables.moments(created_at),
        "updated_at": tables.moments(created_at),
    }
    loaded = created_at + rng.integers(2, 10, n)

    changed_at = created_at + rng.integers(20 * DAY, 300 * DAY, n)
    draw = rng.random(n)
    draw[0:1] = 1.0
    moves = (draw < 0.015) & (changed_at < HISTORY_END)
    renames = (draw >= 0.015) & (draw < 0.03) & (changed_at < HISTORY_END)
    changes = np.flatnonzero(moves | renames)
    newer = {name: column.take(pa.array(changes)) for name, column in columns.items()}
    country_after = np.where(moves, (country + 1 + rng.integers(0, 3, n)) % 5, country)
    newer["country_code"] = tables.words(country_after[changes], COUNTRIES)
    newer["email"] = pc.if_else(
        pa.array(renames[changes]),
        pc.replace_substring(newer["email"], "@", ".new@"),
        newer["email"],
    )
    newer["updated_at"] = tables.moments(changed_at[changes])
    both = {name: pa.concat_arrays([columns[name], newer[name]]) for name in columns}
    facts["moved_country"] = int(moves.sum())
    return both, np.concatenate([loaded, changed_at[changes] + 30]), facts


BRAND_SLUG = {
    "scoot": "yellowfinch",
    "care": "noransae",
    "farewell": "blackbird",
    "learn": "goldcrest",
}


def _replace_first(column: pa.Array, text: str) -> pa.Array:
    """The column with its first value replaced."""
    return pa.concat_arrays([pa.array([text], pa.string()), pa.array(column[1:])])
