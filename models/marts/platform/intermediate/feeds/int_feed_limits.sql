{%- set all_days = "(
            partition by raw_table order by arrival_date
            rows between " ~ var('feed_gaps') ~ " preceding and 1 preceding
        )" -%}
{%- set same_weekday = "(
            partition by raw_table, weekday order by arrival_date
            rows between " ~ var('feed_weekday_gaps') ~ " preceding and 1 preceding
        )" -%}
{%- set share = var('feed_longest_share') -%}
{%- set spread = var('feed_spread') -%}
{%- set margin_hours = var('feed_margin_hours') -%}
{%- set margin_share = var('feed_margin_share') -%}
{%- set without_facts = (tables_without_facts() if execute else []) | join("', '") -%}

with arrivals as (
    select
        raw_table,
        weekday,
        arrival_number,
        row_count,
        next_gap_hours,
        arrival_date,
        next_arrival_date,
        first_arrived_at,
        last_arrived_at
    from {{ ref('int_feed_arrivals') }}
),

-- Only gaps that had ended when the row arrived: what is judged is never part of what it is judged by.
measured as (
    select
        *,
        count(next_gap_hours) over {{ all_days }} as gap_count,
        {{ median_over('next_gap_hours', all_days) }} as usual_gap,
        {{ quantile_over('next_gap_hours', share, all_days) }} as long_gap,
        count(next_gap_hours) over {{ same_weekday }} as weekday_gap_count,
        {{ median_over('next_gap_hours', same_weekday) }} as weekday_gap,
        {{ quantile_over('next_gap_hours', share, same_weekday) }} as weekday_long_gap
    from arrivals
),

bounded as (
    select
        *,
        usual_gap + {{ spread }} * (long_gap - usual_gap)
        + greatest({{ margin_hours }}, {{ margin_share }} * usual_gap) as all_limit,
        weekday_gap + {{ spread }} * (weekday_long_gap - weekday_gap)
        + greatest({{ margin_hours }}, {{ margin_share }} * weekday_gap)
            as weekday_limit
    from measured
),

limited as (
    select
        raw_table,
        arrival_number,
        row_count,
        usual_gap as usual_gap_hours,
        case
            when arrival_number < {{ var('feed_least_arrivals') }} then null
            -- What brings rows when something changes is not late when nothing does.
            when
                raw_table in ('{{ without_facts }}')
                and usual_gap > {{ var('feed_longest_refresh_hours') }}
                then null
            when weekday_gap_count >= {{ var('feed_least_weekday_gaps') }}
                then least(all_limit, weekday_limit)
            else all_limit
        end as late_after_hours,
        arrival_date,
        next_arrival_date,
        first_arrived_at,
        last_arrived_at
    from bounded
)

select * from limited
