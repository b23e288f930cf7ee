"""Predictions as they come: each raw row is used or has the one reason why not, and none is lost."""

import pytest
from small_company import TABLES
from warehouse import build, query, write_raw

MODELS = """
model_name,model_version,owner,trained_at,train_from,train_to,threshold,deployed_at
fraud,v1,risk,2026-01-02 00:00:00,2025-06-01,2025-12-01,0.5,2026-01-03 00:00:00
fraud,v2,risk,2026-01-04 00:00:00,2025-06-01,2025-12-01,0.9,
lists,v1,shop,2026-01-02 00:00:00,2025-06-01,2025-12-01,0,2026-01-03 00:00:00
"""
HEADER = (
    "prediction_id,model_name,model_version,entity_type,entity_id,item_id,rank,request_id,score,decision,features,"
    "predicted_at,_loaded_at"
)
BEFORE = "2026-01-11 09:00:00"  # payment m1 is attempted at 10:00
# What comes: id, model, version, entity, whose, score, decision, features, when; and what becomes of it: its status,
# and whether the decision agrees with the score.
CASES = [
    ("used", "fraud,v1,payment,m1", "0.7", "BLOCK", "", "2026-01-11 10:00:00", "used", True),
    ("earlier", "fraud,v1,payment,m1", "0.1", "approve", "", BEFORE, "replaced", True),
    ("beside", "fraud,v2,payment,m1", "0.95", "", "", "2026-01-11 10:00:00", "replaced", None),
    (
        "late",
        "fraud,v1,payment,m1",
        "0.1",
        "",
        "",
        "2026-01-11 10:00:01",
        "after_the_payment",
        None,
    ),
    ("contradicts", "fraud,v1,payment,m2", "0.7", "approve", "", BEFORE, "used", False),
    ("another word", "fraud,v1,payment,m3", "0.7", "perhaps", "", BEFORE, "used", None),
    ("at the bound", "fraud,v1,Payment,m4", "0.5", "flagged", "", BEFORE, "used", True),
    (
        "above 1",
        "fraud,v1,payment,m1",
        "1.0000001",
        "block",
        "",
        BEFORE,
        "score_out_of_range",
        None,
    ),
    ("below 0", "fraud,v1,payment,m1", "-1e-300", "", "", BEFORE, "score_out_of_range", None),
    ("huge", "fraud,v1,payment,m1", "1e300", "block", "", BEFORE, "score_out_of_range", None),
    (
        "no version",
        "fraud,v9,payment,m1",
        "0.7",
        "block",
        "",
        BEFORE,
        "version_not_registered",
        None,
    ),
    ("no model", "luck,v1,payment,m1", "0.7", "", "", BEFORE, "version_not_registered", None),
    ("no payment", "fraud,v1,payment,m9", "0.7", "block", "", BEFORE, "entity_unknown", True),
    ("no customer", "fraud,v1,customer,c9", "0.7", "", "", BEFORE, "entity_unknown", None),
    ("a customer", "fraud,v1,customer,c1", "0.7", "", "", BEFORE, "used", None),
    ("again", "fraud,v1,customer,c1", "0.8", "", "", BEFORE, "used", None),
    ("an order", "fraud,v1,order,o1", "0.7", "", "", BEFORE, "used", None),
    ("a house", "fraud,v1,house,h1", "0.7", "", "", BEFORE, "used", None),
    ("nested", "fraud,v1,customer,c2", "0.7", "", '{"a": {"b": [1e300]}}', BEFORE, "used", None),
    ("a list", "fraud,v1,customer,c3", "0.7", "", "[1, 2]", BEFORE, "used", None),
]
REJECTED = [
    ("missing", "fraud,v1,payment,m1", "", "", "score: empty"),
    ("a word", "fraud,v1,payment,m1", "high", "", "score: not a number"),
    ("not finite", "fraud,v1,payment,m1", "inf", "", "score: not a number"),
    ("not a number", "fraud,v1,payment,m1", "NaN", "", "score: not a number"),
    ("too large", "fraud,v1,payment,m1", "1e400", "", "score: not a number"),
    ("no json", "fraud,v1,payment,m1", "0.7", "{amount:12}", "features: not json"),
]
LOADED = "2026-02-28 10:00:00"


def row(key, what, score, decision, features, at, item=",,", loaded=LOADED) -> str:
    quoted = '"' + features.replace('"', '""') + '"' if features else ""
    return f"{key},{what},{item},{score},{decision},{quoted},{at},{loaded}"


LINES = [
    *(row(key, *what) for key, *what, _, _ in CASES),
    *(row(key, what, score, "", features, BEFORE) for key, what, score, features, _ in REJECTED),
    # A newer version of a prediction takes its place; what happens after as_of is not known yet.
    row("used", "fraud,v1,payment,m1", "0.2", "block", "", BEFORE, loaded="2026-02-27 10:00:00"),
    row("tomorrow", "fraud,v1,customer,c1", "0.7", "", "", "2026-03-01 00:30:00"),
    row("item", "lists,v1,customer,c1", "7.5", "", "", BEFORE, item="p1,1,q1"),
    row("item again", "lists,v1,customer,c1", "-3", "", "", BEFORE, item="p2,2,q1"),
]


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predictions")
    tables = {"ml__models": MODELS, "ml__predictions": [HEADER, *LINES]}
    # Any share of the rows may be wrong here.
    tolerances = "raw_table,max_rejected_share,max_rejected_amount_share,reason\ndefault,1,1,a test"
    write_raw(folder / "raw", TABLES | tables | {"reference__tolerances": tolerances})
    build(
        folder / "warehouse.duckdb",
        folder / "raw",
        select="+predictions +predictions_tie_to_staging +rejected_rows +raw_row_statuses",
        variables={"as_of": "2026-02-28", "known_until": "2026-03-01 00:00:00"},
    )
    return folder / "warehouse.duckdb"


def test_each_prediction_has_its_status(company):
    found = {
        key: (status, agrees)
        for key, status, agrees in query(
            company,
            "select prediction_id, use_status, decision_agrees from core.predictions where item_id is null",
        )
    }
    assert found == {key: (status, agrees) for key, *_, status, agrees in CASES}


def test_the_score_of_an_item_only_puts_it_in_order(company):
    rows = query(
        company,
        "select use_status, is_flagged, score from core.predictions where item_id is not null order by rank",
    )
    assert rows == [("used", None, 7.5), ("used", None, -3.0)]


def test_a_prediction_that_is_rejected_says_why(company):
    rows = query(
        company,
        "select row_key, reason from vault.rejected_rows where table_name = 'predictions' order by all",
    )
    assert rows == sorted((key, reason.split(": ")[1]) for key, *_, reason in REJECTED)


def test_nothing_is_lost(company):
    """raw = used + a reason + rejected + replaced by a newer version + later."""
    statuses = dict(
        query(
            company,
            "select row_status, count(*) from staging.validated_ml__predictions group by 1",
        )
    )
    assert statuses["rejected"] == len(REJECTED)
    assert statuses["superseded"] == statuses["later"] == 1
    assert sum(statuses.values()) == len(LINES)
    ((kept, ids),) = query(
        company, "select count(*), count(distinct prediction_id) from core.predictions"
    )
    assert kept == ids == statuses["staged"] == len(CASES) + 2


def test_one_prediction_of_a_model_is_used_for_a_payment(company):
    rows = query(
        company,
        """
        select entity_id, count(*) from core.predictions
        where entity_type = 'payment' and use_status = 'used' group by all order by all""",
    )
    assert rows == [("m1", 1), ("m2", 1), ("m3", 1), ("m4", 1)]
