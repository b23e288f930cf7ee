{%- set last_part = "regexp_replace(lower(trim(queries.model_name)), '^.*[.]', '')" -%}

with jobs as (
    select
        run_id,
        job_name
    from {{ ref('stg_platform__job_runs') }}
),

queries as (
    select
        query_id,
        run_id,
        dashboard_id,
        model_name,
        started_at,
        seconds,
        bytes_scanned
    from {{ ref('stg_platform__query_runs') }}
),

query_days as (
    select
        queries.query_id,
        jobs.job_name,
        {{ last_part }} as model_name,
        queries.dashboard_id as board_id,
        least(queries.seconds, 1e9) as seconds,
        queries.bytes_scanned as bytes,
        queries.run_id is not null as is_of_job,
        {{ reporting_date('queries.started_at') }} as usage_date
    from queries
    left join jobs
        on queries.run_id = jobs.run_id
)

select * from query_days
