with product_changes as (
    select
        product_id,
        brand,
        product_name,
        category,
        list_price,
        currency,
        valid_from,
        {{ reporting_date('valid_from') }} as valid_from_date
    from {{ ref('int_product_changes') }}
),

rates as (
    select
        currency,
        rate_date,
        usd_rate
    from {{ ref('exchange_rate_days') }}
),

numbered as (
    select
        *,
        cast(row_number() over (
            partition by product_id
            order by valid_from
        ) as integer) as version_number,
        lead(valid_from) over (partition by product_id order by valid_from) as valid_to
    from product_changes
),

priced as (
    select
        numbered.product_id,
        numbered.version_number,
        numbered.brand,
        numbered.product_name,
        numbered.category,
        numbered.currency,
        numbered.list_price,
        {{ converted('numbered.list_price', 'rates') }} as list_price_converted,
        numbered.valid_to is null as is_current,
        numbered.valid_from,
        numbered.valid_to
    from numbered
    left join rates
        on
            numbered.currency = rates.currency
            and numbered.valid_from_date = rates.rate_date
)

select * from priced
