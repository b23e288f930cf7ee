"""Attribution through the whole warehouse: the reference journeys come out as independent libraries have them, and
200 random sets of journeys as a second implementation has them. The shortcuts that others take are shown to fail."""

import csv
import json
import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from attribution_by_hand import LOOK_BACK, Touch, credits, journeys_of, removal_effects
from warehouse import PROJECT, SETS, build, query

REFERENCE = PROJECT / "tests" / "python" / "reference"
EXPECTED = json.loads((REFERENCE / "attribution.json").read_text())
MODELS = (
    "first_touch",
    "last_touch",
    "last_non_direct",
    "linear",
    "position_based",
    "time_decay",
    "shapley",
    "markov",
)
# channel -> utm_source, utm_medium of a visit that the channel rules name so
LANDINGS = {
    "email": ("newsletter", "email"),
    "organic_social": ("", "social"),
    "organic_search": ("", "organic"),
    "direct": ("", ""),
    "paid_search": ("google", "cpc"),
    "display": ("", "display"),
}
CHANNEL_OF = {
    "Email": "email",
    "Social": "organic_social",
    "Search": "organic_search",
    "Direct": "direct",
}


class Company:
    """Raw files of visits and orders, and the same as lists."""

    def __init__(self):
        self.customers, self.events, self.orders, self.items = [], [], [], []
        self.touches = defaultdict(list)  # (brand, customer) -> touches
        self.sold = defaultdict(list)  # (brand, customer) -> (order_id, moment)
        self.revenue = {}

    def visit(self, brand, customer, at, channel, minutes=0):
        source, medium = LANDINGS[channel]
        for moment in {at, at + timedelta(minutes=minutes)}:
            self.events.append(
                (
                    f"e{len(self.events)}",
                    brand,
                    "page_viewed",
                    moment,
                    moment,
                    f"d{customer}",
                    customer,
                    source,
                    medium,
                )
            )
        self.touches[brand, customer].append(Touch(at, at + timedelta(minutes=minutes), channel))

    def order(self, brand, customer, at, cents):
        order_id = f"o{len(self.orders)}"
        self.orders.append((order_id, customer, at, at, "paid", "USD", 0, at))
        self.items.append((order_id, 1, "p", 1, f"{cents / 100:.2f}"))
        self.sold[brand, customer].append((order_id, at))
        self.revenue[order_id] = cents

    def write(self, folder):
        folder.mkdir()
        brands = {customer: brand for brand, customer in self.touches}
        brands |= {customer: brand for brand, customer in self.sold}
        first = "2023-01-01"
        tables = {
            "app__customers": (
                "customer_id,brand,country_code,created_at,updated_at",
                [(c, b, "KR", first, first) for c, b in brands.items()],
            ),
            "app__orders": (
                "order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at",
                self.orders,
            ),
            "app__order_items": ("order_id,line_number,product_id,quantity,unit_price", self.items),
            "events__events": (
                "event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id,utm_source,utm_medium",
                self.events,
            ),
        }
        for name, (header, rows) in tables.items():
            with (folder / f"{name}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([header.split(","), *rows])
        return folder

    def journeys(self, brand):
        visitors = [key for key in self.touches.keys() | self.sold.keys() if key[0] == brand]
        return [j for v in visitors for j in journeys_of(self.touches[v], self.sold[v])]


def add_reference(company):
    """touches.csv: a row a touch, a customer a journey; the last touch converts or not. Revenue by the paths of journeys.csv."""
    with (REFERENCE / "touches.csv").open() as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["ts"])
            company.visit("reference", row["user_id"], at, CHANNEL_OF[row["channel"]])
            if row["conv"] == "True":
                company.order("reference", row["user_id"], at, 1000)


def add_random(company, brand, chance):
    """Visitors with up to nine visits over four months and up to three orders."""
    channels = chance.sample(sorted(LANDINGS), chance.randint(2, len(LANDINGS)))
    for number in range(chance.randint(4, 12)):
        customer = f"{brand}_{number}"
        at = datetime(2024, 1, 1) + timedelta(hours=chance.randrange(24 * 40))
        for _ in range(chance.randint(1, 9)):
            minutes = chance.choice([0, 0, 10, 29])
            company.visit(brand, customer, at, chance.choice(channels), minutes)
            if chance.random() < 0.3:
                company.order(
                    brand,
                    customer,
                    at + timedelta(minutes=chance.choice([0, 5, 40])),
                    chance.randint(1, 99999),
                )
            at += timedelta(
                minutes=chance.choice([90, 60 * 24, 60 * 24 * 6, 60 * 24 * 31]),
                seconds=chance.randrange(60),
            )
        if chance.random() < 0.1:
            company.order(brand, f"{brand}_unseen_{number}", at, 1234)


@pytest.fixture(scope="module")
def company():
    company, chance = Company(), random.Random(7)
    add_reference(company)
    for number in range(SETS):
        add_random(company, f"set{number:03d}", chance)
    return company


@pytest.fixture(scope="module")
def built(company, tmp_path_factory):
    folder = tmp_path_factory.mktemp("attribution")
    database = folder / "warehouse.duckdb"
    run = build(
        database,
        company.write(folder / "raw"),
        select="+path:models/marts/growth/*.sql",
        variables={"as_of": "2025-06-30"},
    )
    assert " ERROR=0 " in run.output
    return database


REFERENCE_NAMES = {
    "position_based": "position_based_40_20_40",
    "time_decay": "time_decay_half_life_7_days",
    "shapley": "shapley_on_channel_sets",
    "markov": "markov_within_journey",
}


@pytest.mark.parametrize("model", MODELS)
def test_reference_journeys_are_credited_as_the_libraries_do(built, model):
    found = dict(
        query(
            built,
            f"""select channel, sum(credit) from growth.attributed_conversions
            where brand = 'reference' and attribution_model = '{model}' group by channel""",
        )
    )
    expected = EXPECTED[REFERENCE_NAMES.get(model, model)]
    names = [CHANNEL_OF[name] for name in EXPECTED["order"]]
    assert [found.get(name, 0) for name in names] == pytest.approx(expected, abs=1e-9)


def test_reference_chain_is_fitted_as_the_libraries_do(built):
    rows = query(
        built,
        """select channel, conversions, removal_effect from growth.channel_attribution
        where brand = 'reference' and attribution_model = 'markov'""",
    )
    by_channel = {channel: (conversions, effect) for channel, conversions, effect in rows}
    names = [CHANNEL_OF[name] for name in EXPECTED["order"]]
    assert [by_channel[n][0] for n in names] == pytest.approx(
        EXPECTED["markov_order_1_removal_to_null"], abs=1e-9
    )
    assert [by_channel[n][1] for n in names] == pytest.approx(
        EXPECTED["markov_removal_effect"], abs=1e-9
    )
    chance = query(
        built,
        """select distinct conversion_probability from growth.int_removal_effects
        where brand = 'reference' and look_back_days = 30""",
    )
    assert chance == [(pytest.approx(EXPECTED["markov_conversion_probability"], abs=1e-9),)]


def month(moment):
    return moment.strftime("%Y-%m-01")


@pytest.fixture(scope="module")
def by_hand(company):
    """(brand, month) -> removal effects; order_id -> its journey."""
    effects, journeys = {}, {}
    for number in range(SETS):
        brand = f"set{number:03d}"
        of_month = defaultdict(list)
        for journey in company.journeys(brand):
            if journey.touches:
                of_month[month(journey.ended_at)].append(journey)
            if journey.order_id:
                journeys[journey.order_id] = (brand, journey)
        effects |= {(brand, m): removal_effects(found) for m, found in of_month.items()}
    return effects, journeys


def test_random_sets_are_worth_the_test(by_hand):
    effects, journeys = by_hand
    counts = [len(journey.touches) for _, journey in journeys.values()]
    assert len(journeys) > 10 * SETS
    assert min(counts) == 0
    assert max(counts) >= 5
    assert sum(count > 2 for count in counts) > SETS
    assert len(effects) > 1.5 * SETS


@pytest.mark.parametrize("model", MODELS)
def test_random_journeys_are_credited_as_by_hand(built, company, by_hand, model):
    effects, journeys = by_hand
    rows = query(
        built,
        f"""select conversion_id, touched_at, channel, credit, (credited_revenue * 1000000)::bigint
        from growth.attributed_conversions
        where brand <> 'reference' and attribution_model = '{model}' order by conversion_id, touched_at""",
    )
    found, millionths = defaultdict(dict), defaultdict(int)
    for order_id, at, channel, credit, part in rows:
        found[order_id][at, channel] = credit
        millionths[order_id] += part
    assert found.keys() == journeys.keys()
    for order_id, (brand, journey) in journeys.items():
        if not journey.touches:
            assert found[order_id] == {(None, "unattributed"): 1.0}
            continue
        shares = credits(journey, model, effects.get((brand, month(journey.ended_at)), {}))
        expected = {
            (t.at, t.channel): s for t, s in zip(journey.touches, shares, strict=True) if s > 0
        }
        assert found[order_id] == pytest.approx(expected, abs=1e-9), order_id
        assert millionths[order_id] == company.revenue[order_id] * 10_000


def test_random_chains_are_fitted_as_by_hand(built, by_hand):
    effects, _ = by_hand
    rows = query(
        built,
        """select brand, month::varchar, channel, removal_effect from growth.int_removal_effects
        where look_back_days = 30 and brand <> 'reference'""",
    )
    found = defaultdict(dict)
    for brand, of_month, channel, effect in rows:
        found[brand, of_month][channel] = effect
    assert found.keys() == effects.keys()
    for key, expected in effects.items():
        assert found[key] == pytest.approx(expected, abs=1e-9), key


def test_one_journey_per_customer_would_be_wrong(built, company):
    """A second order has touches of its own: given the first order's touches, credit would go to other visits."""
    rows = query(
        built,
        """
        with first_journeys as (
            select customer_id, min(conversion_id) as conversion_id, count(distinct conversion_id) as orders
            from growth.conversions where brand <> 'reference' and touch_count > 0 group by all
        )
        select count(distinct credits.touchpoint_id)
        from growth.attributed_conversions as credits
        inner join first_journeys using (customer_id)
        where
            orders > 1 and credits.attribution_model = 'linear' and touchpoint_id is not null
            and touchpoint_id not in (
                select touchpoint_id from growth.attributed_conversions
                where conversion_id in (select conversion_id from first_journeys) and touchpoint_id is not null
            )
        """,
    )
    assert rows[0][0] > 2 * SETS


def test_a_touch_outside_of_the_look_back_or_after_the_conversion_has_no_credit(built):
    (wrong,) = query(
        built,
        f"""select count(*) from growth.attributed_conversions
        where touched_at > converted_at or touched_at < converted_at - interval {LOOK_BACK.days} day""",
    )
    assert wrong == (0,)
    (outside,) = query(
        built,
        """select count(*) from growth.touchpoints where touchpoint_id not in
        (select touchpoint_id from growth.attributed_conversions where touchpoint_id is not null)""",
    )
    assert outside[0] > 2 * SETS
