with jobs as (
    select
        job_name,
        started_at,
        finished_at
    from {{ ref('stg_platform__job_runs') }}
),

query_days as (
    select
        job_name,
        model_name,
        board_id,
        seconds,
        bytes,
        usage_date
    from {{ ref('int_query_days') }}
),

seat_days as (
    select
        board_id,
        views,
        usage_date
    from {{ ref('int_seat_days') }}
),

-- A day on which some queries do not say what they read is spread by seconds: bytes and seconds cannot be mixed.
weighed_queries as (
    select
        *,
        case
            when bool_and(bytes is not null) over (partition by usage_date) then bytes
            else seconds
        end as read_weight
    from query_days
),

weighed as (
    select
        'query_seconds' as measure,
        usage_date,
        job_name,
        model_name,
        board_id,
        seconds as weight
    from weighed_queries
    union all
    select
        'query_bytes' as measure,
        usage_date,
        job_name,
        model_name,
        board_id,
        read_weight as weight
    from weighed_queries
    union all
    select
        'job_seconds' as measure,
        {{ reporting_date('started_at') }} as usage_date,
        job_name,
        cast(null as varchar) as model_name,
        cast(null as varchar) as board_id,
        least(greatest(
            coalesce(3600 * {{ hours_between('started_at', 'finished_at') }}, 0), 0
        ), 1e9) as weight
    from jobs
    where started_at is not null
    union all
    select
        'board_views' as measure,
        usage_date,
        cast(null as varchar) as job_name,
        cast(null as varchar) as model_name,
        board_id,
        views as weight
    from seat_days
),

used as (
    select
        measure,
        usage_date,
        job_name,
        model_name,
        board_id,
        count(*) as use_count,
        sum(cast(weight as decimal(38, 6))) as weight
    from weighed
    group by measure, usage_date, job_name, model_name, board_id
),

-- Where all took no time, each use counts the same.
balanced as (
    select
        measure,
        job_name,
        model_name,
        board_id,
        cast(
            case
                when sum(weight) over (partition by measure, usage_date) > 0 then weight
                else use_count
            end as double
        ) as weight,
        usage_date
    from used
)

select * from balanced
