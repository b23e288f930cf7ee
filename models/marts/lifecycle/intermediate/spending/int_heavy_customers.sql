with spend_ranks as (
    select
        customer_id,
        brand,
        is_top_decile,
        month
    from {{ ref('spend_ranks') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

next_days as (
    select {{ dbt.dateadd('day', 1, 'as_of_date') }} as next_date
    from as_of
),

bounds as (
    select
        {{ dbt.dateadd('month', -3, dbt.date_trunc('month', 'next_date')) }}
            as first_month,
        {{ dbt.date_trunc('month', 'next_date') }} as next_month
    from next_days
),

heavy_customers as (
    select
        spend_ranks.customer_id,
        spend_ranks.brand,
        max(case when spend_ranks.is_top_decile then 1 else 0 end) = 1 as is_heavy,
        min(cast(bounds.first_month as date)) as first_date,
        min(cast(bounds.next_month as date)) as end_date
    from spend_ranks
    inner join bounds
        on
            spend_ranks.month >= bounds.first_month
            and spend_ranks.month < bounds.next_month
    group by spend_ranks.customer_id, spend_ranks.brand
)

select * from heavy_customers
