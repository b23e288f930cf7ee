"""Growth on the demo company at scale 20, whose truth is known; what arrives late or broken; and one more day."""

import pathlib
import shutil

import duckdb
import pytest
from campaign_truth import decisions_against_truth
from warehouse import build, make_company, query, table_hash, write_raw

TABLES = [
    "touchpoints",
    "int_conversion_touches",
    "conversions",
    "attributed_conversions",
    "channel_attribution",
    "campaign_days",
    "campaign_credit_days",
    "campaign_performance",
    "conversion_paths",
]
AREA = "+path:models/marts/growth/*.sql"


@pytest.fixture(scope="module")
def company(large_company):
    """The folder of its raw files."""
    return large_company.raw


@pytest.fixture(scope="module")
def truth(large_company):
    return large_company.truth["growth"]


@pytest.fixture(scope="module")
def built(large_company):
    """Its tables as of the last day, built from nothing."""
    return large_company.database


@pytest.fixture(scope="module")
def yesterday(company, tmp_path_factory):
    """Its growth tables as of the day before the last."""
    database = tmp_path_factory.mktemp("growth") / "warehouse.duckdb"
    build(database, company, select=AREA, tests=False, variables={"as_of": "2026-06-29"})
    return database


@pytest.fixture(scope="module")
def campaigns(built):
    """campaign_id -> spend, claims and conversions with any touch, over the whole history."""
    rows = query(
        built,
        """select campaign_id, sum(spend)::double, sum(claimed_conversions)::double, sum(touched_conversions)::int
        from growth.campaign_days where is_known_campaign group by all""",
    )
    return {campaign_id: figures for campaign_id, *figures in rows}


def roles(truth):
    return {
        facts["role"]: campaign for campaign, facts in truth["campaigns"].items() if facts["role"]
    }


def test_the_campaign_without_conversions_stands_with_its_spend(built, truth, campaigns):
    campaign = roles(truth)["zero_conversion"]
    planted = truth["campaigns"][campaign]
    spend, _, touched = campaigns[campaign]
    assert touched == 0
    assert spend == pytest.approx(planted["spend_usd"], rel=0.01)  # the last day has not arrived
    rows = query(
        built,
        f"""select sum(spend)::double, sum(revenue)::double, bool_and(attribution_robust), any_value(decision)
        from growth.campaign_performance where campaign_id = '{campaign}' and attribution_model = 'linear'""",
    )
    assert rows == [(pytest.approx(spend), 0.0, True, "test_first")]
    joined = query(
        built,
        f"""select count(*) from growth.attributed_conversions where campaign_id = '{campaign}'""",
    )
    assert joined == [(0,)], (
        "a report that starts from conversions loses the campaign and its spend"
    )


def test_claims_of_the_platforms_are_what_was_planted(truth, campaigns):
    """The ratio of two counts: claims are planted as a multiple of conversions, rounded by day."""
    for campaign, planted in truth["campaigns"].items():
        _, claimed, touched = campaigns[campaign]
        if planted["over_claim_ratio"]:
            sampling_error = 3 * planted["over_claim_ratio"] / touched**0.5
            assert claimed / touched == pytest.approx(
                planted["over_claim_ratio"], abs=sampling_error
            )
            assert touched == pytest.approx(planted["conversions_with_touch"], rel=0.03, abs=3)


def test_believing_the_platforms_sells_more_than_was_sold(built):
    rows = query(
        built,
        """select brand, sum(claimed_conversions)::double, sum(touched_conversions)::int
        from growth.campaign_days where brand in ('farewell', 'scoot', 'learn') group by brand""",
    )
    assert rows and all(claimed > 1.2 * touched for _, claimed, touched in rows)


def test_the_robust_campaign_is_robust_and_the_fragile_one_fragile(built, truth):
    verdicts = dict(
        query(
            built,
            """select campaign_id, attribution_robust from growth.campaign_performance
            where month = '2026-06-01' and attribution_model = 'linear'""",
        )
    )
    by_role = roles(truth)
    assert verdicts[by_role["robust"]] is True
    assert verdicts[by_role["fragile"]] is False


def test_last_touch_hides_what_the_fragile_campaign_brings(built, truth):
    """It only ever opens a journey: last touch gives it nothing, though it brings customers who would not have come."""
    fragile = roles(truth)["fragile"]
    added = truth["incremental_conversions"]["farewell"]["campaign"][fragile]
    credited = dict(
        query(
            built,
            f"""select attribution_model, sum(conversions) from growth.campaign_credit_days
            where campaign_id = '{fragile}' and date_basis = 'conversion' group by all""",
        )
    )
    assert added > 50
    assert credited.get("last_touch", 0) < 0.3 * added
    assert credited["first_touch"] > added


def test_the_analysis_of_farewell_answers_by_what_was_measured(built, truth, tmp_path):
    """Credit says scale display, which adds nothing; journeys with and without a channel say what it adds; only a
    holdout decides."""
    empty = tmp_path / built.name
    build(empty, command="compile", select="farewell_channels")
    sql = pathlib.Path(f"{empty}.target/compiled/groundwork/analyses/farewell_channels.sql")
    answers = {
        row[0]: row[1:]
        for row in query(
            built,
            f"""select channel, added_roas_low, added_roas_high, last_touch_roas, credited_answer, paths_suggest,
                answer
            from ({sql.read_text()})""",
        )
    }
    campaigns = [c for c in truth["campaigns"].values() if c["brand"] == "farewell"]
    assert answers.keys() == {campaign["channel"] for campaign in campaigns}
    for channel, (low, high, last_touch, credited, suggested, answer) in answers.items():
        of_channel = [c for c in campaigns if c["channel"] == channel]
        revenue, conversions, spend = (
            sum(campaign[fact] for campaign in of_channel)
            for fact in ("revenue_with_touch_usd", "conversions_with_touch", "spend_usd")
        )
        added = truth["incremental_conversions"]["farewell"]["channel"][channel]
        true_roas = added * revenue / conversions / spend
        assert high < 1 if added == 0 else low < true_roas < high, channel
        right = {
            "scale": true_roas >= 3,
            "keep": true_roas >= 1,
            "cut": true_roas < 1,
            "test first": True,
        }
        assert right[suggested] and right[answer], (channel, suggested, answer, true_roas)
        assert suggested != "test first" or low < 1 < high
        if channel != "paid_social":
            assert answer == "test first", "no holdout measured it"
        if channel == "display":
            assert (suggested, credited) == ("cut", "scale")
        if channel == "video":
            assert last_touch < 1 < true_roas, "last touch would cut what only opens journeys"
    assert answers["paid_search"][-2] == "scale"


def test_the_holdout_measures_what_the_campaign_adds(built, truth):
    campaign = roles(truth)["holdout"]
    planted = truth["campaigns"][campaign]
    added = truth["incremental_conversions"]["farewell"]["campaign"][campaign]
    share = added / planted["conversions_with_touch"]
    ((problem, low, high, measured),) = query(
        built,
        f"""select problem, calibration_factor_low, calibration_factor_high, calibration_factor
        from growth.campaign_measurements where campaign_id = '{campaign}'""",
    )
    assert problem is None
    assert low < share < high
    assert measured < 0.9, "credit by touch takes all of them for its own"


def test_decisions_on_campaigns_agree_with_the_planted_increments(built, truth):
    (right, wrong), measured = decisions_against_truth(built, truth)
    assert not wrong and measured in {"keep", "scale"}, (right, wrong, measured)
    ((scaled, robust),) = query(
        built,
        """select count(*) filter (where decision = 'scale'), bool_or(attribution_robust and window_roas_low > 3)
        from growth.campaign_performance where brand = 'farewell' and channel = 'display'""",
    )
    assert scaled == 0 and robust, "credit alone says scale, and is sure of it"


@pytest.mark.slow
def test_decisions_of_five_companies(built, truth, tmp_path):
    """At most one scale or cut in twenty contradicts what was planted; half of the holdouts decide something."""
    found = [decisions_against_truth(built, truth)]
    for seed in (11, 12, 13, 14):
        other = make_company(tmp_path / str(seed), seed, tables=["campaign_performance"])
        found.append(decisions_against_truth(other.database, other.truth["growth"]))
        (scaled,) = query(
            other.database,
            """select count(*) from growth.campaign_performance
            where brand = 'farewell' and channel = 'display' and decision = 'scale'""",
        )
        assert scaled == (0,)
    right, wrong = (sum(counts[place] for counts, _ in found) for place in (0, 1))
    assert wrong <= 0.05 * (right + wrong), found
    assert sum(newest != "test_first" for _, newest in found) >= len(found) / 2, found


def test_credit_follows_only_what_was_seen_before(built):
    assert query(
        built, "select count(*) from growth.attributed_conversions where touched_at > converted_at"
    ) == [(0,)]


@pytest.mark.slow
def test_one_more_day_ends_as_a_full_build_and_moves_no_final_month(
    company, yesterday, built, tmp_path
):
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(yesterday, database)
    final = "select * from growth.channel_attribution where is_final order by all"
    days = "select * from growth.campaign_credit_days where is_final order by all"
    before, days_before = query(database, final), query(database, days)
    build(database, company, select=AREA, tests=False, variables={"as_of": "2026-06-30"})
    for table in TABLES:
        assert table_hash(database, f"growth.{table}") == table_hash(built, f"growth.{table}"), (
            table
        )
    assert len(before) > 300
    assert set(before) <= set(query(database, final))
    assert len(days_before) > 10_000
    assert set(days_before) <= set(query(database, days))


@pytest.mark.slow
def test_one_more_day_leaves_old_conversions_alone(company, yesterday, tmp_path):
    """Marked rows of old months are still there after the increment: they were not made again.

    The fit of the longest look-back of the robustness settings is open for 90 days.
    """
    database = tmp_path / "warehouse.duckdb"
    shutil.copy(yesterday, database)
    old = "converted_date < '2026-03-01'"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"update growth.int_credits set channel = 'marked' where {old}")
    count = f"select count(*) from growth.int_credits where channel = 'marked' and {old}"
    (before,) = query(database, count)
    build(database, company, select=AREA, tests=False, variables={"as_of": "2026-06-30"})
    (after,) = query(database, count)
    assert before[0] > 100_000
    # A visitor who was identified on the new day may bring a visit to an old conversion.
    assert after[0] >= 0.99 * before[0]


CUSTOMERS = "customer_id,brand,country_code,created_at,updated_at\n" + "".join(
    f"{c},shop,KR,2025-01-01,2025-01-01\n" for c in ("many", "after", "twice")
)
ORDERS = """\
order_id,customer_id,ordered_at,paid_at,status,currency,discount_amount,updated_at
o_many,many,2026-01-29 12:00:00,2026-01-29 12:00:00,paid,USD,0,2026-01-29 12:00:00
o_after,after,2026-01-20 12:00:00,2026-01-20 12:00:00,paid,USD,0,2026-01-20 12:00:00
o_first,twice,2026-01-10 12:00:00,2026-01-10 12:00:00,paid,USD,0,2026-01-10 12:00:00
o_second,twice,2026-01-20 12:00:00,2026-01-20 12:00:00,paid,USD,0,2026-01-20 12:00:00
"""
ITEMS = "order_id,line_number,product_id,quantity,unit_price\n" + "".join(
    f"{o},1,p,1,99.99\n" for o in ("o_many", "o_after", "o_first", "o_second")
)
EVENTS = "event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id,utm_source,utm_medium,utm_campaign\n"
EVENTS += "".join(
    f"m{n},shop,page_viewed,{at},{at},d_many,many,google,cpc,spring\n"
    for n in range(1000)
    for at in [f"2026-01-{1 + n // 36:02d} {n % 36 * 40 // 60:02d}:{n % 36 * 40 % 60:02d}:00"]
)
EVENTS += """\
a1,shop,page_viewed,2026-01-20 12:00:01,2026-01-20 12:00:01,d_after,after,google,cpc,spring
n1,shop,page_viewed,2026-01-05 12:00:00,2026-01-05 12:00:00,d_nobody,,google,cpc,spring
t1,shop,page_viewed,2026-01-09 12:00:00,2026-01-09 12:00:00,d_twice,twice,google,cpc,gone
t2,shop,page_viewed,2026-01-15 12:00:00,2026-01-15 12:00:00,d_twice,twice,newsletter,email,
"""
CAMPAIGNS = """\
campaign_id,brand,platform,channel,campaign_name,utm_source,utm_medium,utm_campaign,currency,started_on
k1,shop,google,paid_search,Spring,google,cpc,spring,USD,2026-01-01
k2,shop,naver,paid_search,No rate,naver,cpc,winter,XXX,2026-01-01
"""
PERFORMANCE = """\
campaign_id,performance_date,impressions,clicks,spend,claimed_conversions,claimed_revenue,_loaded_at
k1,2026-01-05,100,3,5.00,1,90,2026-01-06 03:00:00
k1,2026-01-05,100,3,6.50,4,180,2026-01-08 03:00:00
k1,2026-01-06,100,-3,5.00,1,90,2026-01-07 03:00:00
k9,2026-01-05,10,1,2.00,1,10,2026-01-06 03:00:00
"""


@pytest.fixture(scope="module")
def messy(tmp_path_factory):
    """Marketing data in which everything is odd."""
    folder = tmp_path_factory.mktemp("messy")
    tables = {
        "app__customers": CUSTOMERS,
        "app__orders": ORDERS,
        "app__order_items": ITEMS,
        "events__events": EVENTS,
        "ads__campaigns": CAMPAIGNS,
        "ads__daily_performance": PERFORMANCE,
        "reference__tolerances": "raw_table,max_rejected_share,reason\ndefault,1,nothing stops here\n",
    }
    raw = write_raw(folder / "raw", tables)
    database = folder / "warehouse.duckdb"
    build(
        database,
        raw,
        select="+path:models/marts/growth +path:models/vault",
        variables={"as_of": "2026-04-30"},
    )
    return database


def test_a_thousand_touches_share_one_conversion(messy):
    rows = query(
        messy,
        """select attribution_model, count(*), sum(credit), sum(credited_revenue)::double
        from growth.attributed_conversions where conversion_id = 'o_many' group by all order by all""",
    )
    assert len(rows) == 8
    touches = dict((model, count) for model, count, *_ in rows)["linear"]
    assert touches == 1000
    for _, _, credit, revenue in rows:
        assert credit == pytest.approx(1, abs=1e-12)
        assert revenue == 99.99


def test_a_touch_after_the_conversion_leaves_it_unattributed(messy):
    rows = query(
        messy,
        """select distinct channel, credit, credited_revenue::double
        from growth.attributed_conversions where conversion_id = 'o_after'""",
    )
    assert rows == [("unattributed", 1.0, 99.99)]


def test_a_visitor_without_customer_is_a_touch_and_a_journey_without_conversion(messy):
    assert query(
        messy, "select customer_id from growth.touchpoints where anonymous_id = 'd_nobody'"
    ) == [(None,)]
    assert query(
        messy,
        """select journeys, conversions from growth.conversion_paths
        where path = 'paid_search' and month = '2026-01-01' and brand = 'shop'""",
    ) == [(4, 2)]  # d_nobody and d_after's visit came to nothing; o_many and o_first to an order


def test_a_second_order_has_its_own_journey(messy):
    rows = query(
        messy,
        """select conversion_id, channel from growth.attributed_conversions
        where customer_id = 'twice' and attribution_model = 'linear' order by all""",
    )
    assert rows == [("o_first", "paid_search"), ("o_second", "email")]


def test_a_link_of_a_campaign_that_ads_does_not_know_keeps_its_channel(messy):
    assert query(
        messy,
        """select distinct campaign_id, channel from growth.attributed_conversions
        where conversion_id = 'o_first'""",
    ) == [(None, "paid_search")]


def test_spend_of_an_unknown_campaign_stands_as_delivered(messy):
    assert query(
        messy,
        """select brand, billed_spend::double, spend::double, is_known_campaign from growth.campaign_days
        where campaign_id = 'k9'""",
    ) == [("unknown", 2.0, 0.0, False)]
    assert query(
        messy,
        """select missing_key from vault.orphaned_rows where table_name = 'daily_performance'""",
    ) == [("k9",)]


def test_the_newest_version_of_a_day_counts_and_the_change_is_shown(messy):
    assert query(
        messy,
        """select spend::double, claimed_conversions::int, delivery_count, restated_spend::double,
            restated_claimed_conversions::int
        from growth.campaign_days where campaign_id = 'k1' and performance_date = '2026-01-05'""",
    ) == [(6.5, 4, 2, 1.5, 3)]


def test_negative_clicks_and_a_currency_without_a_rate_are_rejected(messy):
    rows = query(
        messy,
        "select table_name, row_key, column_name, reason from vault.rejected_rows order by all",
    )
    assert rows == [
        ("campaigns", "k2", "currency", "without a rate"),
        ("daily_performance", "k1/2026-01-06", "clicks", "below minimum"),
    ]
