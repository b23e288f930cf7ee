with arrived as (
    select
        dashboard_id,
        certified_until,
        arrived_at,
        row_hash
    from {{ ref('validated_bi__dashboards') }}
    where row_status in ('staged', 'superseded')
),

-- Of versions that arrived together the newest is that which staging shows.
distinct_moments as (
    select
        dashboard_id,
        arrived_at,
        min_by(certified_until, row_hash) as certified_until
    from arrived
    group by dashboard_id, arrived_at
),

versions as (
    select
        dashboard_id,
        certified_until,
        case
            when row_number() over in_order > 1 then arrived_at
        end as valid_from,
        lead(arrived_at) over in_order as valid_to
    from distinct_moments
    window in_order as (
        partition by dashboard_id
        order by arrived_at
    )
)

select * from versions
