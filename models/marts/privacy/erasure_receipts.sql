with open_requests as (
    select
        request_id,
        status,
        rows_by_table,
        cast(null as varchar) as files,
        case when status = 'in_the_warehouse' then 'raw files, bytes of the file' end
            as remaining,
        cast(null as varchar) as searched,
        cast(null as varchar) as moved_metrics,
        erased_row_count,
        kept_row_count,
        cast(null as bigint) as file_count,
        cast(null as bigint) as found_count,
        requested_at,
        case when status = 'nothing_found' then coalesce(completed_at, arrived_at) end
            as done_at
    from {{ ref('int_open_erasures') }}
),

receipts as (
    select
        request_id,
        case when done_at is null then 'in_the_warehouse' else 'forgotten' end
            as status,
        rows_by_table,
        files,
        remaining,
        searched,
        moved_metrics,
        erased_row_count,
        kept_row_count,
        file_count,
        found_count,
        requested_at,
        done_at
    from {{ ref('forgotten_persons') }}
),

all_requests as (
    select * from open_requests
    union all
    select * from receipts
),

as_of as (
    select as_of_date from {{ as_of() }}
),

due as (
    select
        all_requests.*,
        {{ dbt.dateadd('day', 30, 'all_requests.requested_at') }} as due_at,
        as_of.as_of_date
    from all_requests
    cross join as_of
),

judged as (
    select
        request_id,
        status,
        rows_by_table,
        case
            when kept_row_count > 0 then 'amounts and dates that must be kept by law'
        end as kept_because,
        files,
        remaining,
        searched,
        moved_metrics,
        {{ dbt.datediff('requested_at', 'done_at', 'day') }} as days_taken,
        erased_row_count,
        kept_row_count,
        file_count,
        found_count,
        status not in ('repeated', 'before_the_person')
        and (done_at is not null or due_at <= as_of_date) as is_counted,
        coalesce(done_at <= due_at, false) as is_within_30_days,
        cast(requested_at as date) as requested_date,
        requested_at,
        done_at
    from due
)

select * from judged
