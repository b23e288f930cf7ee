with requests as (
    select
        request_id,
        customer_id,
        requested_at,
        completed_at,
        arrived_at
    from {{ ref('stg_privacy__erasure_requests') }}
),

forgotten as (
    select request_id from {{ ref('forgotten_persons') }}
),

-- A customer who is still there asked before there was such a customer.
customers as (
    select customer_id from {{ ref('customers') }}
),

rows_by_table as (
    select
        customer_id,
        row_status,
        concat(source_system, '.', table_name, ' ', row_status) as what,
        cast(sum(row_count) as bigint) as row_count
    from {{ ref('erased_rows') }}
    group by customer_id, row_status, source_system, table_name
),

erased as (
    select
        customer_id,
        cast(
            sum(case when row_status = 'erased' then row_count else 0 end) as bigint
        ) as erased_row_count,
        cast(
            sum(case when row_status = 'kept' then row_count else 0 end) as bigint
        ) as kept_row_count,
        string_agg(concat(what, ' ', row_count), ', ' order by what) as rows_by_table
    from rows_by_table
    group by customer_id
),

open_requests as (
    select
        requests.request_id,
        case
            when customers.customer_id is not null then 'before_the_person'
            when
                row_number() over (
                    partition by requests.customer_id
                    order by requests.requested_at, requests.request_id
                ) > 1
                then 'repeated'
            when erased.customer_id is not null then 'in_the_warehouse'
            else 'nothing_found'
        end as status,
        erased.rows_by_table,
        coalesce(erased.erased_row_count, 0) as erased_row_count,
        coalesce(erased.kept_row_count, 0) as kept_row_count,
        requests.requested_at,
        requests.completed_at,
        requests.arrived_at
    from requests
    left join forgotten
        on requests.request_id = forgotten.request_id
    left join erased
        on requests.customer_id = erased.customer_id
    left join customers
        on requests.customer_id = customers.customer_id
    where forgotten.request_id is null
)

select * from open_requests
