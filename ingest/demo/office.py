"""Tables that do not grow with traffic: products, campaigns and their days, exchange rates,
experiments, models, dashboards, questions, jobs, queries and bills."""

from pathlib import Path

import numpy as np

from demo import tables
from demo.catalogue import (
    CAMPAIGNS,
    CURRENCIES,
    PRODUCTS,
    TRIALS,
    USD_RATE,
    campaign_id,
    campaign_with_role,
)
from demo.clock import DAY, HISTORY_END, HOUR, N_DAYS, seconds
from demo.tables import texts, write_piece
from demo.trials import SHIPPED_AFTER
from demo.visits import trial_id

START_OF_HISTORY = -40 * DAY  # masters existed before the first day


def usd_rates(seed: int) -> np.ndarray:
    """Dollars per unit: currency x day (a week longer than the history), a slow random walk."""
    rng = np.random.default_rng([seed, 7_000_001])
    steps = rng.normal(0, 0.0035, (len(CURRENCIES), N_DAYS + 7))
    walk = np.zeros_like(steps)
    for day in range(1, steps.shape[1]):
        walk[:, day] = 0.995 * walk[:, day - 1] + steps[:, day]
    rates = USD_RATE[:, None] * np.exp(walk)
    rates[0] = 1.0
    quoted = is_quoted(np.arange(rates.shape[1]))
    last = np.maximum.accumulate(np.where(quoted, np.arange(rates.shape[1]), 0))
    rounded = np.array([[float(f"{value:.6g}") for value in row] for row in rates])
    return rounded[:, last]


def is_quoted(day: np.ndarray) -> np.ndarray:
    """Rates are quoted on weekdays, and not on Christmas and New Year 2026."""
    closed = [
        (np.datetime64(d) - np.datetime64("2025-01-01")).astype(int)
        for d in ("2025-12-25", "2026-01-01", "2025-05-01")
    ]
    return ((day + 2) % 7 < 5) & ~np.isin(day, closed)


def write_finance(write, seed: int) -> list[dict]:
    """finance.exchange_rates."""
    days = np.flatnonzero(is_quoted(np.arange(N_DAYS)))
    rates = usd_rates(seed)
    currency = np.repeat(np.arange(len(CURRENCIES)), len(days))
    day = np.tile(days, len(CURRENCIES))
    columns = {
        "currency": tables.words(currency, CURRENCIES),
        "rate_date": tables.dates(day),
        "usd_rate": texts(f"{value:.6g}" for value in rates[currency, day]),
    }
    return [write("finance__exchange_rates", columns, day * DAY + 15 * HOUR)]


def write_products(write) -> list[dict]:
    """app.products: one row per price."""
    rows = []
    for position, (brand, name, category, price, currency, changes) in enumerate(PRODUCTS):
        factor = 1.0
        for at, step in [(None, 1.0), *changes]:
            factor *= step
            moment = START_OF_HISTORY if at is None else seconds(at)
            local = price * factor * (1400 if currency == "KRW" else 1)
            text = f"{local:.0f}" if currency == "KRW" else f"{local:.2f}"
            rows.append((f"prd_{position + 1:02d}", brand, name, category, text, currency, moment))
    return [write_rows(write, "app__products", rows, "updated_at")]


def before_history(seconds_since: int) -> str:
    """A moment as text, also before the first day."""
    stamp = np.datetime64("2025-01-01T00:00:00") + np.timedelta64(int(seconds_since), "s")
    return str(stamp).replace("T", " ")


def write_rows(
    write,
    table: str,
    rows: list[tuple],
    loaded_after: str,
    delay: int = 60,
) -> dict:
    """Rows of python values in the contract's order; the named column holds seconds and says
    when the row arrived. All columns ending in _at or _on given as integers become text."""
    names = tables.CONTRACT[table][0]
    place = names.index(loaded_after)
    loaded = np.maximum([row[place] for row in rows], 0).astype(np.int64) + delay
    columns = {}
    for position, name in enumerate(names):
        values = [row[position] for row in rows]
        if name.endswith("_at"):
            values = [before_history(v) if isinstance(v, int | np.integer) else v for v in values]
        elif name.endswith(("_on", "_until", "_from", "_to")):
            values = [
                before_history(v)[:10] if isinstance(v, int | np.integer) else v for v in values
            ]
        columns[name] = texts(values)
    return write(table, columns, loaded)


def write_ads(write, seed: int, sums: dict) -> tuple[list[dict], dict]:
    """ads.campaigns and ads.daily_performance; returns counts and the bill by campaign.

    Claims follow the real conversions at the campaign's over-claim ratio, cumulatively, so that
    the ratio holds over the whole history up to one conversion. Figures of the last days are
    delivered again, corrected. Spend is in the campaign's currency.
    """
    rng = np.random.default_rng([seed, 7_000_002])
    rates = usd_rates(seed)
    campaign_rows, facts, parts = [], {}, []
    for position, item in enumerate(CAMPAIGNS):
        (
            brand,
            platform,
            channel,
            name,
            source,
            medium,
            label,
            _,
            started,
            click_usd,
            ratio,
            role,
        ) = item
        currency = "KRW" if platform in ("naver", "kakao", "coupons", "petcare") else "USD"
        campaign_rows.append(
            (
                campaign_id(position),
                brand,
                platform,
                channel,
                name,
                source,
                medium,
                label,
                currency,
                "Asia/Seoul" if currency == "KRW" else "UTC",
                seconds(started),
            )
        )
        if position % 9 == 4:  # renamed once: a newer version
            campaign_rows.append((*campaign_rows[-1][:4], name + " 2026", *campaign_rows[-1][5:]))
        clicks = sums["clicks"][position] * 1.0
        running = np.arange(N_DAYS) * DAY >= seconds(started)
        clicks = clicks + np.floor(
            clicks * rng.uniform(0.02, 0.12, N_DAYS) + rng.random(N_DAYS) * 0.3
        )
        clicks *= running
        spend_usd = clicks * click_usd * rng.uniform(0.88, 1.12, N_DAYS)
        conversions = sums["conversions"][position]
        claimed = np.diff(np.floor(ratio * np.cumsum(conversions) + 0.5), prepend=0.0)
        if role == "zero_conversion":
            claimed = np.diff(np.floor(0.03 * np.cumsum(clicks) + 0.5), prepend=0.0)
        mean_value = sums["revenue"][position].sum() / max(conversions.sum(), 1)
        if role == "zero_conversion":
            mean_value = 1_300.0
        impressions = np.floor(
            clicks * rng.uniform(18, 60, N_DAYS) + running * rng.integers(5, 60, N_DAYS)
        )
        rate = rates[CURRENCIES.index(currency), :N_DAYS]
        shown = running & ((clicks > 0) | (claimed > 0))
        days = np.flatnonzero(shown)
        digits = 0 if currency == "KRW" else 2
        spend = np.round(spend_usd[days] / rate[days], digits)
        parts.append(
            (
                position,
                days,
                impressions[days],
                clicks[days],
                spend,
                claimed[days],
                np.round(claimed[days] * mean_value / rate[days], digits),
            )
        )
        facts[campaign_id(position)] = {
            "brand": brand,
            "name": name,
            "channel": channel,
            "role": role or None,
            "over_claim_ratio": ratio if role != "zero_conversion" else None,
            "spend": float(spend.sum()),
            "currency": currency,
            "spend_usd": float((spend * rate[days]).sum()),
            "clicks": int(clicks.sum()),
            "claimed_conversions": int(claimed.sum()),
            "conversions_with_touch": int(conversions.sum()),
            "revenue_with_touch_usd": float(sums["revenue"][position].sum()),
        }
    day = np.concatenate([part[1] for part in parts])
    columns = {
        "campaign_id": texts(campaign_id(part[0]) for part in parts for _ in part[1]),
        "performance_date": tables.dates(day),
    }
    for place, name in enumerate(
        ("impressions", "clicks", "spend", "claimed_conversions", "claimed_revenue"), start=2
    ):
        columns[name] = tables.decimals(np.concatenate([part[place] for part in parts]), 2)
    loaded = (day + 1) * DAY + 3 * HOUR + rng.integers(0, HOUR, len(day))
    # some days are first delivered without the late conversions; the newest figures count
    again = np.flatnonzero(rng.random(len(day)) < 0.02)
    early = {name: column.take(tables.pa.array(again)) for name, column in columns.items()}
    spend = np.concatenate([part[4] for part in parts])[again]
    early["spend"] = tables.decimals(np.floor(spend * 0.9), 2)
    early["claimed_conversions"] = tables.constant("0", len(again))
    early["claimed_revenue"] = tables.constant("0", len(again))
    whole = {n: tables.pa.concat_arrays([early[n], columns[n]]) for n in columns}
    first_loaded = loaded[again].copy()
    loaded[again] += 2 * DAY
    loaded = np.where(loaded >= HISTORY_END + 5 * HOUR, (day + 1) * DAY + 4 * HOUR, loaded)
    facts_out = {"campaigns": facts, "restated_campaign_days": len(again)}
    counts = [
        write_campaigns(write, campaign_rows),
        write("ads__daily_performance", whole, np.concatenate([first_loaded, loaded])),
    ]
    return counts, facts_out


def write_campaigns(write, rows: list[tuple]) -> dict:
    """ads.campaigns; a renamed one has two versions, the second from January 2026."""
    loaded, seen = [], set()
    for row in rows:
        loaded.append(seconds("2026-01-05") if row[0] in seen else max(row[-1], 0) + 30)
        seen.add(row[0])
    names = tables.CONTRACT["ads__campaigns"][0]
    columns = {name: texts(row[i] for row in rows) for i, name in enumerate(names)}
    columns["started_on"] = texts(before_history(row[-1])[:10] for row in rows)
    return write("ads__campaigns", columns, np.array(loaded))


OWNERS = {
    "scoot": "growth-scoot",
    "care": "product-care",
    "farewell": "growth-farewell",
    "learn": "product-learn",
}


def write_experiments(write) -> list[dict]:
    """experiments.experiments, variants, metrics and decisions (exposures come with traffic)."""
    experiments, variants, metrics, decisions = [], [], [], []
    for position, trial in enumerate(TRIALS):
        key, start = trial_id(position), seconds(trial["start"])
        end = seconds(trial["end"]) if trial["end"] else None
        campaign = (
            campaign_id(campaign_with_role(trial["brand"], trial["campaign"]))
            if trial["campaign"]
            else None
        )
        row = (
            key,
            trial["brand"],
            trial["name"],
            f"{trial['name']} changes what {trial['unit']}s buy",
            OWNERS[trial["brand"]],
            trial["type"],
            trial["unit"],
            campaign,
            trial["model_version"],
            "0.05",
            start,
        )
        experiments.append((*row, None, start - DAY // 2))
        if end:
            experiments.append((*row, end, end + HOUR))
        share = trial["share"]
        variants += [
            (key, "control", "true", f"{1 - share:.2f}", start - DAY),
            (key, "treatment", "false", f"{share:.2f}", start - DAY),
        ]
        declared = start - 2 * DAY
        names = (
            [("conversion", "success", "up", None), ("revenue", "exploratory", "up", None)]
            if trial["unit"] == "visitor"
            else [
                ("revenue", "success", "up", None),
                ("orders", "exploratory", "up", None),
                ("tickets", "guardrail", "down", "0.02"),
            ]
        )
        for name, role, direction, margin in names:
            late = trial["late_metric"] and role == "success"
            metrics.append(
                (
                    key,
                    name,
                    role,
                    direction,
                    margin,
                    str(trial["outcome_days"]),
                    start + 20 * DAY if late else declared,
                )
            )
        if position % 4 == 1:
            decisions.append(
                (
                    key,
                    start + 21 * DAY,
                    "keep_running",
                    None,
                    None,
                    OWNERS[trial["brand"]],
                    "half way, too early to say",
                )
            )
        if end:
            ships = trial["decision"] == "ship"
            decisions.append(
                (
                    key,
                    end + 3 * DAY + 5 * HOUR,
                    trial["decision"],
                    "treatment" if ships else None,
                    end + SHIPPED_AFTER if ships else None,
                    OWNERS[trial["brand"]],
                    trial["why"],
                )
            )
    counts = [
        write_rows(write, "experiments__metrics", metrics, "declared_at"),
        write_rows(write, "experiments__decisions", decisions, "decided_at"),
    ]
    for table, rows in (
        ("experiments__experiments", experiments),
        ("experiments__variants", variants),
    ):
        names = tables.CONTRACT[table][0]
        columns = {}
        for place, name in enumerate(names):
            values = [row[place] for row in rows]
            if name.endswith("_at"):
                values = [None if v is None else before_history(v) for v in values]
            columns[name] = texts(values)
        counts.append(write(table, columns, np.array([row[-1] for row in rows])))
    return counts


MODELS = [
    (
        "fraud_score",
        "v1",
        "risk-learn",
        "2024-12-20",
        "2024-06-01",
        "2024-12-01",
        "0.5",
        "2024-12-28",
    ),
    ("recommender", "v1", "ml-learn", "2024-12-15", "2024-06-01", "2024-12-01", "0", "2024-12-28"),
    ("recommender", "v2", "ml-learn", "2025-07-20", "2024-12-01", "2025-07-01", "0", "2025-08-04"),
    ("recommender", "v3", "ml-learn", "2026-05-02", "2025-06-01", "2026-04-15", "0", None),
    ("diagnosis_risk", "v1", "ml-care", "2025-12-10", "2025-01-01", "2025-11-30", "0.05", None),
]


def write_models(write) -> list[dict]:
    """ml.models."""
    rows = []
    for name, version, owner, trained, low, high, threshold, deployed in MODELS:
        rows.append(
            (
                name,
                version,
                owner,
                seconds(trained),
                low,
                high,
                threshold,
                None if deployed is None else seconds(deployed),
            )
        )
    return [write_rows(write, "ml__models", rows, "trained_at", HOUR)]


DASHBOARDS = [
    ("Overview", "Revenue, customers and goals of all brands", "data-team", 1.0),
    ("Scoot riders", "Who rides, how often, where from", "growth-scoot", 0.8),
    ("Scoot city operations", "Scooters by zone and hour", "ops-scoot", 0.6),
    ("Care patients", "Patients, readings and alerts", "product-care", 0.9),
    ("Care calls", "Calls by topic and what followed", "support-care", 0.4),
    ("Farewell tracking", "Promised against actual times", "ops-farewell", 0.7),
    ("Farewell marketing", "Spend and bookings by channel", "growth-farewell", 0.7),
    ("Learn shop", "Courses sold and what was recommended", "product-learn", 0.8),
    ("Learn payments", "Payments, blocks and disputes", "risk-learn", 0.5),
    ("Experiments", "What is tested and what came out", "data-team", 0.5),
    ("Old KPI sheet", "Kept from the time before the warehouse", "finance", 0.05),
    ("Board pack 2024", "Slides for the board", "finance", 0.0),
    ("Scoot pilot city", "The pilot of 2024", "growth-scoot", 0.0),
    ("Learn app crashes", "Crashes by version", "product-learn", 0.0),
]
SOURCES = [
    ["orders", "customers", "metric_values"],
    ["customer_days", "orders"],
    ["events"],
    ["patient_days", "readings"],
    ["contact_churn_effect"],
    ["order_tracking"],
    ["campaign_performance", "touchpoints"],
    ["orders", "order_items"],
    ["payments"],
    ["experiment_results"],
    ["orders"],
    ["orders"],
    ["events"],
    ["events"],
]
NEVER_OPENED = [row[0] for row in DASHBOARDS if row[3] == 0.0]


def write_dashboards(write, seed: int) -> list[dict]:
    """bi.dashboards, dashboard_sources, dashboard_views and questions."""
    rng = np.random.default_rng([seed, 7_000_003])
    rows, sources, views = [], [], []
    for position, (title, text, owner, liking) in enumerate(DASHBOARDS):
        key = f"das_{position + 1:02d}"
        created = START_OF_HISTORY + position * 12 * DAY
        created = max(created, 0) if position > 3 else 0
        until = None if position % 3 == 2 else (300 + 40 * position) * DAY
        rows.append(
            (key, title, text, owner, f"https://bi.example.com/d/{key}", created + 9 * HOUR, until)
        )
        sources += [(key, name, created + 10 * HOUR) for name in SOURCES[position]]
        days = np.flatnonzero(
            (rng.random(N_DAYS) < liking * 0.28)
            & (np.arange(N_DAYS) * DAY > created + 2 * DAY)
            & ((np.arange(N_DAYS) + 2) % 7 < 5)
        )
        at = days * DAY + rng.integers(0, 9 * HOUR, len(days))
        views += [
            (key, f"usr_{viewer:02d}", moment)
            for viewer, moment in zip(rng.integers(1, 31, len(days)), at.tolist(), strict=True)
        ]
    views.sort(key=lambda row: row[2])
    views.append(("das_01", "usr_07", HISTORY_END + 2 * HOUR))
    view_rows = [(f"vw_{i:05d}", *row) for i, row in enumerate(views)]
    source_columns = {
        "dashboard_id": texts(row[0] for row in sources),
        "model_name": texts(row[1] for row in sources),
    }
    return [
        write_rows(write, "bi__dashboards", rows, "created_at"),
        write("bi__dashboard_sources", source_columns, np.array([row[2] for row in sources])),
        write_rows(write, "bi__dashboard_views", view_rows, "viewed_at", 300),
        write_questions(write, rng),
    ]


QUESTIONS = [
    ("growth-farewell", "Which channel brings bookings, and what does one cost?"),
    ("growth-scoot", "왜 3개월 차에 라이더가 떠나나요?"),
    ("product-care", "Do calls keep patients?"),
    ("finance", "Why does net revenue differ from the bank?"),
    ("risk-learn", "How many good payments do we block?"),
    ("ops-farewell", "Which step makes us late?"),
    ("product-learn", "What are the recommendations worth?"),
    ("board", "Are we on track for the year?"),
]
QUESTION_COUNT = 96


def write_questions(write, rng: np.random.Generator) -> dict:
    """bi.questions: two versions when answered; some waited weeks, some still wait."""
    rows = []
    for position in range(QUESTION_COUNT):
        team, text = QUESTIONS[position % len(QUESTIONS)]
        asked = int(rng.integers(0, N_DAYS - 3)) * DAY + int(rng.integers(0, 9 * HOUR))
        wait = int(rng.exponential(2.2) * DAY) + HOUR
        if position % 8 == 3:
            wait += int(rng.integers(14, 45)) * DAY
        answered = asked + wait
        key = f"qst_{position + 1:03d}"
        rows.append((key, team, text, asked, None, None, asked))
        if position % 12 != 5 and answered < HISTORY_END:
            with_what = f"das_{int(rng.integers(1, 11)):02d}" if position % 3 else None
            rows.append((key, team, text, asked, answered, with_what, answered))
    names = tables.CONTRACT["bi__questions"][0]
    columns = {}
    for place, name in enumerate(names):
        values = [row[place] for row in rows]
        if name.endswith("_at"):
            values = [None if v is None else before_history(v) for v in values]
        columns[name] = texts(values)
    return write("bi__questions", columns, np.array([row[-1] for row in rows]) + 60)


JOBS = [("load_app", 2, 900), ("load_events", 3, 1_500), ("build_warehouse", 4, 1_200)]
FAILED_SHARE, LATE_JOB_SHARE, SKIPPED_SHARE = 0.02, 0.03, 0.006
SERVICES = [
    ("compute", "warehouse-vm", 9.5),
    ("compute", "scheduler-vm", 2.1),
    ("storage", "raw-bucket", 3.2),
    ("storage", "backup-bucket", 1.4),
    ("bi", "dashboard-seats", 22.0),
    ("network", "egress", 1.1),
]
BILL_SPIKE = ("2026-03-09", "warehouse-vm", 6.0)  # a week that cost six times the usual


def write_platform(write, seed: int) -> tuple[list[dict], dict]:
    """platform.job_runs, query_runs and bills."""
    rng = np.random.default_rng([seed, 7_000_004])
    runs, queries, facts = [], [], {"failed": 0, "late": 0, "skipped": 0}
    for day in range(N_DAYS + 1):
        for number, (job, hour, length) in enumerate(JOBS):
            scheduled = day * DAY + hour * HOUR
            key = f"run_{day * len(JOBS) + number:05d}"
            kind, delay = rng.random(), int(rng.integers(1, 40))
            took = int(length * (0.7 + 0.6 * day / N_DAYS) * rng.lognormal(0, 0.15))
            counted = day < N_DAYS
            if kind < SKIPPED_SHARE:
                runs.append((key, job, scheduled, None, None, "skipped", None, scheduled + 600))
                facts["skipped"] += counted
                continue
            if kind < SKIPPED_SHARE + LATE_JOB_SHARE:
                delay += int(rng.integers(2 * HOUR, 7 * HOUR))
                facts["late"] += counted
            started = scheduled + delay
            failed = rng.random() < FAILED_SHARE
            facts["failed"] += failed and counted
            rows = None if failed else str(int(2_000 * (1 + day / 200) * rng.lognormal(0, 0.2)))
            runs.append(
                (
                    key,
                    job,
                    scheduled,
                    started,
                    started + took,
                    "failed" if failed else "succeeded",
                    rows,
                    started + took,
                )
            )
            if job == "build_warehouse" and not failed:
                for model in rng.choice(["orders", "events", "sessions"], 2, replace=False):
                    queries.append(
                        (
                            key,
                            None,
                            str(model),
                            started + 30,
                            f"{float(rng.lognormal(1.2, 0.6)):.2f}",
                            str(int(rng.lognormal(17, 1))),
                        )
                    )
        if day % 2 == 0:
            board = int(rng.integers(1, 11))
            queries.append(
                (
                    None,
                    f"das_{board:02d}",
                    SOURCES[board - 1][0],
                    day * DAY + 5 * HOUR + int(rng.integers(0, 6 * HOUR)),
                    f"{float(rng.lognormal(-0.3, 0.8)):.2f}",
                    str(int(rng.lognormal(15, 1))),
                )
            )
    names = tables.CONTRACT["platform__job_runs"][0]
    columns = {}
    for place, name in enumerate(names):
        values = [row[place] for row in runs]
        if name.endswith("_at"):
            values = [None if v is None else before_history(v) for v in values]
        columns[name] = texts(values)
    counts = [write("platform__job_runs", columns, np.array([row[-1] for row in runs]) + 30)]
    queries.sort(key=lambda row: row[3])
    query_rows = [(f"qry_{i:05d}", *row) for i, row in enumerate(queries)]
    counts.append(write_rows(write, "platform__query_runs", query_rows, "started_at", 2 * HOUR))
    counts.append(write_bills(write, rng))
    return counts, {"jobs": {key: int(value) for key, value in facts.items()}}


def write_bills(write, rng: np.random.Generator) -> dict:
    """platform.bills, weekly by service; one in won."""
    rows = []
    spike_day, spike_resource, factor = BILL_SPIKE
    for day in range(5, N_DAYS, 7):
        for service, resource, dollars in SERVICES:
            amount = dollars * 7 * (1 + 0.5 * day / N_DAYS) * float(rng.lognormal(0, 0.05))
            if resource == spike_resource and abs(day * DAY - seconds(spike_day)) < 4 * DAY:
                amount *= factor
            is_won = resource == "backup-bucket"
            text = f"{amount * 1400:.0f}" if is_won else f"{amount:.2f}"
            rows.append(
                (
                    f"bil_{len(rows) + 1:04d}",
                    day * DAY,
                    service,
                    resource,
                    text,
                    "KRW" if is_won else "USD",
                )
            )
    return write_rows(write, "platform__bills", rows, "billed_on", 30 * HOUR)


def write_office(folder: Path, seed: int, ads_sums: dict) -> tuple[list[dict], dict]:
    """Write all of it; returns the counts and the planted facts."""
    stream = iter(range(100_000))

    def write(table: str, columns: tables.Columns, loaded: np.ndarray) -> dict:
        rng = np.random.default_rng([seed, 7_000_005, next(stream)])
        return write_piece(folder, rng, table, columns, loaded, "office", True)

    ads_counts, ads_facts = write_ads(write, seed, ads_sums)
    platform_counts, platform_facts = write_platform(write, seed)
    counts = [
        *write_products(write),
        *write_finance(write, seed),
        *ads_counts,
        *write_experiments(write),
        *write_models(write),
        *write_dashboards(write, seed),
        *platform_counts,
    ]
    return counts, {"ads": ads_facts, "platform": platform_facts}
