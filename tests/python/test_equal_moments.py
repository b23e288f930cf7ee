"""Equal moments are no order, and a device with the id of a customer is not that customer: cases as brands of one build."""

from collections import defaultdict
from decimal import Decimal

import pytest
from warehouse import build, query, write_raw

AS_OF = "2025-06-30"
MODELS = [
    "exposures",
    "experiment_metric_stats",
    "funnel_steps",
    "order_tracking",
    "product_versions",
    "int_holdout_units",
    "int_experiment_live_spans",
]
# Funnel: its events, days, order.
FUNNELS = {
    "buy": (["viewed", "signed", "ordered"], 7, "loose"),
    "order": (["viewed", "ordered"], 7, "loose"),
    "at_once": (["viewed", "ordered"], 7, "strict"),
    "twice": (["viewed", "viewed"], 7, "loose"),
    "there_and_back": (["viewed", "ordered", "viewed"], 7, "loose"),
}
# Events of a brand: id, name, second of the day, device, customer. What each funnel comes to, step by step.
FUNNEL_CASES = {
    "ids_in_order": (
        ["1 viewed 0 d", "2 signed 0 d", "3 ordered 0 d"],
        {"buy": [1, 1, 1], "order": [1, 1]},
    ),
    "ids_against_it": (
        ["3 viewed 0 d", "2 signed 0 d", "1 ordered 0 d"],
        {"buy": [1, 1, 1], "order": [1, 1]},
    ),
    "two_seconds_apart": (["3 viewed 0 d", "2 signed 2 d", "1 ordered 4 d"], {"buy": [1, 1, 1]}),
    "only_the_last_two_tied": (
        ["1 viewed 0 d", "3 signed 5 d", "2 ordered 5 d"],
        {"buy": [1, 1, 1]},
    ),
    "really_before": (["1 ordered 0 d", "2 viewed 1 d"], {"order": [1, 0], "at_once": [1, 0]}),
    "one_view": (["1 viewed 0 d"], {"twice": [1, 0]}),
    "two_views_in_a_second": (["1 viewed 0 d", "2 viewed 0 d"], {"twice": [1, 1]}),
    "no_second_view": (["1 viewed 0 d", "2 ordered 0 d"], {"there_and_back": [1, 1, 0]}),
    "second_view_in_a_second": (
        ["1 viewed 0 d", "2 ordered 0 d", "0 viewed 0 d"],
        {"there_and_back": [1, 1, 1]},
    ),
    "other_event_of_the_moment": (
        ["1 viewed 0 d", "2 other 0 d", "3 ordered 9 d"],
        {"at_once": [1, 1]},
    ),
    "other_event_between": (
        ["1 viewed 0 d", "2 other 1 d", "3 ordered 9 d"],
        {"at_once": [1, 0], "order": [1, 1]},
    ),
    "unplanned_event_between": (
        ["1 viewed 0 d", "2 scrolled 1 d", "3 ordered 9 d"],
        {"at_once": [1, 1]},
    ),
    # Who somebody is.
    "on_two_devices": (
        ["1 viewed 3600 phone c1", "2 ordered 7200 desk c1"],
        {"order": [1, 1], "at_once": [1, 1]},
    ),
    "known_only_later": (
        ["1 viewed 0 phone", "2 ordered 60 desk c1", "3 other 90 phone c1"],
        {"order": [1, 1]},
    ),
    "on_a_shared_device": (
        ["1 viewed 0 phone c1", "2 ordered 60 tablet c1", "3 viewed 70 tablet c2"],
        {"order": [2, 0]},
    ),
    "device_called_like_a_customer": (
        ["1 viewed 0 c1", "2 ordered 60 desk c1"],
        {"order": [1, 0]},
    ),
    "device_called_like_another_customer": (
        ["1 viewed 0 c2 c1", "2 ordered 60 desk c2", "3 ordered 70 phone c1"],
        {"order": [1, 1]},
    ),
}
# An experiment on visitors, and one on customers: exposures as id, variant, second, device, customer, device type.
EXPOSURES = {
    "visitor": [
        "1 control 0 twoarms",
        "0 treatment 0 twoarms",
        "3 Control 0 cased",
        "4 CONTROL 5 cased",
        "5 treatment 0 unknown",
        "6 blue 0 unknown",
        "7 control 0 twokinds - ios",
        "8 control 0 twokinds - android",
        "9 control 0 saidlater",
        "10 control 5 saidlater - ios",
        "11 control 5 byid - ios",
        "12 control 3 byid - android",
        "13 control 0 sametime",
        # A device with the id of a customer who orders elsewhere.
        "14 treatment 0 c9",
        # Two devices of a customer in different arms at once, two in one arm, two one after the other.
        "15 control 0 s1 s",
        "16 treatment 0 s2 s",
        "17 control 0 t1 t",
        "18 control 0 t2 t",
        "19 treatment 5 u1 u",
        "20 control 0 u2 u",
    ],
    "customer": [
        "30 control 0 before",
        "31 control 0 young",
        "32 control 0 shared",
        "33 treatment 0 nobody",
        # An exposure that names nobody and has the id of a customer.
        "exact treatment 0 -",
        "34 control 10 - exact",
        "35 control 10 - early",
    ],
}
# Orders: id, customer, second paid, type, price.
ORDERS = [
    "o1 exact 10 purchase 7",
    "o2 early 9 purchase 7",
    "o3 c9 100 purchase 7",
    "o4 s 100 purchase 7",
    "o5 t 100 purchase 7",
    "o6 u 100 purchase 7",
    # First orders paid in one second.
    "p1 renewing 50 renewal 90",
    "p2 renewing 50 purchase 1",
    "q1 basket 50 purchase 1",
    "q2 basket 50 purchase 90",
]


def at(second) -> str:
    second = int(second)
    return f"2025-05-01 {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def words(line: str, count: int) -> list[str]:
    given = ["" if word == "-" else word for word in line.split()]
    return given + [""] * (count - len(given))


def own(brand: str, identity: str) -> str:
    return f"{brand}.{identity}" if identity else ""


def tables() -> dict[str, list[str]]:
    people = {"before", "exact", "early", "c9", "s", "t", "u", "k1"}
    customers = [f"{person},x,US,2025-01-01,2025-01-01" for person in sorted(people)]
    # Who is older than the data has no first order.
    customers += [f"{person},x,US,2025-05-01,2025-05-01" for person in ("renewing", "basket")]
    # Signed up after the exposure.
    customers.append("young,x,US,2025-05-01 00:00:50,2025-05-01 00:00:50")
    customers += [f"{person},x,US,2025-01-01,2025-01-01" for person in ("one", "other")]
    customers += [
        f"{own(brand, person)},{brand},US,2025-01-01,2025-01-01"
        for brand in FUNNEL_CASES
        for person in ("c1", "c2")
    ]
    events = []
    for brand, (lines, _) in FUNNEL_CASES.items():
        for event_id, name, second, device, customer in (words(line, 5) for line in lines):
            events.append(
                f"{own(brand, event_id)},{brand},{name},{at(second)},{at(second)},{own(brand, device)},{own(brand, customer)}"
            )
    for number, (device, customer) in enumerate(
        [
            ("before", "before"),
            ("young", "young"),
            ("shared", "one"),
            ("shared", "other"),
            ("s1", "s"),
            ("c9", ""),
            ("elsewhere", "c9"),
        ]
    ):
        events.append(
            f"x{number},x,viewed,{at(200 + number)},{at(200 + number)},{device},{customer}"
        )
    experiments = [f"{unit},x,{unit},h,o,ab,{unit},0.1,2025-04-30,2025-05-20" for unit in EXPOSURES]
    orders = [words(line, 5) for line in ORDERS]
    return {
        "app__customers": ["customer_id,brand,country_code,created_at,updated_at", *customers],
        "app__products": [
            "product_id,brand,product_name,category,list_price,currency,updated_at,_loaded_at",
            "p,x,Thing,things,1,USD,2025-01-01,2025-01-02",
            "q,y,Thing,things,1,USD,2025-01-01,2025-01-02",
            # Two versions of one moment: the one that arrived last is right, dearer or not.
            "v,x,Old,things,9,USD,2025-02-01,2025-02-02",
            "v,x,New,things,3,USD,2025-02-01,2025-02-03",
        ],
        "app__orders": [
            "order_id,customer_id,order_type,ordered_at,paid_at,status,currency,discount_amount,promised_at,updated_at",
            *(
                f"{order},{customer},{kind},2025-05-01,{at(second)},paid,USD,0,,2025-05-01"
                for order, customer, second, kind, _ in orders
            ),
            "later_line,stranger,purchase,2025-05-01,2025-05-01,paid,USD,0,,2025-05-01",
            "tenth_line,stranger,purchase,2025-05-01,2025-05-01,paid,USD,0,,2025-05-01",
            "of_a_customer,k1,purchase,2025-05-01,2025-05-01,paid,USD,0,,2025-05-01",
            "tracked,k1,purchase,2025-05-01,2025-05-01,paid,USD,0,,2025-05-01",
            "tracked2,k1,purchase,2025-05-01,2025-05-01,paid,USD,0,,2025-05-01",
        ],
        "app__order_items": [
            "order_id,line_number,product_id,quantity,unit_price",
            *(f"{order},1,p,1,{price}" for order, _, _, _, price in orders),
            # The first line names a product that nobody knows.
            "later_line,1,unknown,1,1",
            "later_line,2,q,1,1",
            "later_line,3,p,1,1",
            "tenth_line,10,p,1,1",
            "tenth_line,9,q,1,1",
            "of_a_customer,1,q,1,1",
            "tracked,1,p,1,1",
            "tracked2,1,p,1,1",
        ],
        "app__order_status_events": [
            "order_id,status,occurred_at,promised_at,_loaded_at",
            # Three statuses of one second, the promises in the order of the steps.
            f"tracked,ready,{at(0)},2025-05-09,2025-05-02",
            f"tracked,placed,{at(0)},2025-05-05,2025-05-02",
            f"tracked,told,{at(0)},2025-05-07,2025-05-02",
            # Two versions of one status: the newer load counts.
            f"tracked2,placed,{at(0)},2025-05-06,2025-05-03",
            f"tracked2,placed,{at(0)},2025-05-04,2025-05-02",
            f"tracked2,cancelled,{at(9)},,2025-05-02",
            f"tracked2,ready,{at(9)},,2025-05-02",
        ],
        "events__events": [
            "event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id",
            *events,
        ],
        "experiments__experiments": [
            "experiment_id,brand,experiment_name,hypothesis,owner,experiment_type,unit,minimum_detectable_effect,started_at,ended_at,campaign_id",
            *(f"{line}," for line in experiments),
            "holdout,x,held,h,o,holdout,visitor,0.1,2025-04-30,2025-05-20,k",
            "stopped,x,stopped,h,o,ab,customer,0.1,2025-04-01,2025-04-20,",
            "kept,x,kept,h,o,ab,customer,0.1,2025-04-01,2025-04-20,",
        ],
        "experiments__variants": [
            "experiment_id,variant,is_control,traffic_share",
            *(
                f"{experiment},{variant},{str(variant == 'control').lower()},0.5"
                for experiment in [*EXPOSURES, "holdout", "stopped"]
                for variant in ("control", "treatment")
            ),
            "kept,control,true,0.5",
            "kept,Neue Fassung,false,0.5",
        ],
        "experiments__metrics": [
            "experiment_id,metric_name,role,direction,margin,outcome_days,declared_at",
            *(f"{unit},conversion,success,up,,7,2025-04-29" for unit in EXPOSURES),
        ],
        "experiments__exposures": [
            "exposure_id,experiment_id,variant,exposed_at,anonymous_id,customer_id,device_type",
            *(
                f"{identity},{unit},{variant},{at(second)},{device},{customer},{kind}"
                for unit, lines in EXPOSURES.items()
                for identity, variant, second, device, customer, kind in (
                    words(line, 6) for line in lines
                )
            ),
            f"h1,holdout,Treatment,{at(0)},c9,,",
            f"h2,holdout,control,{at(0)},,c9,",
            f"h3,holdout,control,{at(0)},twice,,",
            f"h4,holdout,CONTROL,{at(0)},twice,,",
        ],
        "experiments__decisions": [
            "experiment_id,decided_at,decision,shipped_variant,shipped_at,decided_by,reason",
            "stopped,2025-05-01,ship,treatment,2025-06-10,o,won",
            "stopped,2025-06-10,stop,,,o,on the day it went out",
            "kept,2025-05-01,ship,neue fassung,2025-05-02,o,won",
        ],
        "reference__tracking_plan": [
            "event_name,property_name,property_type,is_required,owner,is_activity,is_conversion",
            *(f"{name},,,false,o,true,false" for name in ("viewed", "signed", "ordered", "other")),
        ],
        "reference__funnels": [
            "funnel,brand,step_number,event_name,window_days,step_order,funnel_name,funnel_name_ko,reason",
            *(
                f"{funnel},all,{number},{step},{days},{order},f,f,case"
                for funnel, (steps, days, order) in FUNNELS.items()
                for number, step in enumerate(steps, start=1)
            ),
        ],
        "reference__order_steps": [
            "brand,status,step_number,fulfils_promise,step_name,step_name_ko,reason",
            "x,placed,1,false,Placed,Placed,case",
            "x,ready,2,true,Ready,Ready,case",
        ],
        "reference__brand_names": [
            "brand,brand_name,brand_name_ko,business",
            *(f"{brand},{brand},{brand},case" for brand in ["x", "y", *FUNNEL_CASES]),
        ],
    }


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("moments")
    raw = write_raw(folder / "raw", tables())
    build(
        folder / "warehouse.duckdb",
        raw,
        select=[f"+{model}" for model in MODELS],
        tests=False,
        variables={"as_of": AS_OF},
    )
    return folder / "warehouse.duckdb"


def test_funnels_are_of_persons_and_equal_moments_are_in_order(company):
    reached = defaultdict(list)
    for brand, funnel, visitors in query(
        company,
        """
        select brand, funnel, visitors from lifecycle.funnel_steps
        order by brand, funnel, month, step_number
        """,
    ):
        reached[brand, funnel].append(visitors)
    expected = {
        (brand, funnel): steps
        for brand, (_, funnels) in FUNNEL_CASES.items()
        for funnel, steps in funnels.items()
    }
    assert {key: reached[key] for key in expected} == expected


def fates(company, experiment: str) -> dict:
    return {
        unit_id: (variant, fate, device_type)
        for unit_id, variant, fate, device_type in query(
            company,
            f"""
            select unit_id, variant, fate, device_type from experiments.exposures
            where experiment_id = '{experiment}'
            """,
        )
    }


def test_exposures_of_one_second_are_in_no_order(company):
    found = fates(company, "visitor")
    assert found["twoarms"][1] == "several_variants"
    assert found["cased"] == ("control", "analysed", "unknown")
    assert found["unknown"][:2] == ("treatment", "analysed")
    assert found["twokinds"][2] == "unknown"
    assert found["saidlater"][2] == "ios"
    assert found["byid"][2] == "android"
    counts = query(
        company,
        """
        select exposure_count, variant_count from experiments.exposures
        where experiment_id = 'visitor' and unit_id in ('twoarms', 'cased') order by unit_id desc
        """,
    )
    assert counts == [(2, 2), (2, 1)]


def test_an_exposure_before_the_login_is_of_the_one_customer_of_the_device(company):
    found = {unit: fate for unit, (_, fate, _) in fates(company, "customer").items()}
    assert found == {
        "before": "analysed",
        "exact": "analysed",
        "early": "analysed",
        "exposure 31": "no_unit",
        "exposure 32": "no_unit",
        "exposure 33": "no_unit",
        "exposure exact": "no_unit",
    }


def conversions(company, experiment: str) -> dict:
    return {
        unit_id: float(value)
        for unit_id, value in query(
            company,
            f"""
            select unit_id, unit_value from experiments.int_experiment_values
            where population_kind = 'experiment' and population_id = '{experiment}'
                and metric_name = 'conversion'
            """,
        )
    }


def test_outcomes_count_from_the_moment_of_the_exposure_on(company):
    found = conversions(company, "customer")
    assert (found["exact"], found["early"]) == (1, 0)


def test_a_device_with_the_id_of_a_customer_is_not_that_customer(company):
    assert conversions(company, "visitor")["c9"] == 0
    assert query(
        company,
        """
        select unit_id, customer_id, is_control from growth.int_holdout_units
        where experiment_id = 'holdout' order by unit_id
        """,
    ) == [("customer c9", "c9", True), ("device c9", None, False), ("device twice", None, True)]


def test_what_a_customer_did_counts_once_and_for_no_arm_when_two_began_at_once(company):
    found = conversions(company, "visitor")
    assert found["s1"] + found["s2"] == 0
    assert found["t1"] + found["t2"] == 1
    assert (found["u1"], found["u2"]) == (0, 1)


def test_first_orders_of_one_second_are_told_apart_by_what_they_are(company):
    assert query(
        company,
        """
        select order_id from core.orders
        where is_first_order and customer_id in ('renewing', 'basket') order by order_id
        """,
    ) == [("p2",), ("q2",)]


def test_an_order_is_of_the_first_line_that_names_a_brand(company):
    assert query(
        company,
        """
        select order_id, brand from core.orders
        where order_id in ('later_line', 'tenth_line', 'of_a_customer') order by order_id
        """,
    ) == [("later_line", "y"), ("of_a_customer", "x"), ("tenth_line", "y")]


def test_promises_of_one_second_are_in_the_order_of_the_steps(company):
    found = query(
        company,
        """
        select order_id, strftime(promised_at, '%d'), strftime(last_promised_at, '%d'), is_cancelled, is_on_time
        from lifecycle.order_tracking where step = 'ready' order by order_id
        """,
    )
    tracked, tracked2 = (row for row in found if row[0].startswith("tracked"))
    # A status that is no step does not decide.
    assert tracked == ("tracked", "05", "09", False, True)
    # It was ready and cancelled in one second: what was promised was kept.
    assert tracked2 == ("tracked2", "06", "06", True, None)


def test_of_two_versions_of_a_product_the_one_that_arrived_last_counts(company):
    assert query(
        company,
        """
        select product_id, version_number, product_name, list_price
        from core.product_versions where product_id = 'v'
        """,
    ) == [("v", 1, "New", Decimal("3"))]


def test_what_is_stopped_on_the_day_it_goes_out_is_not_live(company):
    assert query(
        company,
        """
        select experiment_id, variant, cast(live_from as varchar), cast(live_to as varchar)
        from experiments.int_experiment_live_spans where live_share = 1 order by 1
        """,
    ) == [
        ("kept", "Neue Fassung", "2025-05-02", None),
        ("stopped", "treatment", "2025-06-10", "2025-06-10"),
    ]
