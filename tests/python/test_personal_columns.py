"""What a column's name and values say of what it holds: 12 kinds of personal values beside what looks like them."""

import random

import doctor
import personal_values
import pytest
from personal_columns import KINDS, SHARE, kind_of, kind_of_column, proposed, suggested_by
from warehouse import write_raw

# At least so much of each, of the forms that the detector was written with and of those made afterwards.
LEAST = 0.95


def verdicts(fresh: bool) -> list[tuple[str, str, int]]:
    """(kind, what was found, values) of every column, of several tries."""
    found = []
    for number in range(5):
        for kind, values in personal_values.columns_of(random.Random(100 + number), fresh):
            found.append(("" if kind == "none" else kind, kind_of_column(values), len(values)))
    return found


@pytest.mark.parametrize("fresh", [False, True])
def test_columns_are_told_from_what_looks_like_them(fresh):
    found = verdicts(fresh)
    right = sum(kind == said != "" for kind, said, _ in found)
    assert right / sum(kind != "" for kind, _, _ in found) >= LEAST
    assert right / sum(said != "" for _, said, _ in found) >= LEAST


def test_there_are_enough_values():
    assert sum(size for fresh in (False, True) for *_, size in verdicts(fresh)) >= 5_000
    assert len(personal_values.PERSONAL) == 12


def test_a_check_digit_decides_by_the_column_not_by_the_value():
    """One in ten numbers of sixteen digits passes Luhn: the share of a column is far below."""
    chance = random.Random(1)
    numbers = ["4" + personal_values.digits(chance, 15) for _ in range(400)]
    passed = sum(kind_of(number) == "card" for number in numbers)
    assert 15 <= passed <= 75
    assert passed < SHARE * len(numbers)
    assert kind_of_column(numbers) == ""


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("900101-1234568", "resident_number"),
        ("900101-1234567", ""),
        ("901301-1234567", ""),
        ("4111 1111 1111 1111", "card"),
        ("4111 1111 1111 1112", ""),
        ("GB82 WEST 1234 5698 7654 32", "iban"),
        ("GB82 WEST 1234 5698 7654 33", ""),
        ("::1", "ipv6"),
        ("10:20:30", ""),
        ("256.1.1.1", ""),
        ("a@b", ""),
        ("490154203237518", "imei"),
        ("49-015420-323751-8", "imei"),
        ("490154203237519", ""),
        ("김@naver.com", "email"),
        ("+1 (212) 555-0100", "phone"),
        ("00-82-10-1234-5678", "phone"),
        ("2026-13-01", ""),
        ("", ""),
    ],
)
def test_single_values(value, kind):
    assert kind_of(value) == kind


def test_few_values_say_nothing():
    assert kind_of_column(["a@b.example"] * 50) == ""
    assert kind_of_column([]) == ""
    assert kind_of_column([None, ""]) == ""


@pytest.mark.parametrize(
    ("name", "pii"),
    [
        ("customer_name", "name"),
        ("customer_id", "account_id"),
        ("homePhone", "phone"),
        ("E-Mail", "email"),
        ("decided_by", "name"),
        ("shipping_address", "address"),
        ("휴대폰", "phone"),
        ("amount", ""),
        ("nameless", ""),
        ("channel", ""),
    ],
)
def test_what_a_name_suggests(name, pii):
    assert suggested_by(name) == pii


def test_every_kind_proposes_a_class():
    chance = random.Random(3)
    for kind, forms in personal_values.PERSONAL.items():
        values = [forms[0][0](chance) for _ in range(40)]
        pii, found = proposed(values)
        assert found in KINDS, kind
        assert pii


def test_doctor_says_what_the_contract_does_not(tmp_path, monkeypatch):
    chance = random.Random(4)
    tickets = ["ticket_id,customer_id,channel,topic,opened_at"]
    tickets += [
        f"t{n},c{n},phone,010-{n:04}-{chance.randrange(1000, 9999)},2026-01-01" for n in range(30)
    ]
    customers = ["customer_id,brand,full_name,email,country_code,created_at"]
    customers += [
        f"{personal_values.resident(chance)},scoot,{personal_values.hangul_name(chance)},u{n}@mail.example,KR,2026-01-01"
        for n in range(30)
    ]
    raw = write_raw(tmp_path / "raw", {"support__tickets": tickets, "app__customers": customers})
    said, _ = doctor.report(str(raw), str(tmp_path / "none.duckdb"))
    told = [line.strip() for line in said.splitlines() if "personal by its values" in line]
    assert len(told) == 2
    assert "customer_id (looks like resident number: pii: official_id)" in told[0]
    assert "topic (looks like phone: pii: phone)" in told[1]
    assert "full_name (" not in said
    assert "010-0001" not in said
