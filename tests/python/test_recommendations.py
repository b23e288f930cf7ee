"""Recommendations: NDCG against scikit-learn, rates and intervals against a count by hand, whether they hold, and bad input."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import ndcg_score
from warehouse import build, query

SETS = 200
WORLDS = 200
ALL_WORLDS = 2_000
ROOM = "path:models/marts/ml/intermediate/recommendations"
AS_OF = {"as_of": "2026-06-30"}


def random_lists(random) -> pd.DataFrame:
    """Requests of customers who like clicking more or less; some ranks are tied, some lists have no click."""
    requests = int(random.integers(20, 80))
    customers = random.integers(0, requests // 2, requests)
    liking = random.beta(0.5, 3, requests)
    length = random.integers(1, 7, requests)
    request = np.repeat(np.arange(requests), length)
    place = np.concatenate([np.arange(n) for n in length]) + 1
    is_tied = random.random(len(request)) < 0.15
    return pd.DataFrame(
        {
            "request_id": [f"r{number}" for number in request],
            "customer_id": [f"c{number}" for number in customers[request]],
            "list_rank": np.where(is_tied, np.maximum(place - 1, 1), place),
            "position": place,
            "is_clicked": random.random(len(request)) < liking[customers[request]],
        }
    )


@pytest.fixture(scope="module")
def sets():
    random = np.random.default_rng(11)
    return {f"v{number}": random_lists(random) for number in range(SETS)}


@pytest.fixture(scope="module")
def of_sets(sets, tmp_path_factory):
    """The steps over the tests' own items, a version a set."""
    database = tmp_path_factory.mktemp("sets") / "warehouse.duckdb"
    rows = pd.concat([frame.assign(model_version=name) for name, frame in sets.items()])
    rows["request_id"] = rows.model_version + rows.request_id
    with duckdb.connect(str(database)) as connection:
        connection.register("rows", rows)
        connection.execute(
            """
            create schema ml;
            create table ml.int_recommendation_items as
            select
                'shop' as model_name, model_version, request_id as list_id, 'i' || position as item_id, customer_id, 'b' as brand,
                list_rank, position, true as is_registered, true as is_shown, is_clicked, true as is_mature,
                false as is_purchase_mature, timestamp '2026-02-03' as predicted_at, null::timestamp as clicked_at
            from rows;
            create table ml.int_model_experiment_units (
                model_name varchar, model_version varchar, customer_id varchar, arm varchar, from_at timestamp,
                to_at timestamp
            );
            create table ml.int_model_windows (
                model_name varchar, model_version varchar, window_name varchar, from_at timestamp, to_at timestamp
            )
            """
        )
    build(
        database,
        command="run",
        variables=AS_OF,
        select="int_recommendation_gains int_recommendation_units int_recommendation_rates",
    )
    return database


def test_ndcg_is_scikit_learns_of_the_lists_with_a_click(sets, of_sets):
    found = {
        version: row
        for version, *row in query(
            of_sets,
            """select model_version, ndcg, requests_with_click, requests_without_click
            from ml.int_recommendation_gains""",
        )
    }
    assert len(found) == SETS
    for name, frame in sets.items():
        gains, without = [], 0
        for _, items in frame.groupby("request_id"):
            if not items.is_clicked.any():
                without += 1
            elif len(items) == 1:
                gains.append(1.0)  # scikit-learn knows no list of one item
            else:
                gains.append(ndcg_score([items.is_clicked.astype(int)], [-items.list_rank]))
        ndcg, n_with, n_without = found[name]
        assert (n_with, n_without) == (len(gains), without)
        assert ndcg == pytest.approx(np.mean(gains), rel=1e-9)


def by_hand(frame: pd.DataFrame) -> tuple:
    """Shown, clicked, customers, and the interval: Wilson of as many items as know as much."""
    customers = frame.groupby("customer_id").is_clicked.agg(["sum", "count"])
    shown, clicked, count = len(frame), int(frame.is_clicked.sum()), len(customers)
    rate = clicked / shown
    if count < 2:
        return shown, clicked, count, None, None
    if clicked in (0, shown):
        known = count
    else:
        left = customers["sum"] - rate * customers["count"]
        variance = (left**2).sum() * count / (count - 1) / shown**2
        known = min(shown, rate * (1 - rate) / variance) if variance > 0 else shown
    z = norm.ppf(0.975)
    middle = (rate * known + z**2 / 2) / (known + z**2)
    reach = z * np.sqrt(rate * (1 - rate) * known + z**2 / 4) / (known + z**2)
    return shown, clicked, count, middle - reach, middle + reach


def test_rates_and_intervals_are_those_counted_by_hand(sets, of_sets):
    found = {
        (version, rank): row
        for version, rank, *row in query(
            of_sets,
            """select model_version, list_rank, shown, clicked, customers, click_rate_low, click_rate_high
            from ml.int_recommendation_rates where slice_kind = 'month'""",
        )
    }
    for name, frame in sets.items():
        parts = {"all": frame} | {str(rank): part for rank, part in frame.groupby("list_rank")}
        for rank, part in parts.items():
            for value, expected in zip(found.pop((name, rank)), by_hand(part), strict=True):
                assert (value is None) == (expected is None)
                assert value is None or value == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert not found


# customers, lists a customer, the rate, and how differently customers click (shares of a beta distribution)
DESIGNS = {
    "few": (40, 3, 0.15, 4.0),
    "rare": (300, 4, 0.03, 2.0),
    "usual": (150, 6, 0.10, 3.0),
    "alike": (120, 5, 0.20, 1e6),
}


@pytest.fixture(scope="module", params=[WORLDS, pytest.param(ALL_WORLDS, marks=pytest.mark.slow)])
def worlds(request, tmp_path_factory):
    """Thousands of months, a version each, and as many experiments whose treatment lifts clicks by 40 %."""
    count = request.param
    random = np.random.default_rng(12)
    parts = []
    for design, (customers, lists, rate, alike) in DESIGNS.items():
        for kind, lift, slice_name in (
            ("month", 1.0, "2026-02-01"),
            ("arm", 1.0, "control"),
            ("arm", 1.4, "treatment"),
        ):
            if kind == "arm" and design == "few":
                continue
            true = rate * lift
            shown = random.poisson(lists, (count, customers)) + 1
            liking = random.beta(true * alike, (1 - true) * alike, (count, customers))
            parts.append(
                pd.DataFrame(
                    {
                        "slice_kind": kind,
                        "model_version": np.repeat(
                            [f"{design} {world}" for world in range(count)], customers
                        ),
                        "slice": slice_name,
                        "unit_id": np.tile(np.arange(customers), count),
                        "shown": shown.ravel(),
                        "clicked": random.binomial(shown, liking).ravel(),
                    }
                )
            )
    database = tmp_path_factory.mktemp("worlds") / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.register("rows", pd.concat(parts))
        connection.execute(
            """
            create schema ml;
            create table ml.int_recommendation_units as
            select *, 'shop' as model_name, 'all' as list_rank from rows
            """
        )
    build(
        database,
        command="run",
        variables=AS_OF,
        select="int_recommendation_rates int_recommendation_lifts",
    )
    return database, count


def bounds(count: int) -> tuple[float, float]:
    """92 to 98 %, and three Monte-Carlo errors of so many."""
    error = 3 * np.sqrt(0.95 * 0.05 / count) if count < ALL_WORLDS else 0
    return 0.92 - error, 0.98 + error


def test_intervals_of_click_rates_hold_where_those_that_forget_the_customer_do_not(worlds):
    database, count = worlds
    rows = query(
        database,
        """select split_part(model_version, ' ', 1), click_rate_low, click_rate_high, click_rate, shown
        from ml.int_recommendation_rates where slice_kind = 'month'""",
    )
    for design, (_, _, rate, alike) in DESIGNS.items():
        mine = [row[1:] for row in rows if row[0] == design]
        assert len(mine) == count
        held = np.mean([low <= rate <= high for low, high, *_ in mine])
        low, high = bounds(count)
        assert low <= held <= high, (design, held)
        if alike < 10:
            naive = np.mean([abs(p - rate) <= 1.96 * np.sqrt(p * (1 - p) / n) for *_, p, n in mine])
            assert naive < held - 0.03, (design, naive)


def test_intervals_of_lifts_hold(worlds):
    database, count = worlds
    rows = query(
        database,
        """select split_part(model_version, ' ', 1), problem, click_lift, click_lift_low, click_lift_high
        from ml.int_recommendation_lifts""",
    )
    for design in ("rare", "usual", "alike"):
        mine = [row[1:] for row in rows if row[0] == design]
        told = [row for row in mine if row[0] is None]
        assert len(told) > 0.9 * count
        assert all(None not in row[1:] for row in told)
        held = np.mean([low <= 0.4 <= high for _, _, low, high in told])
        low, high = bounds(count)
        assert low <= held <= high, (design, held)


# request, item, rank, score, customer, version, day of February
PREDICTIONS = [
    ("r1", "p1", 1, 0.9, "c1", "v1", 3),
    ("r1", "p2", 2, 0.8, "c1", "v1", 3),
    ("r1", "p2", 5, 0.7, "c1", "v1", 3),  # the same item again
    ("r2", "p1", None, 0.2, "c2", "v1", 4),  # no rank: by score
    ("r2", "p3", None, 0.6, "c2", "v1", 4),
    ("r3", "p1", 1, 0.9, "c1", "v1", 5),  # never shown
    ("r4", "p4", 1, 0.9, "c3", "v1", 6),  # answered by two versions, one of them live
    ("r4", "p1", 1, 0.9, "c3", "v2", 6),
    ("r5", "p1", 1, 0.9, "c3", "v9", 7),  # a version that nobody registered
]
# role, request, item, day of February, hour
EVENTS = [
    ("shown", "r1", None, 3, 1),
    ("shown", "r1", None, 3, 2),  # shown twice
    ("shown", "r2", None, 4, 1),
    ("shown", "r5", None, 7, 1),
    ("clicked", "r1", "p1", 3, 1),
    ("clicked", "r1", "p1", 3, 2),  # clicked twice
    ("clicked", "r1", "p3", 3, 2),  # not in the list
    ("clicked", "r1", None, 3, 3),  # names no item
    ("clicked", "r2", "p3", 9, 1),  # too late
    ("clicked", "r4", "p4", 6, 1),  # never logged as shown
    ("clicked", None, "p1", 3, 1),  # names no request
    ("clicked", "r99", "p1", 3, 1),  # an unknown one
]
# order, customer, product, day of February, revenue, type, whether it was paid
ORDERS = [
    ("o1", "c1", "p1", 5, 30, "purchase", True),
    ("o2", "c1", "p1", 20, 30, "purchase", True),  # later than seven days
    ("o3", "c1", "p2", 5, 40, "purchase", True),  # not clicked
    ("o4", "c3", "p4", 7, 50, "renewal", True),
    ("o5", "c3", "p4", 8, 50, "purchase", False),
]


def write_tables(connection, predictions, events, orders):
    connection.execute(
        """
        create schema core; create schema ml; create schema reference;
        create table core.predictions (
            prediction_id varchar, model_name varchar, model_version varchar, entity_type varchar, entity_id varchar,
            item_id varchar, request_id varchar, brand varchar, rank bigint, score double, predicted_at timestamp
        );
        create table core.events (
            event_id varchar, customer_id varchar, event_name varchar, properties varchar, is_robot boolean,
            occurred_at timestamp
        );
        create table core.orders (
            order_id varchar, customer_id varchar, order_type varchar, is_paid boolean, ordered_at timestamp
        );
        create table core.order_items (order_id varchar, line_number bigint, product_id varchar, revenue decimal(24, 6));
        create table core.products as select unnest(['p1', 'p2', 'p3', 'p4', 'p5']) as product_id, 'b' as brand;
        create table reference.recommendation_events as select * from (values
            ('seen', 'shown', 'request', 'item'), ('tapped', 'clicked', 'request', 'item')
        ) as rules (event_name, role, request_property, item_property);
        create table ml.model_registry as select * from (values
            ('shop', 'v1', timestamp '2026-01-01'), ('shop', 'v2', null)
        ) as versions (model_name, model_version, deployed_at);
        create table ml.int_model_experiments (
            model_name varchar, model_version varchar, experiment_id varchar, is_deciding boolean
        );
        create table ml.int_model_experiment_units (
            model_name varchar, model_version varchar, customer_id varchar, arm varchar, from_at timestamp,
            to_at timestamp
        );
        create table ml.int_model_windows (
            model_name varchar, model_version varchar, window_name varchar, from_at timestamp, to_at timestamp
        )
        """
    )
    for number, (request, item, rank, score, customer, version, day) in enumerate(predictions):
        connection.execute(
            "insert into core.predictions values (?, 'shop', ?, 'customer', ?, ?, ?, 'b', ?, ?, ?)",
            [
                f"pr{number}",
                version,
                customer,
                item,
                request,
                rank,
                score,
                f"2026-02-{day:02} 00:00",
            ],
        )
    names = {"shown": "seen", "clicked": "tapped"}
    for number, (role, request, item, day, hour) in enumerate(events):
        properties = {"request": request, "item": item}
        named = ", ".join(f'"{key}": "{value}"' for key, value in properties.items() if value)
        connection.execute(
            "insert into core.events values (?, null, ?, ?, false, ?)",
            [f"e{number}", names[role], f"{{{named}}}", f"2026-02-{day:02} {hour:02}:00"],
        )
    for order, customer, product, day, revenue, kind, is_paid in orders:
        connection.execute(
            "insert into core.orders values (?, ?, ?, ?, ?)",
            [order, customer, kind, is_paid, f"2026-02-{day:02} 12:00"],
        )
        connection.execute(
            "insert into core.order_items values (?, 1, ?, ?)", [order, product, revenue]
        )


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    database = tmp_path_factory.mktemp("shop") / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        write_tables(connection, PREDICTIONS, EVENTS, ORDERS)
        # another model numbers its requests alike
        connection.execute(
            """
            insert into core.predictions values
                ('n1', 'news', 'v1', 'customer', 'c9', 'p1', 'r1', 'b', 1, 0.5, '2026-02-03 00:00');
            insert into core.events values
                ('n2', 'c9', 'tapped', '{"request": "r1", "item": "p1"}', false, '2026-02-03 05:00')
            """
        )
    build(database, command="run", variables=AS_OF, select=[ROOM, "recommendation_quality"])
    return database


def test_each_click_is_counted_once_or_left_out_with_a_reason(shop):
    statuses = dict(
        query(
            shop,
            "select event_id, event_status from ml.int_recommendation_events order by event_id",
        )
    )
    assert [statuses[f"e{number}"] for number in range(len(EVENTS))] == [
        "counted",
        "repeated",
        "counted",
        "counted",
        "counted",
        "repeated",
        "item_not_recommended",
        "no_item",
        "too_late",
        "counted",
        "no_request",
        "request_unknown",
    ]
    left_out = dict(
        query(
            shop,
            """select model_version, clicks_left_out from ml.recommendation_quality
            where clicks_left_out > 0""",
        )
    )
    assert left_out == {"v1": 4, "unknown": 2}


def test_what_is_shown_clicked_and_bought_by_hand(shop):
    columns = """model_version, list_rank, requests, shown, n_mature, clicked, n_mature_clicks, purchases,
        revenue::double, catalogue_share, is_registered"""
    rows = query(
        shop,
        f"select {columns} from ml.recommendation_quality where model_name <> 'news' order by 1, 2",
    )
    assert rows == [
        ("unknown", "all", 0, 0, 0, 0, 0, 0, None, None, False),
        # r1 and r2 were shown, r4 clicked, r3 never; p1 to p4 of five products
        ("v1", "1", 4, 3, 3, 2, 2, 1, 30.0, 0.6, True),
        ("v1", "2", 2, 2, 2, 0, 0, 0, None, 0.4, True),
        ("v1", "all", 4, 5, 5, 2, 2, 1, 30.0, 0.8, True),
        # what another version answered was not shown
        ("v2", "1", 1, 0, 0, 0, 0, 0, None, 0.0, True),
        ("v2", "all", 1, 0, 0, 0, 0, 0, None, 0.0, True),
        ("v9", "1", 1, 1, 1, 0, 0, 0, None, 0.2, False),
        ("v9", "all", 1, 1, 1, 0, 0, 0, None, 0.2, False),
    ]
    empty = query(
        shop,
        """select model_version, click_rate, click_rate_low, ndcg from ml.recommendation_quality
        where list_rank = 'all' and model_version in ('v2', 'v9')""",
    )
    assert sorted(empty) == [("v2", None, None, None), ("v9", 0.0, None, None)]
    # without a rank the higher score is first
    assert query(
        shop,
        """select item_id, list_rank from ml.int_recommendation_items where list_id like '%"r2"%' order by 2""",
    ) == [("p3", 1), ("p1", 2)]


def test_a_request_is_that_of_the_customer_where_two_models_number_theirs_alike(shop):
    assert query(
        shop,
        """select shown, clicked, is_registered from ml.recommendation_quality
        where model_name = 'news' and list_rank = 'all'""",
    ) == [(1, 1, False)]


@pytest.mark.parametrize("predictions", [[], PREDICTIONS])
def test_without_events_nothing_is_known_and_nothing_is_said(predictions, tmp_path):
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        write_tables(connection, predictions, [], [])
    build(
        tmp_path / "warehouse.duckdb",
        command="run",
        variables=AS_OF,
        select=[ROOM, "recommendation_quality"],
    )
    rows = query(
        tmp_path / "warehouse.duckdb",
        "select shown, clicked, click_rate, ndcg from ml.recommendation_quality",
    )
    assert bool(rows) == bool(predictions)
    assert set(rows) <= {(0, 0, None, None)}
