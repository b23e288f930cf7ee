-- depends_on: {{ ref('validated_app__orders') }}, {{ ref('validated_app__order_items') }}
-- depends_on: {{ ref('validated_ads__daily_performance') }}
with orders as (
    select
        order_id,
        min(currency) as currency
    from {{ ref('validated_app__orders') }}
    where row_status = 'staged'
    group by order_id
),

items as (
    {{ known_rows('app', 'order_items') if execute else 'select 1' }}
),

ad_days as (
    {{ known_rows('ads', 'daily_performance') if execute else 'select 1' }}
),

products as (
    select
        product_id,
        currency,
        list_price
    from {{ ref('stg_app__products') }}
),

campaigns as (
    select
        campaign_id,
        currency
    from {{ ref('stg_ads__campaigns') }}
),

priced_items as (
    select
        items.fact_day,
        ln(
            cast(items.unit_price as double) / cast(products.list_price as double)
        ) as ratio
    from items
    inner join orders on items.order_id = orders.order_id
    inner join products
        on
            items.product_id = products.product_id
            and orders.currency = products.currency
    where items.unit_price > 0 and products.list_price > 0
),

ad_rates as (
    select
        ad_days.fact_day,
        campaigns.currency,
        case
            when ad_days.clicks > 0 and ad_days.spend > 0
                then ln(cast(ad_days.spend as double) / ad_days.clicks)
        end as cost_per_click,
        case
            when ad_days.clicks > 0 and ad_days.impressions > 0
                then ln(ad_days.clicks / cast(ad_days.impressions as double))
        end as click_rate
    from ad_days
    inner join campaigns on ad_days.campaign_id = campaigns.campaign_id
),

measured as (
    select
        {{ node_id_of('seed', 'raw_app__order_items') }} as node_id,
        fact_day as measured_date,
        {{ each_of(all_measures([
            mean_measure("'price by its list price'", 'log', 'unit_price', 'ratio'),
            measure("'price far off its list price'", 'share', 'unit_price',
                'count(case when abs(ratio) > ln(' ~ var('far_off_times') ~ ') then 1 end)'),
        ])) }} as one
    from priced_items
    group by fact_day
    union all
    select
        {{ node_id_of('seed', 'raw_ads__daily_performance') }} as node_id,
        fact_day as measured_date,
        {{ each_of(all_measures([
            mean_measure("'cost per click in ' || currency", 'log', 'spend', 'cost_per_click'),
            mean_measure("'clicks per impression in ' || currency", 'log', 'clicks', 'click_rate'),
        ])) }} as one
    from ad_rates
    group by fact_day, currency
),

fields as (
    select
        node_id,
        measured_date,
        {{ fields_of('one') }}
    from measured
)

select * from fields
