"""Consent by hand: the last word of each person, whom it follows, and readers who may only read who agreed."""

from datetime import datetime

import jinja2
import pytest
import yaml
from small_company import TABLES
from warehouse import PROJECT, build, query, write_raw

REQUIRED = {
    "consent_required": {
        "experiments": "analytics",
        "features": "analytics",
        "personalisation": "personalisation",
    }
}
# Devices: who logged in on which.
LOGINS = [("d1", "c1"), ("d2", "c2"), ("shared", "c1"), ("shared", "c3")]
# Records of consent: customer, device, purpose, granted, when, and what they show.
CASES = [
    ("c1", "", "marketing", True, "2026-01-10 10:00:00", "given"),
    ("c1", "", "marketing", False, "2026-01-12 10:00:00", "withdrawn later"),
    ("c2", "", "marketing", False, "2026-01-10 10:00:00", "withdrawn before it was given"),
    ("c2", "", "marketing", True, "2026-01-11 10:00:00", "given"),
    ("c3", "", "research", True, "2026-01-10 10:00:00.9", "two in one second"),
    ("c3", "", "research", False, "2026-01-10 10:00:00.1", "two in one second"),
    ("", "d1", "personalisation", True, "2026-01-01 08:00:00", "before the customer signed up"),
    ("", "shared", "analytics", True, "2026-01-05 08:00:00", "a yes on a shared device"),
    ("", "shared", "marketing", False, "2026-01-13 08:00:00", "a no on a shared device"),
    ("c2", "d2", "analytics", True, "2026-01-10 08:00:00", "a customer on a device"),
    ("c1", "", "analytics", True, "2026-01-10 08:00:00", "until the next day"),
    ("c2", "", "personalisation", True, "2026-01-10 08:00:00", "on all devices"),
    ("", "nobody", "analytics", True, "2026-01-10 08:00:00", "a device never seen"),
    ("c9", "", "marketing", True, "2026-01-10 08:00:00", "a customer who is not there"),
]
EXPECTED = {
    ("customer", "c1", "marketing"): False,
    ("customer", "c2", "marketing"): True,
    ("customer", "c3", "marketing"): False,
    ("customer", "c3", "research"): False,
    ("customer", "c1", "personalisation"): True,
    ("customer", "c2", "personalisation"): True,
    ("customer", "c1", "analytics"): True,
    ("customer", "c2", "analytics"): True,
    ("customer", "c9", "marketing"): True,
    ("visitor", "d1", "marketing"): False,
    ("visitor", "d1", "personalisation"): True,
    ("visitor", "d1", "analytics"): True,
    ("visitor", "d2", "marketing"): True,
    ("visitor", "d2", "analytics"): True,
    ("visitor", "d2", "personalisation"): True,
    ("visitor", "shared", "analytics"): True,
    ("visitor", "shared", "marketing"): False,
    ("visitor", "shared", "research"): False,
    ("visitor", "nobody", "analytics"): True,
}


def tables(cases, loaded: str) -> dict[str, str]:
    consents = ["consent_id,customer_id,anonymous_id,purpose,is_granted,recorded_at,_loaded_at"]
    consents += [
        f"k{number},{customer},{device},{purpose},{str(granted).lower()},{at},{loaded}"
        for number, (customer, device, purpose, granted, at, _) in enumerate(cases)
    ]
    events = TABLES["events__events"].rstrip() + "".join(
        f"\nl{number},scoot,page_viewed,2026-01-09 09:0{number}:00,2026-01-09 09:0{number}:01,{device},{customer}"
        ",/,,,,,mobile,"
        for number, (device, customer) in enumerate(LOGINS)
    )
    lists = (
        "prediction_id,model_name,model_version,entity_type,entity_id,item_id,rank,request_id,score,predicted_at\n"
        "r1,lists,v1,customer,c1,i1,1,q1,0.5,2026-01-20 10:00:00\n"
        "r2,lists,v1,customer,c3,i1,1,q2,0.5,2026-01-20 10:00:00\n"
        "r3,lists,v1,visitor,d2,i1,1,q3,0.5,2026-01-20 10:00:00\n"
    )
    return TABLES | {
        "events__events": events,
        "privacy__consents": consents,
        "ml__predictions": lists,
    }


SELECTED = "+contactable_customers +exposures +customer_features +int_recommendation_lists"


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """What each table says on a day, and on the next, on which c1 has withdrawn what analytics were allowed."""
    folder = tmp_path_factory.mktemp("consents")
    database = folder / "warehouse.duckdb"
    told = []
    withdrawn = ("c1", "", "analytics", False, "2026-02-27 10:00:00", "withdrawn")
    for cases, loaded in (
        (CASES, "2026-02-26 12:00:00"),
        ([*CASES, withdrawn], "2026-02-28 12:00:00"),
    ):
        raw = write_raw(folder / "raw", tables(cases, loaded))
        build(database, raw, select=SELECTED, variables=REQUIRED, tests=False)
        told.append(
            {
                "consents": {
                    row[:3]: row[3]
                    for row in query(
                        database,
                        "select person_type, person_id, purpose, is_granted from core.consents",
                    )
                },
                "decided": query(
                    database,
                    "select decided_at, given_as from core.consents"
                    " where person_id = 'c1' and purpose = 'personalisation'",
                ),
                "contactable": query(
                    database, "select customer_id from privacy.contactable_customers"
                ),
                "exposures": {
                    unit
                    for (unit,) in query(database, "select customer_id from experiments.exposures")
                },
                "features": {
                    unit
                    for (unit,) in query(
                        database, "select distinct customer_id from ml.customer_features"
                    )
                },
                "lists": {
                    unit
                    for (unit,) in query(
                        database, "select list_id from ml.int_recommendation_lists"
                    )
                },
            }
        )
    return told


def test_the_last_word_wins_and_follows_the_person(days):
    """In doubt nobody agreed: of one second the no counts, and on a shared device a yes is nobody's."""
    of_small_company = {"a1", "a2", "a3"}
    told = {
        who: word for who, word in days[0]["consents"].items() if who[1] not in of_small_company
    }
    assert told == EXPECTED


def test_a_visitors_word_is_the_customers(days):
    assert days[0]["decided"] == [(datetime(2026, 1, 1, 8), "visitor")]


def test_who_agreed_may_be_contacted(days):
    """c2 agreed; the naive list has c1 too, who agreed once, and c9, who is nobody."""
    naive = {
        customer
        for customer, _, purpose, granted, *_ in CASES
        if purpose == "marketing" and granted
    }
    assert naive == {"c1", "c2", "c9"}
    assert days[0]["contactable"] == [("c2",)]


def test_readers_read_only_who_agreed(days):
    assert days[0]["exposures"] == {"c1", "c2"}, "an exposure of nobody has no consent"
    assert days[0]["features"] == {"c1", "c2"}
    assert len(days[0]["lists"]) == 2, "c1 and the device of c2; c3 never decided"


def test_a_withdrawn_consent_leaves_the_next_days_tables(days):
    assert days[1]["consents"][("customer", "c1", "analytics")] is False
    assert days[1]["consents"][("visitor", "d1", "analytics")] is False
    assert days[1]["exposures"] == {"c2"}
    assert days[1]["features"] == {"c2"}
    assert days[1]["lists"] == days[0]["lists"], "another purpose"


def condition(required) -> str:
    """What the macro writes for the reader `features`."""

    def stop(message: str):
        raise ValueError(message)

    contract = yaml.safe_load((PROJECT / "seeds" / "raw" / "_raw_privacy__seeds.yml").read_text())
    columns = {column["name"]: column for column in contract["seeds"][0]["columns"]}
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {
        "execute": True,
        "var": lambda name: required,
        "stop": stop,
        "contract_of": lambda name: {"columns": columns},
    }
    macros = environment.from_string((PROJECT / "macros" / "consent.sql").read_text()).module
    return str(macros.has_consent("features", "consents", "customer_id", "null")).strip()


def test_without_the_setting_everybody_is_read():
    assert condition({}) == "true"
    assert condition({"experiments": "analytics"}) == "true"
    assert "purpose = 'research'" in condition({"features": "research"})


@pytest.mark.parametrize(
    "required", [{"features": "profit"}, {"feature": "analytics"}, ["features"], "features"]
)
def test_a_reader_or_purpose_that_is_none_stops_the_build(required):
    with pytest.raises(ValueError, match=r"consent_required .* marketing, analytics, research"):
        condition(required)
