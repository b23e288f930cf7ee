"""A board that is wrong stops the site with one line: file, card, column, value, and what to do. Never a traceback."""

import copy
import random
from types import SimpleNamespace

import board_checks
import boards
import build
import pages
import pytest
import yaml
from boards import WrongBoard
from small_published import published

GOOD = """\
title: {en: Orders, ko: 주문}
about: {en: What was ordered., ko: 주문 내역입니다.}
filters: [brand, period]
cards:
  - metrics: [revenue]
  - tiles:
      orders: {en: Orders in all, ko: 전체 주문, note: said, note_korean: said_ko}
    sql: |
      select count(*) as orders, 'of all brands' as said, '전체 브랜드' as said_ko from {{ ref('orders') }}
  - title: {en: Amount by month, ko: 월별 금액}
    chart: line
    roles: {x: month, y: amount, color: brand, final: is_final}
    unit: money
    metric: revenue
    columns:
      month: {en: Month, ko: 월, unit: month}
      amount: {en: Amount, ko: 금액, unit: money}
      paid: {en: Paid, ko: 결제 비중, unit: share}
      is_final: {en: Final, ko: 확정}
    sql: |
      select
          date_trunc('month', ordered_date)::date as month,
          brand,
          sum(amount) as amount,
          avg(paid) as paid,
          true as is_final
      from {{ ref('orders') }}
      group by all
      order by all
  - title: {en: Late orders, ko: 늦은 주문}
    empty: {en: No order is late., ko: 늦은 주문이 없습니다.}
    columns:
      status: {en: Status, ko: 상태, values: {late: [late, 늦음]}, link: page}
      said: {en: Why, ko: 이유, korean: said_ko}
    sql: |
      select 'late' as status, 'no truck' as said, '차량 없음' as said_ko, 'tables/orders.html' as page
      from {{ ref('orders') }}
      where ordered_date is null
"""

# what is written, what takes its place, and what the message says, in this order
WRONG = [
    # typing errors of YAML
    ("filters: [brand, period]", "filters: [brand, period", ["ops.yml, line 4", "Mend the YAML"]),
    ("cards:\n", "\tcards:\n", ["ops.yml, line 4", "Mend the YAML"]),
    (
        "filters: [brand",
        "title: {en: O, ko: 오}\nfilters: [brand",
        ["line 3", "title stands twice"],
    ),
    (GOOD, "- only a list\n", ["ops.yml is no mapping"]),
    (GOOD, "", ["ops.yml is no mapping"]),
    (GOOD, "title: {en: Orders, ko: 주문}\ncards: []\n", ["ops.yml has no cards"]),
    ("filters:", "filter:", ["ops.yml", "key filter", "Did you mean filters?"]),
    ("[brand, period]", "[brand, country]", ["the filter country", "brand, period"]),
    ("  - metrics: [revenue]", "  - metrics: revenue", ["card 1", "'revenue'", "list of names"]),
    (
        "    unit: money\n",
        "    unit: dollars\n",
        ["card 3 (Amount by month)", "unit dollars", "money"],
    ),
    ("ko: 금액, unit: money}", "ko: 금액, unit: won}", ["column amount", "unit won", "money"]),
    ("ko: 금액, unit", "ko: 금액, units", ["column amount", "key units", "Did you mean unit?"]),
    ("filters:", "restricted: perhaps\nfilters:", ["restricted is 'perhaps'", "true or false"]),
    ("    metric: revenue", "    size: huge", ["card 3", "the size huge", "full, half"]),
    # charts and their roles
    ("chart: line", "chart: lines", ["card 3 (Amount by month)", "the chart lines", "line"]),
    ("    chart: line\n", "", ["card 3", "has roles, and no chart", "Name the chart"]),
    (
        "    roles: {x: month, y: amount, color: brand, final: is_final}\n",
        "",
        ["card 3", "no roles"],
    ),
    ("y: amount, color", "color", ["card 3", "the chart line has no y", "under roles"]),
    ("color: brand", "colour: brand", ["no role colour", "Did you mean color?"]),
    ("y: amount, color", "y: amounts, color", ["role y", "amounts", "Did you mean amount?"]),
    ("final: is_final}", "final: is_fin}", ["role final", "is_fin", "Did you mean is_final?"]),
    # SQL, tables and metrics
    (
        "sum(amount)",
        "sum(amout)",
        ["card 3 (Amount by month)", "its sql fails", "amout", "Mend the sql"],
    ),
    ("order by all", "order bye all", ["card 3", "its sql fails", "Parser Error"]),
    (
        "sum(amount)",
        "sum(amount) / (select 1 / 'x')",
        ["card 3", "its sql fails", "Conversion Error"],
    ),
    (
        "where ordered_date",
        "where {{ cutoff }} and ordered_date",
        ["card 4", "'cutoff' is undefined"],
    ),
    ("where ordered_date", "where {% ordered_date", ["card 4", "its sql fails"]),
    (
        "where ordered_date",
        "where {{ ref('or' ~ 'der') }} and ordered_date",
        ["card 4", "{{ ref('<table>') }}"],
    ),
    (
        "where ordered_date",
        "where {{ ref('orders', 2) }} and ordered_date",
        ["card 4", "{{ ref('<table>') }}"],
    ),
    ("where ordered_date", "where {{ 1 / 0 }} and ordered_date", ["card 4", "division by zero"]),
    (
        "ref('orders') }}\n      where",
        "ref('order') }}\n      where",
        ["card 4", "no table order.", "orders?"],
    ),
    (
        "ref('orders') }}\n      where",
        "ref('int_steps') }}\n      where",
        ["int_steps is not public"],
    ),
    ("{{ ref('orders') }}\n      where", "core.orders\n      where", ["card 4", "reads no table"]),
    (
        "{{ ref('orders') }}\n      where",
        "{{ ref('orders') }} cross join marts.metric_values\n      where",
        ["card 4", "marts.metric_values without ref()", "{{ ref('metric_values') }}"],
    ),
    (
        "metrics: [revenue]",
        "metrics: [revenues]",
        ["card 1", "no metric revenues", "mean revenue?"],
    ),
    ("metric: revenue", "metric: profit", ["card 3", "there is no metric profit"]),
    # columns
    (
        "avg(paid) as paid,",
        "avg(paid) as paid, 1 as one,",
        ["card 3", "column one", "columns", "{en: …"],
    ),
    ("avg(paid) as paid,", "", ["card 3", "`columns` names paid", "There is amount"]),
    (
        "korean: said_ko}\n    sql: |\n      select 'late'",
        "korean: said_kr}\n    sql: |\n      select 'late'",
        ["korean of said is said_kr", "mean said_ko?"],
    ),
    ("link: page", "link: pages", ["link of status is pages", "Did you mean page?"]),
    ("note: said,", "note: says,", ["card 2", "column orders", "says", "There is orders, said"]),
    ("select count(*) as orders,", "select amount as orders,", ["card 2", "2 rows", "one row"]),
    # two languages
    (
        "title: {en: Orders, ko: 주문}",
        "title: Orders",
        ["ops.yml: title has no en", "both languages"],
    ),
    ("{en: Orders, ko: 주문}", "{en: Orders}", ["ops.yml: title has no ko", "both languages"]),
    ("ko: 주문 내역입니다.", "ko: ''", ["ops.yml: about has no ko"]),
    ("{en: Amount by month, ko: 월별 금액}", "{ko: 월별 금액}", ["card 3: title has no en"]),
    ("amount: {en: Amount, ko: 금액", "amount: {en: Amount", ["column amount", "no ko", "both"]),
    ("ko: 늦은 주문이 없습니다.", "kr: 없음", ["card 4 (Late orders)", "empty has no ko"]),
    ("late: [late, 늦음]", "late: late", ["column status", "value late", "[English, Korean]"]),
    ("ko: 전체 주문,", "", ["card 2", "column orders", "no ko"]),
    # shares
    ("avg(paid) as paid", "5 * avg(paid) as paid", ["card 3", "paid is 2.5 in row 1", "0 and 1"]),
    ("avg(paid) as paid", "-avg(paid) as paid", ["card 3", "paid is -0.5 in row 1"]),
    ("avg(paid) as paid", "'50 %' as paid", ["card 3", "paid is 50 % in row 1"]),
]


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Two orders and a metric; campaigns belong to an area that is switched off."""
    tables = {
        "orders": "select * from (values ('scoot', date '2026-05-01', 10.0, 0.5), "
        "('learn', date '2026-06-01', 20.0, 0.25)) as orders (brand, ordered_date, amount, paid)",
        "metric_values": "select 'revenue' as metric_name, 'month' as grain, 'all' as brand, "
        "date '2026-05-01' as period_start, 10.0 as value, 1.0 as n, true as is_final, null as reason",
    }
    project = SimpleNamespace(
        metrics={
            "revenue": {
                "id": "revenue",
                "name": "revenue",
                "label": "Revenue",
                "label_ko": "매출",
                "unit": "money",
                "direction": "up",
            }
        },
        tables={
            "orders": {"is_public": True},
            "metric_values": {"is_public": True},
            "int_steps": {"is_public": False},
        },
        settings={"reporting_currency": "USD"},
        switched_off={"campaign_days", "roas"},
        boards={
            "ops": {"owner": "Ops team", "label": "Orders", "label_ko": "주문", "description": ""}
        },
        parents=lambda node: [],
        undelivered=lambda tables, published: [],
    )
    return pages.Company(published(tmp_path_factory.mktemp("published"), tables), project)


@pytest.fixture
def shown(company, tmp_path, monkeypatch):
    """`shown(text)`: what the page of a board with this text shows."""
    monkeypatch.setattr(boards, "FOLDER", tmp_path)

    def of(text):
        (tmp_path / "ops.yml").write_text(text, encoding="utf-8")
        return pages.board_page(company, "ops")

    return of


def test_the_good_board_is_shown(shown):
    metrics, tiles, line, table = shown(GOOD)["cards"]
    assert metrics["metrics"][0]["now"]["value"] == 10
    assert [(tile["shown"], tile["note"]) for tile in tiles["tiles"]] == [
        ("2", ("of all brands", "전체 브랜드"))
    ]
    assert sorted(row["amount"] for row in line["rows"]) == [10, 20]
    assert (table["rows"], table["empty"]["en"]) == ([], "No order is late.")


@pytest.mark.parametrize(("before", "after", "said"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_board_says_where_and_what_to_do(shown, before, after, said):
    assert before in GOOD
    with pytest.raises(WrongBoard) as stopped:
        shown(GOOD.replace(before, after, 1))
    message = str(stopped.value)
    assert message.startswith("ops.yml"), message
    assert "\n" not in message
    at = 0
    for part in said:
        assert part in message[at:], (part, message)
        at = message.index(part, at)


def places(found, path=()):
    """Every place of a document, as the keys that lead to it."""
    yield path
    for key, part in (
        found.items()
        if isinstance(found, dict)
        else enumerate(found)
        if isinstance(found, list)
        else ()
    ):
        yield from places(part, (*path, key))


ODD = [None, 5, 0.5, True, "", "x", [], {}, ["x"], [["x"]], {"x": "y"}, {"en": ["x"], "ko": 5}]


def test_whatever_is_written_is_no_traceback(shown):
    """Each place of a board with something else in it is shown, or stops with one line."""
    board = yaml.safe_load(GOOD)
    found = list(places(board))
    whole = set(random.Random(1).sample(range(len(found) * len(ODD)), 40))
    stopped = 0
    for number, (path, odd) in enumerate((path, odd) for path in found for odd in ODD):
        broken = copy.deepcopy(board)
        if path:
            part = broken
            for key in path[:-1]:
                part = part[key]
            part[path[-1]] = odd
        else:
            broken = odd
        try:
            if number in whole or not isinstance(broken, dict):
                shown(yaml.safe_dump(broken, allow_unicode=True))
            else:
                board_checks.check_board(broken, "ops.yml")
        except WrongBoard as error:
            stopped += 1
            assert str(error).startswith("ops.yml") and "\n" not in str(error)
    assert stopped > len(found) * len(ODD) / 2


def test_what_is_switched_off_is_no_fault(shown):
    """An area that is switched off leaves its cards empty, and its metrics out."""
    text = GOOD.replace("metrics: [revenue]", "metrics: [revenue, roas]")
    text = text.replace("ref('orders') }}\n      where", "ref('campaign_days') }}\n      where")
    metrics, _, _, table = shown(text)["cards"]
    assert [metric["name"] for metric in metrics["metrics"]] == ["revenue"]
    assert table["rows"] == []


def test_a_query_without_rows_is_checked_too(shown):
    text = GOOD.replace("group by all", "where false group by all").replace(
        "y: amount", "y: amounts"
    )
    with pytest.raises(WrongBoard, match="the role y is the column amounts"):
        shown(text)


def test_a_page_carries_no_more_rows_than_it_can(shown):
    text = GOOD.replace("where ordered_date is null", "cross join range(20000)")
    try:
        table = shown(text)["cards"][3]
    except WrongBoard as stopped:
        assert "40,000 rows are more than a page carries" in str(stopped)
    else:
        assert len(table["rows"]) <= boards.MOST_ROWS


def test_a_board_that_dbt_does_not_know_is_named(company, tmp_path):
    (tmp_path / "ops.yml").write_text(GOOD, encoding="utf-8")
    board_checks.check_exposures(tmp_path, company.project)
    (tmp_path / "roas.yml").write_text(GOOD, encoding="utf-8")
    board_checks.check_exposures(tmp_path, company.project)
    (tmp_path / "sales.yml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(WrongBoard, match=r"sales.yml has no exposure .* Add one called sales"):
        board_checks.check_exposures(tmp_path, company.project)


def test_the_command_ends_with_the_message_alone(tmp_path, monkeypatch):
    def wrong(*_, **__):
        raise WrongBoard("ops.yml has no cards. Add a list of them.")

    monkeypatch.setattr(build, "build", wrong)
    monkeypatch.setattr(build.publish, "current_of", lambda folder: tmp_path)
    monkeypatch.setattr(build.publish, "warehouse_of_the_run", lambda: (tmp_path, tmp_path))
    monkeypatch.setattr("sys.argv", ["build.py", "--out", str(tmp_path / "site")])
    with pytest.raises(SystemExit, match=r"^dashboards/ops.yml has no cards. Add a list of them.$"):
        build.main()


def test_every_drawing_says_its_roles():
    for kind in boards.charts.KINDS:
        assert {"x"} <= boards.charts.roles_of(kind), kind
