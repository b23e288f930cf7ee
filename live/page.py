"""What the page says: sums over what is kept of today, as JSON, and the page around it."""

import datetime as dt
import json
import pathlib
import shutil
import sys

import jinja2

from live.events import has_funnels
from live.files import PATIENCE_SECONDS, Folder
from live.models import PROJECT
from live.state import State, first_moment

sys.path.append(str(PROJECT / "website"))

import words

# The bars of the last minutes.
MINUTES = 60
# Rows of a list that nobody would read to its end.
MOST_ROWS = 50
MOST_REASONS = 20


def rows(state: State, sql: str, *values) -> list[dict]:
    found = state.connection.execute(sql, list(values))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def sums(state: State, folder: Folder, now: dt.datetime) -> dict:
    """All that the page shows. Times are ISO in UTC; counts of today are of the reporting day, up to now."""
    start = first_moment(state.connection, state.day, state.zone)
    yesterday = first_moment(state.connection, state.day - dt.timedelta(days=1), state.zone)
    same_time = min(
        now.replace(tzinfo=None)
        - dt.datetime.fromisoformat(start)
        + dt.datetime.fromisoformat(yesterday),
        dt.datetime.fromisoformat(start),
    )
    return {
        "day": state.day.isoformat(),
        "zone": state.zone,
        "currency": state.models.settings["reporting_currency"],
        "as_of": state.warehouse.as_of.isoformat(),
        "built_at": _iso(state.warehouse.built_at),
        "newest_file_at": _iso(state.newest_file_at),
        "newest_event_at": _newest(state),
        "brands": _of_brands(state, start, yesterday, same_time.isoformat()),
        "channels": _channels(state, start),
        "minutes": _minutes(state, now),
        "events": _events(state, start),
        "funnels": _funnels(state, start) if has_funnels(state.models) else None,
        "rows": {name: _rows(state, name) for name in state.tables},
        "faults": _faults(state, folder, now),
    }


def _iso(seconds: float) -> str | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat() if seconds else None


def _newest(state: State) -> str | None:
    (newest,) = state.connection.execute("select max(occurred_at) from kept.events").fetchone()
    return newest and newest.replace(tzinfo=dt.UTC).isoformat()


def _of_brands(state: State, start: str, yesterday: str, same_time: str) -> list[dict]:
    """Today's numbers by brand, and yesterday's up to the same time of the day."""
    return rows(
        state,
        """
        with today as (
            select
                cast($1 as timestamp) as start,
                cast($2 as timestamp) as yesterday,
                cast($3 as timestamp) as same_time,
                cast($4 as date) as day
        ),

        of_events as (
            select
                brand,
                count(*) filter (where occurred_at >= today.start) as events,
                count(distinct case
                    when occurred_at >= today.start and not is_robot then visitor_id
                end) as visitors,
                count(*) filter (where occurred_at < today.same_time) as events_yesterday
            from kept.events
            cross join today
            where occurred_at >= today.yesterday
            group by brand
        ),

        of_sessions as (
            select
                brand,
                count(*) filter (where started_at >= today.start) as sessions,
                count(*) filter (where started_at >= today.start and is_converted) as converted,
                count(*) filter (where started_at < today.same_time) as sessions_yesterday,
                count(*) filter (where started_at < today.same_time and is_converted)
                    as converted_yesterday
            from kept.sessions
            cross join today
            where started_at >= today.yesterday
            group by brand
        ),

        of_orders as (
            select
                brand,
                count(*) filter (where ordered_at >= today.start) as orders,
                cast(sum(case when revenue_date = today.day then revenue end) as double)
                    as revenue,
                count(*) filter (where ordered_at < today.same_time) as orders_yesterday
            from kept.orders
            cross join today
            where ordered_at >= today.yesterday or revenue_date >= today.day
            group by brand
        )

        select *
        from of_events
        full join of_sessions using (brand)
        full join of_orders using (brand)
        order by brand
        """,
        start,
        yesterday,
        same_time,
        state.day,
    )


def _channels(state: State, start: str) -> list[dict]:
    return rows(
        state,
        """
        select
            brand,
            channel,
            count(*) as sessions,
            count(*) filter (where is_converted) as converted
        from kept.sessions
        where started_at >= cast($1 as timestamp)
        group by brand, channel
        order by sessions desc, brand, channel
        """,
        start,
    )


def _minutes(state: State, now: dt.datetime) -> list[dict]:
    """Events of each of the last minutes, by brand; minutes count backwards from 0."""
    return rows(
        state,
        """
        select
            brand,
            cast(floor(epoch($1::timestamp - occurred_at) / 60) as integer) as ago,
            count(*) as events
        from kept.events
        where
            occurred_at > $1::timestamp - to_minutes($2)
            and occurred_at <= $1::timestamp
        group by brand, ago
        order by brand, ago
        """,
        now.replace(tzinfo=None),
        MINUTES,
    )


def _events(state: State, start: str) -> list[dict]:
    """Today's events by name, as core.tracking_plan_checks compares them with the plan."""
    relation = state.models.relations
    state.connection.execute(
        f"create or replace temp view events_today as select * from kept.events "
        f"where occurred_at >= cast('{start}' as timestamp)"
    )
    checks = state.models.sql["tracking_plan_checks"].replace(relation["events"], "events_today")
    return rows(
        state,
        f"""
        select event_name, brand, is_planned, event_count, incomplete_event_count, required_properties
        from ({checks})
        where event_count > 0
        order by is_planned, incomplete_event_count desc, event_count desc, event_name, brand
        """,
    )


def _funnels(state: State, start: str) -> list[dict]:
    """Of those who entered a funnel today how many have come to each step, and who reached it today from earlier on."""
    relation = state.models.relations
    counts = state.models.sql["int_funnel_counts"].replace(
        relation["int_funnel_visitors"], "entered_today"
    )
    state.connection.execute(
        f"create or replace temp view entered_today as select * from kept.funnel_visitors "
        f"where entered_at >= cast('{start}' as timestamp)"
    )
    return rows(
        state,
        f"""
        with entered as (
            select funnel, brand, step_number, event_name, sum(n) as n, sum(visitors) as visitors
            from ({counts})
            group by all
        ),

        reached as (
            select funnel, brand, step_number, count(*) as reached
            from kept.funnel_visitors
            where reached_at >= cast($1 as timestamp)
            group by funnel, brand, step_number
        ),

        steps as (
            select distinct
                funnel,
                cast(step_number as integer) as step_number,
                event_name
            from {relation["funnels"]}
        ),

        names as (
            select funnel, max(funnel_name) as name, max(funnel_name_ko) as name_ko
            from {relation["funnels"]}
            group by funnel
        )

        select
            names.funnel,
            names.name,
            names.name_ko,
            brand,
            step_number,
            steps.event_name as step,
            cast(coalesce(entered.n, 0) as bigint) as n,
            cast(coalesce(entered.visitors, 0) as bigint) as visitors,
            coalesce(reached.reached, 0) as reached
        from entered
        full join reached using (funnel, brand, step_number)
        inner join steps using (funnel, step_number)
        inner join names on steps.funnel = names.funnel
        order by names.funnel, brand, step_number
        """,
        start,
    )


def _rows(state: State, name: str) -> dict:
    """Rows of live files by what became of them. Their sum is `read`."""
    counts = state.tables[name].counts
    staged, later, superseded = state.connection.execute(
        f"""
        select
            count(*) filter (where row_status = 'staged'),
            count(*) filter (where row_status = 'later'),
            count(*) filter (where row_status = 'superseded')
        from kept.{name} where not is_of_warehouse
        """
    ).fetchone()
    waiting, due = state.connection.execute(
        f"select count(*), min(due_at) from kept.waiting_{name}"
    ).fetchone()
    return {
        "read": counts.read,
        "staged": staged,
        "in_warehouse": counts.in_warehouse,
        "doubled": counts.doubled,
        "superseded": counts.superseded + superseded,
        "later": later,
        "waiting": waiting,
        "waiting_until": due and due.replace(tzinfo=dt.UTC).isoformat(),
        "rejected": counts.rejected.total(),
        "reasons": counts.rejected.most_common(MOST_REASONS),
        "replaced_in_warehouse": counts.replaced_in_warehouse,
    }


def _faults(state: State, folder: Folder, now: dt.datetime) -> dict:
    unfinished = folder.unfinished(now.timestamp())
    return {
        "bad_line_count": state.bad_line_count,
        "bad_lines": [
            {"file": file, "line": line, "reason": reason}
            for file, line, reason in reversed(state.bad_lines)
        ],
        "bad_files": [
            {"file": file, "reason": reason} for file, reason in sorted(state.bad_files.items())
        ][:MOST_ROWS],
        "unfinished": [
            {"file": file, "reason": reason, "seconds": round(seconds)}
            for file, reason, seconds in unfinished
            if seconds >= PATIENCE_SECONDS
        ][:MOST_ROWS],
        "being_written": sum(seconds < PATIENCE_SECONDS for *_, seconds in unfinished),
        "not_read": [
            {"file": str(pathlib.Path(file).relative_to(folder.folder)), "reason": reason}
            for file, reason in sorted(folder.not_read.items())
        ][:MOST_ROWS],
        "older": len(folder.older),
        "files": state.file_count,
    }


def write(out: pathlib.Path, content: dict) -> None:
    """live.json in one step: whoever reads it finds a whole one."""
    making = out / "live.json.tmp"
    making.write_text(json.dumps(content, default=str, ensure_ascii=False), encoding="utf-8")
    making.replace(out / "live.json")


def write_page(out: pathlib.Path) -> None:
    """The page, with the assets of the site that it needs."""
    website = PROJECT / "website"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(website / "templates"), autoescape=True, trim_blocks=True
    )
    found = words.words()
    page = environment.get_template("live.html.j2").render(
        word=words.word,
        attribute=words.attribute,
        words=found,
        said={name: found[name] for name in found if name.startswith("live_")},
    )
    (out / "assets").mkdir(parents=True, exist_ok=True)
    (out / "index.html").write_text(page, encoding="utf-8")
    for name in ("site.css", "live.css", "live.js"):
        shutil.copyfile(website / "assets" / name, out / "assets" / name)
