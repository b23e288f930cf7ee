"""What begins before the end of as_of and ends after it: each pair of timestamps on both sides of that midnight, and the
whole build with its data tests is green."""

from datetime import datetime, timedelta

import pytest
from warehouse import build, query, write_raw

BEFORE, AFTER = timedelta(minutes=-3), timedelta(minutes=2)


def company(midnight: datetime) -> dict[str, list[str]]:
    """Raw tables: of each thing that has two times one row before and before, one before and after, one after and after."""

    def at(shift: timedelta, days: int = 0) -> str:
        return f"{midnight + shift + timedelta(days=days):%Y-%m-%d %H:%M:%S}"

    loaded = at(timedelta(hours=5))
    sides = {"bb": (BEFORE, BEFORE), "ba": (BEFORE, AFTER), "aa": (AFTER, AFTER)}
    names = list(sides)

    def table(header: str, *rows: str) -> list[str]:
        return [f"{header},_loaded_at", *(f"{row},{loaded}" for row in rows)]

    def each(row) -> list[str]:
        return [row(name, *sides[name]) for name in names]

    return {
        "app__customers": table(
            "customer_id,brand,country_code,created_at,updated_at",
            *each(lambda name, first, second: f"c_{name},shop,DE,{at(first)},{at(second)}"),
            f"c_old,shop,DE,{at(BEFORE, -40)},{at(AFTER)}",
        ),
        "app__products": table(
            "product_id,brand,product_name,category,list_price,currency,updated_at",
            *each(lambda name, first, second: f"p_{name},shop,Thing,thing,10,EUR,{at(second)}"),
        ),
        "app__orders": table(
            "order_id,customer_id,order_type,ordered_at,paid_at,status,currency,updated_at",
            *each(
                lambda name, first, second: (
                    f"o_{name},c_{name},purchase,{at(first)},{at(second)},paid,EUR,{at(second)}"
                )
            ),
            # Paid before, taken back after; paid by its payment and by its steps alone.
            f"o_old,c_old,purchase,{at(BEFORE, -5)},{at(BEFORE, -5)},refunded,EUR,{at(AFTER)}",
            f"o_payment,c_old,purchase,{at(BEFORE)},,placed,EUR,{at(BEFORE)}",
            f"o_step,c_old,purchase,{at(BEFORE)},,placed,EUR,{at(BEFORE)}",
        ),
        "app__order_items": table(
            "order_id,line_number,product_id,quantity,unit_price",
            *[f"o_{name},1,p_{name},1,10" for name in names],
            *[f"o_{name},1,p_bb,2,10" for name in ("old", "payment", "step")],
        ),
        "app__order_status_events": table(
            "order_id,status,occurred_at",
            *each(lambda name, first, second: f"o_{name},paid,{at(second)}"),
            f"o_step,paid,{at(AFTER)}",
            f"o_old,shipped,{at(AFTER)}",
        ),
        "app__subscription_changes": table(
            "change_id,subscription_id,customer_id,product_id,change_type,changed_at,effective_at,monthly_amount,currency",
            *each(
                lambda name, first, second: (
                    f"s_{name},s_{name},c_{name},p_{name},started,{at(first)},{at(second)},10,EUR"
                )
            ),
            *[f"t_{name},t_{name},c_old,p_bb,started,{at(BEFORE, -20)},,10,EUR" for name in names],
            *[
                f"u_{name},t_{name},c_old,p_bb,cancelled,{at(first)},{at(second)},10,EUR"
                for name, (first, second) in sides.items()
            ],
        ),
        "payments__payments": table(
            "payment_id,order_id,customer_id,attempted_at,amount,currency,method,outcome",
            *each(
                lambda name, first, second: (
                    f"m_{name},o_{name},c_{name},{at(second)},10,EUR,card,succeeded"
                )
            ),
            f"m_old,o_old,c_old,{at(BEFORE, -5)},20,EUR,card,succeeded",
            f"m_payment,o_payment,c_old,{at(AFTER)},20,EUR,card,succeeded",
        ),
        "payments__refunds": table(
            "refund_id,payment_id,order_id,amount,currency,reason,refunded_at",
            f"r_old,m_old,o_old,5,EUR,late,{at(AFTER)}",
            f"r_bb,m_bb,o_bb,5,EUR,late,{at(BEFORE)}",
            f"r_ba,m_ba,o_ba,5,EUR,late,{at(AFTER)}",
        ),
        "payments__disputes": table(
            "dispute_id,payment_id,reason,amount,currency,outcome,opened_at,closed_at",
            *each(
                lambda name, first, second: (
                    f"d_{name},m_{name},fraud,10,EUR,lost,{at(first)},{at(second)}"
                )
            ),
            f"d_old,m_old,fraud,10,EUR,lost,{at(BEFORE)},{at(AFTER)}",
        ),
        "finance__exchange_rates": table(
            "currency,rate_date,usd_rate",
            f"EUR,{at(BEFORE, -50)[:10]},1.1",
            f"EUR,{at(AFTER)[:10]},2",
        ),
        # A session over midnight with the order in it, one before, one after; received later than it happened.
        "events__events": table(
            "event_id,brand,event_name,occurred_at,received_at,anonymous_id,customer_id,utm_source,utm_medium,utm_campaign",
            *[
                f"e_{name}_{number},shop,page_viewed,{at(time)},{at(time)},a_{name},c_{name},news,cpc,spring"
                for name, times in sides.items()
                for number, time in enumerate(times)
            ],
            f"e_late,shop,page_viewed,{at(BEFORE)},{at(AFTER)},a_late,c_old,,,",
        ),
        "ads__campaigns": table(
            "campaign_id,brand,platform,channel,campaign_name,utm_source,utm_medium,utm_campaign,currency,timezone,started_on",
            f"k,shop,news,paid_search,Spring,news,cpc,spring,EUR,UTC,{at(BEFORE, -3)[:10]}",
        ),
        "ads__daily_performance": table(
            "campaign_id,performance_date,impressions,clicks,spend,claimed_conversions,claimed_revenue",
            f"k,{at(BEFORE)[:10]},10,5,3,1,10",
            f"k,{at(AFTER, 1)[:10]},10,5,3,1,10",
        ),
        "support__tickets": table(
            "ticket_id,customer_id,channel,topic,opened_at,resolved_at,satisfaction_score",
            *each(
                lambda name, first, second: (
                    f"t_{name},c_{name},email,billing,{at(first)},{at(second)},5"
                )
            ),
        ),
        "surveys__invitations": table(
            "invitation_id,survey,customer_id,sent_at",
            *each(lambda name, first, second: f"i_{name},exit,c_{name},{at(first)}"),
        ),
        "surveys__responses": table(
            "invitation_id,responded_at,reason_code,score,comment",
            *each(lambda name, first, second: f"i_{name},{at(second)},price,1,"),
        ),
        "devices__readings": table(
            "reading_id,device_id,customer_id,measurement,context,value,unit,measured_at,received_at",
            *each(
                lambda name, first, second: (
                    f"g_{name},v,c_old,glucose,fasting,120,mg/dL,{at(first)},{at(second)}"
                )
            ),
        ),
        "devices__diagnoses": table(
            "diagnosis_id,customer_id,hospital_id,condition,code,code_system,diagnosed_at,recorded_at",
            *each(
                lambda name, first, second: (
                    f"h_{name},c_old,h,diabetes,E11,ICD-10,{at(first)},{at(second)}"
                )
            ),
        ),
        "experiments__experiments": table(
            "experiment_id,brand,experiment_name,experiment_type,unit,minimum_detectable_effect,started_at,ended_at",
            *each(
                lambda name, first, second: (
                    f"x_{name},shop,Test,ab,customer,0.05,{at(first, -30)},{at(second)}"
                )
            ),
        ),
        "experiments__variants": table(
            "experiment_id,variant,is_control,traffic_share",
            *[
                f"x_{name},{variant},0.5"
                for name in names
                for variant in ("control,true", "new,false")
            ],
        ),
        "experiments__metrics": table(
            "experiment_id,metric_name,role,direction,margin,outcome_days,declared_at",
            *[f"x_{name},conversion,success,up,,7,{at(BEFORE, -31)}" for name in names],
        ),
        "experiments__exposures": table(
            "exposure_id,experiment_id,variant,customer_id,anonymous_id,exposed_at",
            *[
                f"y_{name}_{who},x_{name},{'new' if who == 'bb' else 'control'},c_{who},,{at(BEFORE if who != 'aa' else AFTER)}"
                for name in names
                for who in names
            ],
        ),
        "experiments__decisions": table(
            "experiment_id,decided_at,decision,shipped_variant,shipped_at,decided_by",
            *each(
                lambda name, first, second: f"x_{name},{at(first)},ship,new,{at(second)},somebody"
            ),
        ),
    }


# What tells of the data team is built in other zones.
OF_THE_COMPANY = ("care", "core", "experiments", "growth", "lifecycle", "ml", "trust")


@pytest.mark.parametrize(
    ("zone", "hours", "areas"),
    [
        pytest.param("UTC", 0, ("core",)),
        pytest.param("UTC", 0, OF_THE_COMPANY, marks=pytest.mark.slow),
        pytest.param("Asia/Seoul", -9, (), marks=pytest.mark.slow),
        pytest.param("America/New_York", 4, (), marks=pytest.mark.slow),
    ],
)
def test_a_build_is_green_whatever_goes_over_midnight(tmp_path, zone, hours, areas):
    raw = write_raw(tmp_path / "raw", company(datetime(2026, 4, 1) + timedelta(hours=hours)))
    database = tmp_path / "warehouse.duckdb"
    build(
        database,
        raw,
        select=[f"+path:models/marts/{area}" for area in areas],
        variables={"as_of": "2026-03-31", "reporting_timezone": zone, "reporting_currency": "EUR"},
    )
    assert query(
        database, "select order_id, is_paid, revenue::double from core.orders order by 1"
    ) == [
        ("o_ba", False, 0.0),
        ("o_bb", True, 10.0),
        ("o_old", True, 20.0),
        ("o_payment", False, 0.0),
        ("o_step", False, 0.0),
    ]
    assert query(
        database, "select subscription_id from core.subscriptions where is_running order by 1"
    ) == [("s_bb",), ("t_aa",), ("t_ba",)]
    assert query(database, "select sum(refunded_revenue)::double from core.refunds") == [(5.0,)]
