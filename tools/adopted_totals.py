"""What adopted tables add up to, by month and currency: figures that a shop's own report has, too."""

import duckdb

KEYS = {
    "app__orders": ["order_id"],
    "app__order_items": ["order_id", "line_number"],
    "payments__payments": ["payment_id"],
    "payments__refunds": ["refund_id"],
    "app__subscription_changes": ["change_id"],
    "ads__campaigns": ["campaign_id"],
    "events__events": ["event_id"],
    "support__tickets": ["ticket_id"],
}
PAUSE = "interval 30 minute"


def totals(connection: duckdb.DuckDBPyConnection, tables: dict[str, str], settings: dict) -> dict:
    """{figure: {month: {currency: number}}} of tables given as SQL that reads them; of a figure without
    money the currency is empty.

    Months are those of the reporting time zone; times without an offset are in the source time zone.
    """
    cursor = connection
    cursor.execute(f"set timezone = '{settings['source_timezone']}'")
    zone = settings["reporting_timezone"]

    def moment(column: str) -> str:
        text = f"regexp_replace(cast({column} as varchar), ' +([Zz+-])', '\\1')"
        return f"(cast({text} as timestamptz) at time zone '{zone}')"

    def month(column: str) -> str:
        return f"strftime({moment(column)}, '%Y-%m')"

    def asked(sql: str) -> dict:
        found: dict = {}
        for when, currency, value in cursor.execute(sql).fetchall():
            if when is not None:
                found.setdefault(when, {})[currency] = value
        return {when: dict(sorted(found[when].items())) for when in sorted(found)}

    amount = "cast({} as decimal(28, 8))".format
    figures: dict = {}
    if {"app__orders", "app__order_items"} <= set(tables):
        attempts = (
            f"select order_id, min({moment('attempted_at')}) as first_at from {tables['payments__payments']} "
            "where outcome = 'succeeded' group by order_id"
            if "payments__payments" in tables
            else "select null::varchar as order_id, null::timestamp as first_at where false"
        )
        has_kind = has(cursor, tables["app__order_items"], "item_type")
        kind = "coalesce(item_type, 'goods')" if has_kind else "'goods'"
        cursor.execute(
            f"""
            create or replace temp table paid as
            with lines as (
                select
                    order_id,
                    sum({amount("quantity")} * {amount("unit_price")}) as gross,
                    sum(case when {kind} = 'goods'
                        then {amount("quantity")} * {amount("unit_price")} else 0 end) as goods
                from {tables["app__order_items"]}
                group by order_id
            ),

            orders as (
                select
                    *,
                    row_number() over (partition by order_id order by {moment("ordered_at")}) as place
                from {tables["app__orders"]}
            )

            select
                orders.order_id,
                orders.customer_id,
                orders.currency,
                coalesce({moment("orders.paid_at")}, attempts.first_at, {moment("orders.ordered_at")}) as paid_at,
                {moment("orders.ordered_at")} as ordered_at,
                coalesce(lines.goods, 0) * case
                    when coalesce(lines.gross, 0) = 0 then 1
                    else 1 - least(coalesce({amount("orders.discount_amount")}, 0), abs(lines.gross)) / lines.gross
                end as revenue,
                orders.paid_at is not null or orders.status in ('paid', 'fulfilled', 'refunded')
                    or attempts.order_id is not null as is_paid
            from orders
            left join lines on orders.order_id = lines.order_id
            left join ({attempts}) as attempts on orders.order_id = attempts.order_id
            where orders.place = 1
            """
        )
        by_month = "strftime({}, '%Y-%m')".format
        figures["orders"] = asked(
            f"select {by_month('ordered_at')}, currency, count(*) from paid group by all"
        )
        figures["paid orders"] = asked(
            f"select {by_month('paid_at')}, currency, count(*) from paid where is_paid group by all"
        )
        figures["revenue"] = asked(
            f"select {by_month('paid_at')}, currency, round(sum(revenue), 4) from paid where is_paid group by all"
        )
        # Who is older than the orders may have ordered before them.
        older = (
            f"""select customer_id from {tables["app__customers"]}
            where cast({moment("created_at")} as date) < (select min(cast(ordered_at as date)) from paid)"""
            if "app__customers" in tables
            else "select null where false"
        )
        figures["new customers"] = asked(
            f"""
            select {by_month("first_at")}, '', count(*)
            from (
                select customer_id, min(paid_at) as first_at from paid
                where is_paid and customer_id is not null and customer_id not in ({older})
                group by customer_id
            )
            group by all
            """
        )
        figures["paid orders of guests"] = asked(
            f"select {by_month('paid_at')}, '', count(*) from paid where is_paid and customer_id is null group by all"
        )
    if "payments__payments" in tables:
        figures["paid in"] = asked(
            f"""select {month("attempted_at")}, currency, sum({amount("amount")}) from {tables["payments__payments"]}
            where outcome = 'succeeded' group by all"""
        )
    if "payments__refunds" in tables:
        failed = (
            "status is distinct from 'failed'"
            if has(cursor, tables["payments__refunds"], "status")
            else "true"
        )
        figures["refunds"] = asked(
            f"""select {month("refunded_at")}, currency, sum({amount("amount")}) from {tables["payments__refunds"]}
            where {failed} group by all"""
        )
    if "payments__disputes" in tables:
        figures["disputes"] = asked(
            f"""select {month("opened_at")}, currency, sum({amount("amount")}) from {tables["payments__disputes"]}
            group by all"""
        )
    if "app__subscription_changes" in tables:
        changes = tables["app__subscription_changes"]
        figures["MRR"] = asked(
            f"""
            with changes as (
                select
                    subscription_id,
                    currency,
                    {moment("changed_at")} as changed_at,
                    case when change_type = 'cancelled' then 0 else {amount("monthly_amount")} end as amount
                from {changes}
            ),

            months as (
                select unnest(range(
                    date_trunc('month', min(changed_at))::date, max(changed_at)::date + interval 1 day, interval 1 month
                )) as month_start
                from changes
            ),

            last_ones as (
                select
                    months.month_start,
                    changes.subscription_id,
                    max_by(changes.currency, changes.changed_at) as currency,
                    max_by(changes.amount, changes.changed_at) as amount
                from months
                inner join changes on changes.changed_at < months.month_start + interval 1 month
                group by all
            )

            select strftime(month_start, '%Y-%m'), currency, sum(amount) from last_ones group by all
            """
        )
    if {"ads__campaigns", "ads__daily_performance"} <= set(tables):
        for figure, column in (("spend", "spend"), ("clicks", "clicks")):
            figures[figure] = asked(
                f"""
                select strftime(cast(days.performance_date as date), '%Y-%m'),
                    {"campaigns.currency" if figure == "spend" else "''"}, sum({amount(f"days.{column}")})
                from {tables["ads__daily_performance"]} as days
                left join {tables["ads__campaigns"]} as campaigns on days.campaign_id = campaigns.campaign_id
                group by all
                """
            )
    if "events__events" in tables:
        has_session = has(cursor, tables["events__events"], "session_id")
        cursor.execute(
            f"""
            create or replace temp table events as
            select distinct on (event_id)
                event_id,
                coalesce(anonymous_id, customer_id) as visitor,
                {"session_id" if has_session else "null::varchar"} as session_id,
                {moment("occurred_at")} as occurred_at
            from {tables["events__events"]}
            order by event_id
            """
        )
        figures["events"] = asked(
            "select strftime(occurred_at, '%Y-%m'), '', count(*) from events group by all"
        )
        figures["visitors"] = asked(
            "select strftime(occurred_at, '%Y-%m'), '', count(distinct visitor) from events group by all"
        )
        figures["sessions"] = asked(
            f"""
            with told as (
                select strftime(min(occurred_at), '%Y-%m') as month from events
                where session_id is not null group by session_id
            ),

            cut as (
                select strftime(occurred_at, '%Y-%m') as month
                from (
                    select *, lag(occurred_at) over (partition by visitor order by occurred_at) as previous_at
                    from events where session_id is null
                )
                where previous_at is null or occurred_at - previous_at > {PAUSE}
            )

            select month, '', count(*) from (select * from told union all select * from cut) group by all
            """
        )
    if "support__tickets" in tables:
        figures["tickets"] = asked(
            f"select {month('opened_at')}, '', count(*) from {tables['support__tickets']} group by all"
        )
    return {figure: found for figure, found in figures.items() if found}


def has(cursor, reader: str, column: str) -> bool:
    return column in [
        name for name, *_ in cursor.execute(f"describe select * from {reader}").fetchall()
    ]


def lines(figures: dict) -> list[str]:
    """A line a month: its figures, each with its currency."""
    months = sorted({month for found in figures.values() for month in found})
    said = []
    for month in months:
        told = [
            f"{figure} "
            + ", ".join(
                f"{number(value)} {currency}".strip() for currency, value in found[month].items()
            )
            for figure, found in figures.items()
            if month in found
        ]
        said.append(f"  {month}  {'; '.join(told)}")
    return said or ["  nothing"]


def number(value) -> str:
    value = round(float(value), 2)
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
