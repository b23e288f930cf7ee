with customer_months as (
    select
        customer_id,
        brand,
        revenue,
        is_final,
        month
    from {{ ref('customer_months') }}
    where revenue > 0
),

ranked as (
    select
        *,
        cast(row_number() over ranks as bigint) as spend_rank,
        cast(ntile(10) over ranks as integer) as spend_decile,
        cast(sum(revenue) over ranks as double)
        / cast(sum(revenue) over (partition by brand, month) as double)
            as cumulative_revenue_share
    from customer_months
    window ranks as (
        partition by brand, month
        order by revenue desc, customer_id asc
        rows between unbounded preceding and current row
    )
),

compared as (
    select
        ranked.customer_id,
        ranked.brand,
        ranked.spend_rank,
        ranked.spend_decile,
        ranked.revenue,
        ranked.cumulative_revenue_share,
        ranked.spend_decile = 1 as is_top_decile,
        coalesce(earlier.spend_decile = 1, false) as was_top_decile_last_month,
        ranked.is_final,
        ranked.month
    from ranked
    left join ranked as earlier
        on
            ranked.customer_id = earlier.customer_id
            and ranked.brand = earlier.brand
            and earlier.month = {{ dbt.dateadd('month', -1, 'ranked.month') }}
)

select * from compared
