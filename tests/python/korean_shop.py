"""A Korean shop's exports as its shop system and Naver give them, and what they add up to.

Orders as xlsx with a title line, dates with points, amounts with 원 and the status of each line; members in CP949;
refunds with semicolons below a title; Naver's report in CP949. Times are Korean.
"""

import csv
import datetime
import io
import pathlib
import random
from collections import Counter

import openpyxl

MEMBERS, ORDERS, LINES = 90, 347, 454
PRODUCTS = {
    "P-01": ("머그컵", 12000),
    "P-02": ("접시", 8000),
    "P-03": ("도마", 62000),
    "P-04": ("앞치마", 35000),
    "P-05": ("찻잎 100g", 15900),
}
HEADINGS = [
    *("주문번호", "주문일시", "결제일시", "주문상태", "상품코드", "상품명", "수량"),
    *("판매가", "할인금액", "배송비", "회원ID", "이메일"),
]


def korean(moment: datetime.datetime) -> str:
    return moment.strftime("%Y.%m.%d %H:%M")


def separated(rows, delim: str = ",", title: str = "") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delim, lineterminator="\r\n").writerows(rows)
    return f"{title}{text.getvalue()}".encode("cp949")


def write_korean_shop(folder: pathlib.Path) -> dict:
    """Writes the exports; returns {figure: {month: amount in won, or a number}}, worked out from what was planted."""
    dice = random.Random(7)
    folder.mkdir(parents=True, exist_ok=True)
    start = datetime.datetime(2025, 1, 1, 0, 5)
    # Some were members before the list of orders begins: nobody knows whether they are new.
    members = [
        (
            f"user{number:03}",
            start
            + datetime.timedelta(
                days=-dice.randint(40, 300) if number < 20 else dice.randint(3, 150)
            ),
            dice.random() < 0.9,
        )
        for number in range(MEMBERS)
    ]
    extra = set(dice.sample(range(ORDERS), LINES - ORDERS))
    rows, refunds, paid = [], [], []
    for number in range(ORDERS):
        ordered = start + datetime.timedelta(minutes=dice.randint(0, 181 * 24 * 60))
        key = f"{ordered:%Y%m%d}-{number:07}"
        joined = [name for name, since, _ in members if since < ordered]
        member = None if dice.random() < 0.05 else dice.choice(joined)
        status = dice.choices(
            ["배송완료", "구매확정", "배송중", "상품준비중", "입금대기", "취소완료", "환불완료"],
            [50, 20, 8, 8, 5, 5, 4],
        )[0]
        is_paid = status not in ("입금대기", "취소완료")
        paid_at = ordered + datetime.timedelta(minutes=dice.randint(1, 600)) if is_paid else None
        codes = dice.sample(list(PRODUCTS), 2 if number in extra else 1)
        discount = dice.choice([0, 0, 0, 1000, 3000])
        shipping = dice.choice([0, 3000])
        goods = 0
        # A line that was cancelled alone brings nothing; the rest of its order was sent.
        out = codes[1] if len(codes) > 1 and is_paid and dice.random() < 0.1 else None
        for code in codes:
            name, price = PRODUCTS[code]
            quantity = dice.randint(1, 3)
            goods += 0 if code == out else quantity * price
            rows.append(
                [
                    *(key, korean(ordered), korean(paid_at) if paid_at else ""),
                    *("취소완료" if code == out else status, code, name, quantity),
                    *(f"{price:,}원", f"{discount:,}원", f"{shipping:,}원"),
                    *(member or "", f"{member}@example.com" if member else ""),
                ]
            )
        if is_paid:
            paid.append((paid_at, goods - discount, member))
        if status == "환불완료" or (is_paid and dice.random() < 0.04):
            refunded = paid_at + datetime.timedelta(days=dice.randint(1, 9))
            amount = goods - discount if status == "환불완료" else 1000
            refunds.append([key, korean(refunded), f"{amount:,}", "단순변심"])
    write_workbook(folder / "주문내역_20250701.xlsx", rows)
    (folder / "회원목록.csv").write_bytes(
        separated(
            [["회원ID", "가입일", "국가"]]
            + [
                [name, f"{joined:%Y-%m-%d}", "KR" if is_told else ""]
                for name, joined, is_told in members
            ]
        )
    )
    (folder / "환불내역.csv").write_bytes(
        separated(
            [["주문번호", "환불일", "환불금액", "사유"], *refunds],
            ";",
            "환불내역 2025년 상반기\r\n",
        )
    )
    spend = write_naver_report(folder / "캠페인보고서.csv", dice)
    firsts: dict[str, str] = {}
    older = {name for name, since, _ in members if since < start}
    for paid_at, _, member in sorted(paid, key=lambda order: order[0]):
        if member and member not in older:
            firsts.setdefault(member, f"{paid_at:%Y-%m}")
    return {
        "lines": len(rows),
        "orders": ORDERS,
        "paid orders": by_month((f"{paid_at:%Y-%m}", 1) for paid_at, *_ in paid),
        "revenue": by_month((f"{paid_at:%Y-%m}", revenue) for paid_at, revenue, _ in paid),
        "new customers": by_month((month, 1) for month in firsts.values()),
        "refunds": by_month(
            (day[:7].replace(".", "-"), int(amount.replace(",", "")))
            for _, day, amount, _ in refunds
        ),
        "spend": spend,
    }


def by_month(pairs) -> dict[str, int]:
    found: Counter = Counter()
    for month, amount in pairs:
        found[month] += amount
    return dict(found)


def write_workbook(file: pathlib.Path, rows: list[list]) -> None:
    book = openpyxl.Workbook()
    book.active.append(["주문내역 (2025.01.01 ~ 2025.06.30)"])
    for row in [HEADINGS, *rows]:
        book.active.append(row)
    book.save(file)


def write_naver_report(file: pathlib.Path, dice: random.Random) -> dict[str, int]:
    rows, spend = [], []
    for day in range(60):
        date = datetime.date(2025, 3, 2) + datetime.timedelta(days=day)
        for kind, campaign in (("파워링크", "브랜드"), ("쇼핑검색", "주방용품")):
            cost = dice.randint(1000, 50000)
            spend.append((f"{date:%Y-%m}", cost))
            rows.append(
                [
                    f"{date:%Y.%m.%d}.",
                    kind,
                    campaign,
                    f"{dice.randint(500, 3000):,}",
                    dice.randint(5, 60),
                    f"{cost:,}",
                ]
            )
    total = sum(cost for _, cost in spend)
    head = ["일별", "캠페인유형", "캠페인", "노출수", "클릭수", "총비용(VAT포함,원)"]
    file.write_bytes(
        separated(
            [head, *rows, ["합계", "", "", "", "", f"{total:,}"]],
            title="캠페인보고서(2025.03.02.~2025.04.30.),shop01\r\n",
        )
    )
    return by_month(spend)
