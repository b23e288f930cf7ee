{%- set before = "(
            partition by node_id order by started_at, invocation_id
            rows between " ~ var('slower_runs_before') ~ " preceding and 1 preceding
        )" -%}
{%- set since = "(
            partition by node_id order by started_at, invocation_id
            rows between current row and unbounded following
        )" -%}

with timings as (
    select * from {{ ref('int_node_timings') }}
),

compared as (
    select
        *,
        count(*) over {{ before }} as runs_before,
        {{ median_over('adjusted_seconds', before) }} as seconds_before,
        {{ quantile_over('adjusted_seconds', 0.9, before) }} as high_before,
        count(*) over {{ since }} as runs_since,
        {{ median_over('adjusted_seconds', since) }} as seconds_since,
        {{ quantile_over('adjusted_seconds', 0.1, since) }} as low_since,
        lag(compiled_hash) over (
            partition by node_id order by started_at, invocation_id
        ) as hash_before
    from timings
),

-- Slower than usual, than nearly all runs before, and by more than a blink: in all runs since but one in ten.
slower as (
    select
        *,
        row_number() over (partition by node_id order by started_at, invocation_id)
            as place
    from compared
    where
        runs_before >= {{ var('slower_least_runs_before') }}
        and runs_since >= {{ var('slower_least_runs_since') }}
        and low_since >= {{ var('slower_times') }} * seconds_before
        and low_since > high_before
        and low_since - seconds_before >= {{ var('slower_least_seconds') }}
),

first_ones as (
    select
        node_id,
        project_version as slower_since_version,
        code_hash as slower_since_code,
        seconds_since / nullif(seconds_before, 0) as slower_times,
        seconds_before,
        seconds_since,
        runs_since,
        coalesce(compiled_hash <> hash_before, false) as is_own_sql_changed,
        started_at as slower_since
    from slower
    where place = 1
)

select * from first_ones
