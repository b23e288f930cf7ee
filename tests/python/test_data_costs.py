"""Costs, use and questions of the data team against sums by hand, lifelines and planted facts: one company of odd bills
and many resources, and the demo."""

import datetime
import itertools
import json
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from warehouse import PROJECT, SETS, build, query, write_raw

FIRST = datetime.date(2025, 1, 6)
LAST = datetime.date(2026, 3, 2)
DAYS = [FIRST + datetime.timedelta(day) for day in range((LAST - FIRST).days + 1)]
TABLES = [
    *("data_costs", "bill_changes", "cost_value", "unused_assets", "duplicate_boards"),
    *("question_waits", "question_days", "dashboard_use"),
]
AREAS = ["core", "platform"]
MINIMAL = {
    "app__customers": "customer_id,brand,country_code,created_at\nc1,scoot,KR,2025-01-06 09:00:00\n",
    "app__orders": (
        "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount\n"
        "o1,c1,2025-01-07 10:00:00,2025-01-07 10:00:00,paid,USD,0\n"
    ),
    "app__order_items": "order_id,line_number,product_id,quantity,unit_price\no1,1,p1,1,10\n",
}
RATES = {"USD": 1, "EUR": Fraction("1.1"), "KRW": Fraction("0.0007")}
# service, resource, currency, days between bills; what a service is spread by is in reference.cost_services
RESOURCES = [
    ("compute", "vm", "USD", 7),
    ("Compute ", "vm-2", "EUR", 30),
    ("bigquery", "scans", "KRW", 7),
    ("bi", "seats", "USD", 31),
    ("scheduler", "cron", "USD", 14),
    ("storage", "bucket", "USD", 7),
    ("brand new service", "thing", "USD", 9),
    ("compute", "foreign", "XXX", 7),
    ("compute", "once", "USD", 0),
]
BOARDS = {
    "b1": ("Sales", ["orders"]),
    "b2": ("Riders", ["core.customers", "orders"]),
    "b3": ("Gone", ["a_table_that_is_gone"]),
    "b4": ("sales ", ["customers"]),
    "b5": ("Never", ["orders"]),
    "b6": ("New", ["orders"]),
    "b7": ("Twin", ["customers", "orders", "revenue"]),
    "b8": ("Twins", ["orders", "customers", "revenue"]),
}
NORMAL = 40  # simulated resources with weekly bills
SPIKES = {"n00": 6.0, "n01": 2.0, "n02": 0.3}  # factor of one bill
LEVEL = "n03"  # doubles for good
NEW = "n99"


def moment(day: datetime.date, hour: float = 10) -> str:
    at = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(hours=hour)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def odd_bills(rng) -> list[tuple]:
    bills = []
    for service, resource, currency, gap in RESOURCES:
        for day in DAYS[:: gap or 400] if gap else DAYS[30:31]:
            amount = round(float(rng.lognormal(4, 0.3)), 2 if currency != "EUR" else 7)
            bills.append((day, service, resource, amount, currency))
            if rng.random() < 0.1:  # a second bill on the same day
                bills.append((day, service, resource, 0.01, currency))
            if rng.random() < 0.15:
                credit = -round(amount * float(rng.random()), 2)
                after = min(day + datetime.timedelta(int(rng.integers(0, 12))), LAST)
                bills.append((after, service, resource, credit, currency))
    bills.append((DAYS[3], "compute", "credit only", -5.0, "USD"))
    bills.append((DAYS[9], "compute", "free", 0.0, "USD"))
    return [(f"o{number}", *bill) for number, bill in enumerate(bills)]


def steady_bills(rng) -> list[tuple]:
    """Weekly bills that grow half a percent a week, with 5 % noise: nothing else happens to most of them."""
    bills = []
    for number in range(NORMAL):
        name = f"n{number:02}"
        for week, day in enumerate(DAYS[::7]):
            amount = 100 * 1.005**week * float(rng.lognormal(0, 0.05))
            if week == 40:
                amount *= SPIKES.get(name, 1)
            if name == LEVEL and week >= 30:
                amount *= 2
            bills.append((f"s{number}_{week}", day, "support", name, round(amount, 2), "USD"))
    bills.append(("first", DAYS[::7][50], "support", NEW, 300, "USD"))
    return bills


def queries(rng) -> list[tuple]:
    """query, run, board, table, moment, seconds, bytes: some take no time, some days have none, some no bytes."""
    rows = []
    for number, day in enumerate(DAYS):
        if number % 11 == 0:
            continue
        for _ in range(int(rng.integers(1, 5))):
            run, board, table = ("", "", "")
            kind = int(rng.integers(0, 5))
            if kind < 2:
                run, table = f"r{number}", ["orders", "core.customers", "unheard_of"][kind]
            elif kind == 2:
                board = str(rng.choice(["b1", "b2", "nowhere"]))
            elif kind == 3:
                table = "unheard_of"
            seconds = 0 if number % 13 == 0 else round(float(rng.lognormal(0, 1)), 2)
            scanned = "" if number % 5 == 0 and rng.random() < 0.5 else int(rng.integers(0, 1e9))
            rows.append((f"q{len(rows)}", run, board, table, moment(day), seconds, scanned))
    return rows


def asked_questions(rng) -> tuple[list[tuple], dict]:
    """200 teams whose questions wait exponentially long, as seen at the end of the last day."""
    rows, waits = [], {}
    end = datetime.datetime.combine(LAST, datetime.time()) + datetime.timedelta(1)
    for team in range(200):
        mean = float(rng.uniform(200, 3000))
        for _ in range(int(rng.integers(1, 40))):
            asked = datetime.datetime.combine(DAYS[0], datetime.time()) + datetime.timedelta(
                seconds=int(rng.integers(0, len(DAYS) * 86400))
            )
            wait = datetime.timedelta(seconds=int(rng.exponential(mean) * 3600))
            is_answered = asked + wait < end
            seen = (wait if is_answered else end - asked).total_seconds() / 3600
            waits.setdefault(f"t{team}", []).append(
                (seen, is_answered, wait.total_seconds() / 3600)
            )
            answer = (asked + wait).strftime("%Y-%m-%d %H:%M:%S") if is_answered else ""
            rows.append((f"k{len(rows)}", f"t{team}", "Why?", str(asked), answer, ""))
    return rows, waits


def csv(header: str, rows) -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)])


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """(database, bills, queries, job runs, waits of questions)"""
    folder = tmp_path_factory.mktemp("costs")
    rng = np.random.default_rng(17)
    bills, asked = odd_bills(rng), queries(rng)
    questions, waits = asked_questions(rng)
    questions += [
        ("early", "odd", "When?", moment(DAYS[50]), moment(DAYS[49]), "b1"),
        ("on a board", "odd", "What?", moment(DAYS[50]), moment(DAYS[51]), "B1"),
        ("by title", "odd", "What?", moment(DAYS[50]), moment(DAYS[51]), "riders"),
        ("made for it", "odd", "What?", moment(DAYS[50]), moment(DAYS[-10]), "b6"),
        ("by hand", "odd", "What?", moment(DAYS[50]), moment(DAYS[52]), "a mail"),
    ]
    jobs = [
        (f"r{number}", "load", moment(day, 1), moment(day, 1), moment(day, 2), "succeeded")
        for number, day in enumerate(DAYS)
    ]
    jobs += [("r_end", "never ends", moment(DAYS[70], 3), moment(DAYS[70], 3), "", "failed")]
    jobs += [
        (f"r_{again}", "build", moment(DAYS[71]), moment(DAYS[71]), moment(DAYS[71]), "succeeded")
        for again in (1, 2)
    ]
    views = [
        (f"v{number}", board, f"u{number % 7}", moment(day))
        for number, (day, board) in enumerate(itertools.product(DAYS[::3], ["b1", "b2", "b3"]))
    ]
    views += [
        ("before", "b4", "u1", moment(DAYS[1])),
        ("unknown", "no_board", "u1", moment(DAYS[9])),
    ]
    made = {"b4": DAYS[20], "b6": DAYS[-12]}
    raw = MINIMAL | {
        "finance__exchange_rates": "currency,rate_date,usd_rate\nEUR,2025-01-01,1.1\nKRW,2025-01-01,0.0007\n",
        "platform__bills": csv(
            "bill_id,billed_on,service,resource,amount,currency", bills + steady_bills(rng)
        ),
        "platform__query_runs": csv(
            "query_id,run_id,dashboard_id,model_name,started_at,seconds,bytes_scanned", asked
        ),
        "platform__job_runs": csv(
            "run_id,job_name,scheduled_at,started_at,finished_at,outcome", jobs
        ),
        "bi__dashboards": csv(
            "dashboard_id,title,owner,created_at,certified_until",
            [
                (board, title, "team", moment(made.get(board, DAYS[0]), 1), "2025-06-30")
                for board, (title, _) in BOARDS.items()
            ],
        ),
        "bi__dashboard_sources": csv(
            "dashboard_id,model_name",
            [(board, table) for board, (_, tables) in BOARDS.items() for table in tables],
        ),
        "bi__dashboard_views": csv("view_id,dashboard_id,viewer_id,viewed_at", views),
        "bi__questions": csv(
            "question_id,team,question,asked_at,answered_at,answered_with", questions
        ),
    }
    database = folder / "warehouse.duckdb"
    build(
        database,
        write_raw(folder / "raw", raw),
        select=[f"+path:models/marts/platform/{table}.sql" for table in TABLES],
        tests=False,
        variables={"as_of": str(LAST)},
    )
    return database, bills, asked, jobs, waits


def waited(curve: KaplanMeierFitter, share: float) -> float | None:
    """When so large a share still waits, or None if the curve does not come down so far."""
    left = curve.survival_function_.iloc[:, 0]
    return min(left.index[left <= share + 1e-9], default=None)


def period(bill, bills) -> list[datetime.date]:
    """The days that a bill covers: since the charge before it; of a first one as many as until the second."""
    _, on, service, resource, amount, _ = bill
    charged = sorted({b[1] for b in bills if b[2:4] == (service, resource) and b[4] >= 0})
    end = on if amount >= 0 else max((day for day in charged if day <= on), default=None)
    if end is None:
        return [on]
    place = charged.index(end)
    around = [*charged[place - 1 : place], end] if place else charged[:2]
    length = (around[1] - around[0]).days if len(around) > 1 else 1
    return [end - datetime.timedelta(back) for back in range(length)]


def test_costs_are_those_by_hand_and_add_up_to_every_bill(company):
    database, bills, asked, jobs, _ = company
    job_of = {run[0]: run[1] for run in jobs}
    use = {"query_seconds": defaultdict(Fraction), "query_bytes": defaultdict(Fraction)}
    by_day = defaultdict(list)
    for query_run in asked:
        by_day[query_run[4][:10]].append(query_run)
    for day, rows in by_day.items():
        has_bytes = all(row[6] != "" for row in rows)
        for measure, column in (("query_seconds", 5), ("query_bytes", 6 if has_bytes else 5)):
            nothing = not any(float(row[column]) for row in rows)
            for row in rows:
                weight = 1 if nothing else Fraction(str(row[column]))
                key = (day, job_of.get(row[1]), row[2] or None, row[3].split(".")[-1] or None)
                use[measure][key] += weight
    measures = {"compute": "query_seconds", "bigquery": "query_bytes", "storage": "nothing"}
    measures |= {"brand new service": "query_seconds"}
    readers = defaultdict(set)
    found = query(
        database,
        "select asset_name, board_id from platform.int_board_reads where asset_kind = 'table'",
    )
    for table, board in found:
        readers[table].add(board)
    assert {"b1", "b2", "b5"} < readers["orders"] and "overview" in readers["orders"]
    compared = 0
    parts = defaultdict(float)
    for bill_id, day, job, board, table, amount, cost in query(
        database,
        """select bill_id, cost_date::varchar, job_name, board_id, model_name, sum(billed_amount), sum(cost)
        from platform.data_costs group by all""",
    ):
        parts[bill_id, day, job, board, table] = (amount, cost)
    for bill in bills:
        bill_id, _, service, _, amount, currency = bill
        measure = measures.get(service.strip().lower())
        days = period(bill, bills)
        mine = {key: value for key, value in parts.items() if key[0] == bill_id}
        assert sum(value[0] for value in mine.values()) == Fraction(str(amount))
        assert {key[1] for key in mine} == {str(day) for day in days}
        if currency == "XXX":
            assert all(value[1] is None for value in mine.values())
        else:
            total = round(Fraction(str(amount)) * RATES[currency], 6)
            assert abs(Fraction(sum(value[1] for value in mine.values())) - total) <= Fraction(
                1, 10**6
            )
        if measure is None:
            continue
        for day in map(str, days):
            wanted = defaultdict(Fraction)
            keys = [key for key in use.get(measure, ()) if key[0] == day]
            whole = sum(use[measure][key] for key in keys) if keys else 1
            for _, job, board, table in keys:
                weight = use[measure][day, job, board, table] / whole
                boards = readers.get(table, ()) if board is None else (board,)
                for reader in boards or (None,):
                    wanted[job, reader, table] += weight / (len(boards) or 1)
            wanted = wanted or {(None, None, None): Fraction(1)}
            got = {key[2:]: value[0] for key, value in mine.items() if key[1] == day}
            share = Fraction(str(amount)) / len(days)
            assert got.keys() == wanted.keys()
            for key, weight in wanted.items():
                assert abs(Fraction(got[key]) - share * weight) < Fraction(1, 10**5)
                compared += 1
    assert compared > 5_000


def test_a_bill_that_jumped_is_named_and_dated_and_noise_is_not(company):
    database, *_ = company
    called = query(
        database,
        """select resource, verdict, billed_on, change_rank from platform.bill_changes
        where service = 'support' and verdict not in ('usual', 'too_few') order by resource, billed_on""",
    )
    weeks = DAYS[::7]
    first_of = {resource: (verdict, on) for resource, verdict, on, _ in reversed(called)}
    assert first_of == {
        "n00": ("jumped", weeks[40]),
        "n01": ("jumped", weeks[40]),
        "n02": ("fell", weeks[40]),
        LEVEL: ("jumped", weeks[30]),
        NEW: ("new", weeks[50]),
    }
    # A level that stays is called once, until it is the usual one.
    after = [verdict for resource, verdict, _, _ in called if resource == LEVEL]
    assert after[0] == "jumped" and set(after[1:]) == {"stays_high"} and len(after) <= 8
    assert [rank for resource, _, _, rank in called if resource in ("n00", NEW)] == [1, 1]
    ((changes, parts),) = query(
        database,
        """select count(distinct week_start), count(distinct week_start) filter (abs(coalesce(gap, 0)) < 1e-4) from (
            select week_start, sum(extra_cost)::double - any_value(week_extra_cost)::double as gap
            from platform.bill_changes group by week_start
        )""",
    )
    assert changes == parts


def test_waits_are_those_of_lifelines_and_the_mean_of_the_answered_is_too_short(company):
    database, *_, waits = company
    rows = query(
        database,
        """select team, median_hours, p90_hours, answered, open_now from platform.question_waits
        where grain = 'all' and team like 't%'""",
    )
    assert len(rows) == len(waits) == 200
    naive, truth = [], []
    for team, median, p90, answered, still_open in sorted(rows)[:SETS]:
        seen, events, whole = (np.array(values) for values in zip(*waits[team], strict=True))
        curve = KaplanMeierFitter().fit(seen, events)
        for ours, share in ((median, 0.5), (p90, 0.1)):
            theirs = waited(curve, share)
            assert ours == (theirs and pytest.approx(theirs, abs=1e-9))
        assert (answered, still_open) == (events.sum(), (~events.astype(bool)).sum())
        if answered:
            naive.append(seen[events.astype(bool)].mean())
            truth.append(whole.mean())
    assert np.mean(naive) < 0.9 * np.mean(truth)
    total = [row for values in waits.values() for row in values]
    ((median,),) = query(
        database,
        "select median_hours from platform.question_waits where grain = 'all' and is_total",
    )
    assert median == pytest.approx(np.median([row[2] for row in total]), rel=0.1)


def test_a_day_of_questions_is_as_it_looked_then(company):
    database, *_ = company
    for day in (DAYS[100], DAYS[250], DAYS[-1]):
        end = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(1)
        rows = query(
            database,
            f"""select asked_at, answered_at from platform.questions
            where status <> 'unknown' and asked_date <= '{day}' and asked_date > date '{day}' - 91""",
        )
        seen = [(min(done or end, end) - at).total_seconds() / 3600 for at, done in rows]
        curve = KaplanMeierFitter().fit(seen, [bool(done and done < end) for _, done in rows])
        ((median, recent),) = query(
            database,
            f"""select median_hours, recent_questions from platform.question_days
            where question_date = '{day}'""",
        )
        assert recent == len(rows) and median == pytest.approx(waited(curve, 0.5))


def test_odd_questions(company):
    database, *_ = company
    rows = query(
        database,
        "select question_id, status, wait_hours, board_id, was_on_a_board from platform.questions where team = 'odd'",
    )
    assert {row[0]: row[1:] for row in rows} == {
        "early": ("unknown", None, "b1", True),
        "on a board": ("answered", 24, "b1", True),
        "by title": ("answered", 24, "b2", True),
        "made for it": ("answered", 24 * (len(DAYS) - 60), "b6", False),
        "by hand": ("answered", 48, None, False),
    }
    ((share, unknown),) = query(
        database,
        """select on_a_board_share, unknown_waits from platform.question_waits
        where team = 'odd' and grain = 'all'""",
    )
    assert (share, unknown) == (0.6, 1)


def test_boards_that_nobody_opens_and_odd_ones(company):
    database, *_ = company
    verdicts = dict(
        query(
            database,
            """select asset_id, verdict || ' ' || reason_code from platform.cost_value
            where asset_kind = 'board' and asset_id like 'b_'""",
        )
    )
    assert verdicts == {
        "b1": "keep opened",
        "b2": "keep opened",
        "b3": "look_at unknown_source",
        "b4": "retire not_opened_lately",
        "b5": "retire never_opened",
        "b6": "keep young",
        "b7": "retire never_opened",
        "b8": "retire never_opened",
    }
    unused = query(
        database,
        "select asset_id from platform.unused_assets where asset_kind = 'board' order by 1",
    )
    assert unused == [("b4",), ("b5",), ("b7",), ("b8",)]
    use = query(
        database,
        """select board_id, is_known_board, sum(views), sum(views_before_board), sum(certified_views)
        from platform.dashboard_use where board_id in ('b4', 'no_board') group by all order by 1""",
    )
    assert use == [("b4", True, 1, 1, 1), ("no_board", False, 1, 0, 0)]
    pairs = query(
        database,
        """select board_id, other_board_id, verdict, reason_code from platform.duplicate_boards
        where board_id like 'b_' and other_board_id like 'b_' order by 1, 2""",
    )
    assert ("b1", "b4", "look_at", "same_name") in pairs
    assert ("b7", "b8", "look_at", "same_content") in pairs
    assert ("b1", "b5", "unknown", "same_sources") in pairs
    assert not any("b3" in pair for pair in pairs)
    # Own boards: who opens them is not delivered.
    own = query(
        database,
        """select distinct verdict from platform.cost_value
        where asset_kind = 'board' and asset_id not like 'b_'""",
    )
    assert own == [("unknown",)]


@pytest.mark.slow
def test_three_tables_and_nothing_of_the_data_team(tmp_path):
    database = tmp_path / "warehouse.duckdb"
    build(
        database,
        write_raw(tmp_path / "raw", MINIMAL),
        select=[f"+path:models/marts/platform/{table}.sql" for table in TABLES],
        variables={"areas": AREAS},
    )
    for table in ("data_costs", "bill_changes", "question_waits", "question_days", "dashboard_use"):
        assert query(database, f"select count(*) from platform.{table}") == [(0,)], table
    known = query(
        database,
        """select distinct asset_kind, verdict, cost is null, views is null from platform.cost_value
        where asset_kind = 'board'""",
    )
    assert known == [("board", "unknown", True, True)]
    assert not query(
        database,
        "select 1 from platform.unused_assets where asset_kind = 'board' or verdict = 'retire'",
    )


def test_planted_facts_of_the_demo_are_found(demo):
    truth = json.loads((PROJECT / "ingest/truth.json").read_text())["platform"]
    called = query(
        demo,
        """select week_start::varchar, resource, round(times_usual), change_rank from platform.bill_changes
        where verdict not in ('usual', 'too_few')""",
    )
    spike = truth["bill_spike"]
    assert called == [(spike["week_of"], spike["resource"], spike["factor"], 1)]
    unused = query(
        demo, "select asset_name from platform.unused_assets where reason_code = 'never_opened'"
    )
    assert {name for (name,) in unused} == set(truth["dashboards_never_opened"])
