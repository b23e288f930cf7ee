"""The demo company is the same for a seed, grows with the scale, and its truth fits its files."""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ingest"))

import demo_company  # noqa: E402
from demo import learn  # noqa: E402
from demo.catalogue import BRANDS, CHUNK_VISITORS, TRIALS, VISITORS  # noqa: E402
from demo.company import make_company, plan_chunks  # noqa: E402
from demo.tables import CONTRACT  # noqa: E402

LATER = "2026-07-01"
# What the judge of raw rows asks, written down a second time: by the end of the column's name, by
# the column, and the columns that may not be empty.
TIMESTAMPS, DATES = ("_at",), ("_date", "_on")
WHOLE = {"quantity", "line_number", "impressions", "clicks", "satisfaction_score", "rank"}
NUMBERS = {
    "list_price", "unit_price", "discount_amount", "amount", "monthly_amount", "spend", "value",
    "seconds", "usd_rate",
}  # fmt: skip
ACCEPTED = {
    "app__orders.status": "placed paid fulfilled cancelled refunded",
    "app__subscription_changes.change_type": (
        "started upgraded downgraded price_changed cancelled reactivated"
    ),
    "payments__payments.outcome": "succeeded declined blocked",
    "payments__disputes.reason": "fraud not_received quality",
    "support__tickets.channel": "phone chat email",
    "surveys__invitations.survey": "exit nps",
    "devices__readings.measurement": "weight glucose systolic diastolic heart_rate",
    "platform__job_runs.outcome": "succeeded failed skipped",
    "privacy__consents.purpose": "marketing analytics research personalisation",
}
MOMENTS = {
    "app__orders": "ordered_at", "app__order_status_events": "occurred_at",
    "events__events": "occurred_at", "payments__payments": "attempted_at",
    "support__tickets": "opened_at",
}  # fmt: skip
# What says when the fact of a row happened: the earlier of them; a line is of the day of its order.
FACTS = {
    "app__customers": "created_at", "app__orders": "ordered_at",
    "app__order_status_events": "occurred_at", "app__subscription_changes": "changed_at",
    "events__events": "occurred_at, received_at", "ads__daily_performance": "performance_date",
    "payments__payments": "attempted_at", "payments__refunds": "refunded_at",
    "payments__disputes": "opened_at", "support__tickets": "opened_at",
    "surveys__invitations": "sent_at", "surveys__responses": "responded_at",
    "experiments__exposures": "exposed_at", "experiments__decisions": "decided_at",
    "devices__readings": "measured_at, received_at", "devices__diagnoses": "recorded_at",
    "ml__predictions": "predicted_at", "bi__dashboard_views": "viewed_at",
    "bi__questions": "asked_at", "platform__job_runs": "started_at",
    "platform__query_runs": "started_at", "platform__bills": "billed_on",
    "privacy__consents": "recorded_at", "privacy__erasure_requests": "requested_at",
}  # fmt: skip
REQUIRED = {
    "app__customers": ["country_code"], "app__orders": ["currency"],
    "app__order_items": ["product_id"], "events__events": ["event_name"],
    "experiments__exposures": ["variant"], "devices__diagnoses": ["diagnosed_at"],
    "bi__dashboard_views": ["dashboard_id"],
}  # fmt: skip
PARENTS = [
    ("customer_id", "app__customers"), ("order_id", "app__orders"),
    ("product_id", "app__products"), ("payment_id", "payments__payments"),
    ("invitation_id", "surveys__invitations"), ("campaign_id", "ads__campaigns"),
    ("experiment_id", "experiments__experiments"), ("dashboard_id", "bi__dashboards"),
    ("run_id", "platform__job_runs"),
]  # fmt: skip
JSON_COLUMNS = {"properties", "features"}
BOOLEANS = {"is_review_exempt", "is_granted", "is_control"}


def make(folder: Path, **choices) -> dict:
    """A small company with defaults; returns its truth."""
    options = {"seed": 1, "scale": 1.0, "form": "csv"} | choices
    return make_company(out=folder, **options)


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file of a company."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.*")}


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("company")
    return folder, make(folder)


def rules(table: str, column: str) -> list[tuple[str, str]]:
    """(reason, SQL condition) of a column, in the order in which they are asked."""
    name = f"{table}.{column}"
    found = []
    if column in REQUIRED.get(table, []):
        found.append(("empty", f"{column} is null"))
    if name == "events__events.anonymous_id":
        found.append(("empty as is customer_id", "anonymous_id is null and customer_id is null"))
    for reason, applies, kind in (
        ("not a timestamp", column.endswith(TIMESTAMPS), "timestamp"),
        ("not a date", column.endswith(DATES), "date"),
        ("not an integer", column in WHOLE, "bigint"),
        ("not a number", column in NUMBERS or name == "ml__predictions.score", "double"),
        ("not a boolean", column in BOOLEANS, "boolean"),
    ):
        if applies:
            found.append((reason, f"{column} is not null and try_cast({column} as {kind}) is null"))
    if column in JSON_COLUMNS:
        found.append(("not json", f"{column} is not null and not json_valid({column})"))
    if name in ACCEPTED:
        found.append(("not accepted", f"{column} not in {tuple(ACCEPTED[name].split())}"))
    if column in (WHOLE | NUMBERS) - {"value"}:
        least = {"line_number": 1, "quantity": -1_000_000}.get(column, 0)
        found.append(("below minimum", f"try_cast({column} as double) < {least}"))
    if column == "satisfaction_score":
        found.append(("above maximum", f"try_cast({column} as double) > 5"))
    if MOMENTS.get(table) == column:
        found.append(
            (
                "in the future",
                f"try_cast({column} as timestamp) > _loaded_at::timestamp + interval 1 day",
            )
        )
    if column == "currency" and table != "finance__exchange_rates":
        found.append(("without a rate", "currency not in (select currency from rates)"))
    return found


def judge(connection: duckdb.DuckDBPyConnection, folder: Path, form: str = "csv") -> dict:
    """Judge all tables by the rules above; returns fates and rejections by table."""
    read = "read_csv('{}', all_varchar = true)" if form == "csv" else "read_parquet('{}')"
    rates = read.format(folder / f"finance__exchange_rates.{form}")
    connection.execute(f"create or replace view rates as select distinct currency from {rates}")
    seen: dict = {}
    for table, (columns, key) in CONTRACT.items():
        cases = [
            f"when {condition} then '{column}: {reason}'"
            for column in columns
            for reason, condition in rules(table, column)
        ]
        verdict = f"case {' '.join(cases)} end" if cases else "null"
        version = ", updated_at desc" if "updated_at" in columns else ""
        later = f"coalesce(least({FACTS.get(table, 'null')}) >= '{LATER}', false)"
        if table == "app__order_items":
            later = "order_id in (select order_id from app__orders where fate = 'later')"
        connection.execute(
            f"""
            create or replace table {table} as
            with judged as (
                select *, {later} as is_later, {verdict} as verdict
                from {read.format(folder / f"{table}.{form}")}
            )
            select
                *,
                case
                    when verdict is not null then 'rejected'
                    when row_number() over (
                        partition by {", ".join(key)}, verdict is null
                        order by _loaded_at desc{version}
                    ) > 1 then 'superseded'
                    when is_later then 'later'
                    else 'staged'
                end as fate
            from judged
            """
        )
        fates = dict(
            connection.execute(f"select fate, count(*) from {table} group by 1").fetchall()
        )
        reasons = dict(
            connection.execute(
                f"select verdict, count(*) from {table} where fate = 'rejected' group by 1"
            ).fetchall()
        )
        seen[table] = (fates, reasons)
    return seen


@pytest.fixture(scope="module")
def judged(company) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict]]:
    """The company's tables with the fate of each row, and the counts by table."""
    with duckdb.connect() as connection:
        yield connection, judge(connection, company[0])


def rejections(truth: dict) -> dict[str, dict[str, int]]:
    """Planted rejections as table -> {'column: reason': rows}."""
    planted: dict[str, dict[str, int]] = {}
    for line in truth["rejected"]:
        reasons = planted.setdefault(f"{line['system']}__{line['table']}", {})
        name = f"{line['column']}: {line['reason']}"
        reasons[name] = reasons.get(name, 0) + line["rows"]
    return planted


def test_the_same_seed_gives_the_same_bytes(company, tmp_path):
    make(tmp_path)
    assert digests(tmp_path) == digests(company[0])


def test_another_seed_gives_another_company(company, tmp_path):
    make(tmp_path, seed=2)
    assert digests(tmp_path)["events__events.csv"] != digests(company[0])["events__events.csv"]


def test_the_committed_seeds_are_seed_1_scale_1(company):
    folder, truth = company
    raw = ROOT / "seeds" / "raw"
    for table in CONTRACT:
        made = (folder / f"{table}.csv").read_bytes()
        assert made == (raw / f"raw_{table}.csv").read_bytes(), f"make demo-data: {table}"
    committed = json.loads((ROOT / "ingest" / "truth.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(truth))
    assert sum(file.stat().st_size for file in raw.glob("*.csv")) < 8_000_000


def test_every_row_has_the_fate_that_truth_says(company, judged):
    truth, seen = company[1], judged[1]
    assert seen.keys() == CONTRACT.keys()
    planted = rejections(truth)
    for table, (fates, reasons) in seen.items():
        told = truth["tables"][table.replace("__", ".")]
        assert told["rows"] > 0
        assert told["rows"] == sum(fates.values()), table
        for fate in ("staged", "rejected", "superseded", "later"):
            assert fates.get(fate, 0) == told[fate], (table, fate)
        assert reasons == planted.get(table, {}), table


def test_orphans_are_the_planted_ones(company, judged):
    truth, connection = company[1], judged[0]
    found = {}
    for table, (columns, _) in CONTRACT.items():
        for column, parent in PARENTS:
            if column not in columns or table == parent:
                continue
            # Who was forgotten is in no other table.
            if table == "privacy__erasure_requests":
                continue
            (rows,) = connection.execute(
                f"select count(*) from {table} where fate = 'staged' and {column} is not null"
                f" and {column} not in (select {column} from {parent} where fate = 'staged')"
            ).fetchone()
            if rows:
                found[table, column] = rows
    planted = {
        (f"{line['system']}__{line['table']}", line["column"]): line["rows"]
        for line in truth["orphans"]
    }
    assert found == planted


def test_a_rejected_newer_version_leaves_the_last_good_one(judged):
    connection = judged[0]
    hidden = connection.execute(
        "select count(*) from app__orders as newer inner join app__orders as good using"
        " (order_id) where newer.fate = 'rejected' and good.fate = 'staged'"
        " and newer._loaded_at > good._loaded_at"
    ).fetchone()
    assert hidden[0] >= 1


def test_amounts_add_up(judged):
    """A payment is items - discount + tax + shipping, in the order's currency."""
    connection = judged[0]
    payments, wrong = connection.execute(
        """
        with items as (
            select order_id, sum(quantity::int * unit_price::decimal(24, 6)) as gross
            from app__order_items where fate = 'staged' group by 1
        )
        select count(*), count(*) filter (
            where payments.currency <> orders.currency
                or payments.amount::decimal(24, 6)
                    <> gross - discount_amount::decimal(24, 6) + tax_amount::decimal(24, 6)
                    + coalesce(shipping_amount::decimal(24, 6), 0)
        )
        from payments__payments as payments
        inner join app__orders as orders using (order_id)
        inner join items using (order_id)
        where payments.fate = 'staged' and orders.fate = 'staged'
        """
    ).fetchone()
    assert payments > 2_000
    assert wrong == 0


def test_every_planted_fact_is_there_at_scale_1(company, judged):
    truth, connection = company[1], judged[0]
    care, privacy = truth["care"], truth["privacy"]
    assert care["implausible_readings"] >= 2
    assert min(care[key] for key in ("clock_ahead_readings", "readings_sent_twice",
                                     "readings_in_pounds", "readings_in_mmol",
                                     "diagnoses_after_silence")) >= 1  # fmt: skip
    assert len(privacy["canaries"]) == len(BRANDS)
    asked = privacy["erasure_requests"]
    assert asked["asked"] >= 4 and asked["completed"] > asked["completed_within_30_days"] >= 1
    assert truth["events"]["late_identifications"][0]["days_late"] == 10
    assert sum(trial["is_concluded"] for trial in truth["experiments"].values()) >= 20
    assert {name for name in truth["growth"]["campaigns"]} and all(
        campaign["spend"] > 0 for campaign in truth["growth"]["campaigns"].values()
    )
    shared, late_days = connection.execute(
        "select (select count(*) from (select anonymous_id from events__events where fate ="
        " 'staged' group by 1 having count(distinct customer_id) >= 5)), (select max("
        "_loaded_at::date - occurred_at::date) from events__events where fate = 'staged')"
    ).fetchone()
    assert shared >= 1
    assert late_days == 10


def test_parquet_is_text_and_sorted_by_arrival_whatever_the_workers(tmp_path, monkeypatch):
    for brand in BRANDS:
        monkeypatch.setitem(CHUNK_VISITORS, brand, VISITORS[brand] // 2)
    one, two = tmp_path / "one", tmp_path / "two"
    make(one, form="parquet", workers=1)
    make(two, form="parquet", workers=2)
    assert digests(one) == digests(two)
    file = one / "events__events.parquet"
    kinds = duckdb.execute(f"select distinct column_type from (describe from '{file}')").fetchall()
    assert kinds == [("VARCHAR",)]
    (unsorted,) = duckdb.execute(
        f"select count(*) from (select _loaded_at, lag(_loaded_at) over (order by file_row_number)"
        f" as before from read_parquet('{file}', file_row_number = true)) where before > _loaded_at"
    ).fetchone()
    assert unsorted == 0


@pytest.fixture(scope="module")
def larger(tmp_path_factory) -> Iterator[tuple[duckdb.DuckDBPyConnection, dict]]:
    """A company of scale 4: what was paid, scored and shown, each once, and its truth."""
    folder = tmp_path_factory.mktemp("larger")
    truth = make(folder, scale=4, form="parquet")
    with duckdb.connect() as connection:
        for table, key in (
            ("payments__payments", "payment_id"),
            ("ml__predictions", "prediction_id"),
            ("experiments__exposures", "exposure_id"),
        ):
            connection.execute(
                f"create table {table} as select distinct on ({key}) * from '{folder}/{table}.parquet'"
                f" where {key} not like 'bad%' and {key} not like 'orphan%' order by {key}, _loaded_at desc"
            )
        yield connection, truth


def test_scale_grows_traffic_and_nothing_else(company, larger):
    small, large = company[1]["tables"], larger[1]["tables"]
    grown = large["events.events"]["rows"] / small["events.events"]["rows"]
    assert 3.5 < grown < 4.5
    for table in ("experiments.experiments", "bi.dashboards", "finance.exchange_rates"):
        assert small[table]["staged"] == large[table]["staged"]


def test_chunks_bound_what_is_held_in_memory(tmp_path):
    chunks = list(plan_chunks(1, 4000, tmp_path))
    assert [chunk.brand for chunk in chunks[:4]] == BRANDS
    assert all(chunk.visitors <= CHUNK_VISITORS[chunk.brand] for chunk in chunks)
    for brand in BRANDS:
        planned = sum(chunk.visitors for chunk in chunks if chunk.brand == brand)
        assert planned == VISITORS[brand] * 4000


def test_recommender_v2_serves_whom_it_was_shown_and_later_all_but_the_holdout(larger):
    connection, truth = larger
    facts = truth["learn"]["recommender"]
    trial = {
        entry["name"]: key
        for key, entry in truth["experiments"].items()
        if entry["brand"] == "learn"
    }
    found = connection.execute(
        f"""
        with seen as (
            select experiment_id, customer_id, max(variant) as variant, min(exposed_at) as exposed_at
            from experiments__exposures group by all having count(distinct variant) = 1
        )
        select model_version,
            predicted_at >= '2025-08-04' as is_deployed, predicted_at >= '2025-11-03' as is_shipped,
            predicted_at < '2026-04-27' and coalesce(held.variant = 'control', false) as is_held,
            coalesce(tried.variant = 'treatment' and predicted_at >= tried.exposed_at, false) as is_treated,
            count(*)
        from ml__predictions
        left join seen as tried
            on tried.customer_id = entity_id and tried.experiment_id = '{trial["Recommender v2"]}'
        left join seen as held
            on held.customer_id = entity_id and held.experiment_id = '{trial["Recommender holdout"]}'
            and predicted_at >= held.exposed_at
        where model_name = 'recommender'
            and entity_id not in (  -- seen in both arms
                select customer_id from experiments__exposures where customer_id is not null
                group by experiment_id, customer_id having count(distinct variant) = 2
            )
        group by all
        """
    ).fetchall()
    for version, is_deployed, is_shipped, is_held, is_treated, _ in found:
        expected = is_deployed and not is_held and (is_treated or is_shipped)
        assert version == ("v2" if expected else "v1"), (
            is_deployed,
            is_shipped,
            is_held,
            is_treated,
        )
    assert {version for version, *_ in found} == {"v1", "v2"}
    assert sum(n for _, *_, is_held, _, n in found if is_held) > 50
    rates = {}
    for version in ("v1", "v2"):
        ranks = facts["realised"][version].values()
        rates[version] = (
            sum(rank["clicked"] for rank in ranks),
            sum(rank["shown"] for rank in ranks),
        )
    (old, old_shown), (new, new_shown) = rates.values()
    lift = (new / new_shown) / (old / old_shown)
    assert abs(lift / (1 + facts["click_lift_v2"]) - 1) < 4 * (1 / old + 1 / new) ** 0.5


def test_what_is_paid_with_is_shared_by_honest_people_and_used_again_by_thieves(larger):
    connection, truth = larger
    connection.execute(
        """
        create or replace temp table paid as
        select
            payment_id, customer_id, device_id, card_fingerprint, ip_hash, attempted_at::timestamp as paid_at,
            split_part(device_id, '_', 2)::bigint % 1000000 between 800000 and 899999 as is_ring,
            coalesce(split_part(card_fingerprint, '_', 2)::bigint % 1000000 between 700000 and 799999, false)
                as is_stolen
        from payments__payments where device_id is not null
        """
    )
    shared = {}
    for column in ("device_id", "card_fingerprint", "ip_hash"):
        ((whole, several),) = connection.execute(
            f"""
            select count(*), count(*) filter (customers > 1) from (
                select count(distinct customer_id) as customers from paid
                where not is_ring and not is_stolen and {column} is not null group by {column}
            )
            """
        ).fetchall()
        shared[column] = several / whole
    assert 0.01 < shared["card_fingerprint"] < shared["device_id"] < shared["ip_hash"] < 0.4
    frauds, cards, much_later, own = connection.execute(
        """
        select
            count(*), count(distinct card_fingerprint),
            count(*) filter (paid_at > first_at + interval 20 day), count(*) filter (not is_ring)
        from (select *, min(paid_at) over (partition by card_fingerprint) as first_at from paid where is_stolen)
        """
    ).fetchone()
    assert frauds > cards + 8 and much_later > 2
    assert 0.1 < own / frauds < 0.4
    ((planted,),) = connection.execute(
        "select count(*) from paid where (is_ring or is_stolen) and paid_at < '2026-06-30 23:00:00'"
    ).fetchall()
    said = truth["learn"]["fraud"]["before_drift"]["fraud"]
    assert planted == said + truth["learn"]["fraud"]["after_drift"]["fraud"]


def test_the_chance_to_be_let_through_varies_by_month_and_stands_on_the_payment(larger):
    connection, truth = larger
    found = connection.execute(
        """
        select strftime(attempted_at::timestamp, '%Y-%m'), count(distinct review_exempt_probability),
            min(review_exempt_probability)::double,
            count(*) filter (is_review_exempt = 'true'), count(*)
        from payments__payments
        where review_exempt_probability is not null and attempted_at < '2026-07-01'
            and extract(day from attempted_at::timestamp + interval 1 minute) > 1
        group by 1 order by 1
        """
    ).fetchall()
    chances = truth["learn"]["fraud"]["exempt_probability_by_month"]
    assert {month: chance for month, _, chance, _, _ in found} == chances
    assert all(kinds == 1 for _, kinds, *_ in found)
    assert len(set(chances.values())) > 3
    expected = sum(chance * n for _, _, chance, _, n in found)
    assert abs(sum(exempt for *_, exempt, _ in found) - expected) < 4 * expected**0.5


def test_truth_says_what_is_wrong_with_the_score(larger):
    fraud = larger[1]["learn"]["fraud"]
    before, after = fraud["before_drift"], fraud["after_drift"]
    assert fraud["drift_at"] == "2025-06-02"
    assert before["precision"] > 2 * after["precision"]
    assert before["auc"] - after["auc"] > 0.1
    for period in (after, fraud["2025H2"]):
        biased = period["by_country"][fraud["biased_country"]]
        honest = period["scored"] - period["fraud"] - biased["scored"] + biased["fraud"]
        wrong = (
            period["flagged"]
            - period["flagged_fraud"]
            - biased["flagged"]
            + biased["flagged_fraud"]
        )
        assert biased["false_positive_rate"] > 2 * wrong / honest
    assert (
        max(fraud["rate_by_country"], key=fraud["rate_by_country"].get) != fraud["biased_country"]
    )
    parts = [fraud[name] for name in ("2025H1", "2025H2", "2026H1")]
    for key in ("scored", "fraud", "flagged_fraud", "blocked", "good_refused_usd"):
        whole = sum(part[key] for part in parts)
        assert whole == pytest.approx(before[key] + after[key])
        assert whole == pytest.approx(sum(month[key] for month in fraud["by_month"].values()))
        assert whole == pytest.approx(sum(part[key] for part in fraud["by_country"].values()))


def test_another_fact_can_be_planted(tmp_path, monkeypatch):
    plain, fair = tmp_path / "plain", tmp_path / "fair"
    make(plain, scale=0.3)
    monkeypatch.setattr(learn, "BIAS", learn.BIAS)  # put back afterwards
    demo_company.plant("learn.BIAS=0")
    assert make(fair, scale=0.3)["learn"]["fraud"]["bias_in_logit"] == 0
    before, after = digests(plain), digests(fair)
    assert before["ml__predictions.csv"] != after["ml__predictions.csv"]
    for table in ("app__customers", "devices__readings", "experiments__exposures"):
        assert before[f"{table}.csv"] == after[f"{table}.csv"]
    for wrong in (
        "learn.NOTHING=1",
        "nowhere.BIAS=1",
        "learn.BIAS=much",
        "learn.draw_risk=1",
        "BIAS",
    ):
        with pytest.raises(SystemExit, match="--set"):
            demo_company.plant(wrong)


@pytest.mark.slow
def test_truth_is_found_where_the_naive_query_misses_it(tmp_path):
    """At scale 20: reasons of leaving, the price of blocking, claims, and the campaign holdout."""
    truth = make(tmp_path, scale=20, form="parquet")
    with duckdb.connect() as connection:
        judge(connection, tmp_path, "parquet")
        naive, conversions = connection.execute(
            "select sum(claimed_conversions::double), (select count(distinct order_id) from"
            " app__orders inner join app__customers using (customer_id) where brand = 'farewell'"
            " and paid_at is not null) from ads__daily_performance inner join (select distinct"
            " campaign_id, brand from ads__campaigns) using (campaign_id) where fate = 'staged'"
            " and brand = 'farewell'"
        ).fetchone()
        blind, honest = connection.execute(
            """
            with labelled as (
                select payments.outcome, payments.is_review_exempt = 'true' as is_exempt,
                    disputes.payment_id is not null as is_fraud
                from payments__payments as payments
                left join (
                    select distinct payment_id from payments__disputes
                    where fate = 'staged' and reason = 'fraud'
                ) as disputes using (payment_id)
                inner join ml__predictions as scores on scores.entity_id = payments.payment_id
                where payments.fate = 'staged' and scores.fate = 'staged'
                    and attempted_at < '2026-03-01'
            )
            select avg(is_fraud::int) filter (where outcome = 'succeeded'),
                avg(is_fraud::int) filter (where is_exempt and outcome = 'succeeded')
            from labelled
            """
        ).fetchone()
    assert naive > 1.15 * conversions  # platforms claim more than there is
    old_enough = [
        part for month, part in truth["learn"]["fraud"]["by_month"].items() if month < "2026-03"
    ]
    scored = sum(part["scored"] for part in old_enough)
    planted = sum(part["fraud"] for part in old_enough) / scored
    assert blind < 0.7 * planted
    assert abs(honest - planted) < 4 * (planted / (0.1 * scored)) ** 0.5
    survey = truth["scoot"]["exit_survey"]
    reason = "bought_own_scooter"
    assert survey["naive_reason_share"][reason] < survey["true_reason_share"][reason] - 0.05
    contact = truth["care"]["contact"]
    assert contact["naive_difference_expected"] < 0 < contact["true_effect_on_churn_next_month"]
    holdout = next(
        entry for entry in truth["experiments"].values() if entry["name"].startswith("Kakao")
    )
    units = holdout["realised"]
    control_units = units["units"] - units["treated_units"]
    lift = (
        units["treated_conversions"] / units["treated_units"]
        - units["control_conversions"] / control_units
    )
    assert abs(lift - holdout["expected_difference"]) < 4 * (0.1 / control_units) ** 0.5


def test_dates_of_experiments_are_in_order():
    for trial in TRIALS:
        assert trial["end"] is None or trial["start"] < trial["end"], trial["name"]
