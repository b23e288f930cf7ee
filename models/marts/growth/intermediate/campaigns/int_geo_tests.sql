-- As many days before the test as it took say what each place sells without it.
with places as (
    select
        geo_tests.geo_test_id,
        geo_tests.campaign_id,
        campaigns.brand,
        upper(geo_tests.country_code) as country_code,
        geo_tests.is_test,
        geo_tests.started_on,
        geo_tests.ended_on,
        cast({{ dbt.dateadd(
            'day',
            '-1 - ' ~ dbt.datediff('geo_tests.started_on', 'geo_tests.ended_on', 'day'),
            'geo_tests.started_on'
        ) }} as date) as before_from
    from {{ ref('geo_tests') }} as geo_tests
    inner join {{ ref('stg_ads__campaigns') }} as campaigns
        on geo_tests.campaign_id = campaigns.campaign_id
),

conversions as (
    select
        conversions.conversion_id,
        conversions.brand,
        customers.country_code,
        conversions.converted_date,
        min(conversions.converted_date) over (partition by conversions.brand)
            as first_date
    from {{ ref('int_conversions') }} as conversions
    inner join {{ ref('customers') }} as customers
        on conversions.customer_id = customers.customer_id
),

touches as (
    select distinct
        conversion_id,
        campaign_id
    from {{ ref('int_conversion_touches') }}
    where look_back_days = {{ var('attribution_look_back_days') }}
),

counted as (
    select
        places.*,
        min(conversions.first_date) as first_date,
        count(*) filter (
            where conversions.converted_date < places.started_on
        ) as before_count,
        count(*) filter (
            where conversions.converted_date >= places.started_on
        ) as after_count,
        count(touches.conversion_id) filter (
            where conversions.converted_date >= places.started_on
        ) as touched_count
    from places
    left join conversions
        on
            places.brand = conversions.brand
            and places.country_code = conversions.country_code
            and places.before_from <= conversions.converted_date
            and places.ended_on >= conversions.converted_date
    left join touches
        on
            conversions.conversion_id = touches.conversion_id
            and places.campaign_id = touches.campaign_id
    group by all
),

-- Relative changes, since places differ in size.
changes as (
    select
        *,
        ln((after_count + 0.5) / (before_count + 0.5)) as change
    from counted
),

compared as (
    select
        geo_test_id,
        campaign_id,
        brand,
        started_on,
        ended_on,
        min(before_from) as before_from,
        min(first_date) as first_date,
        least(
            sum(case when is_test then before_count end),
            sum(case when not is_test then before_count end),
            sum(case when is_test then touched_count end)
        ) as fewest,
        sum(case when is_test then after_count end) as after_count,
        sum(case when is_test then touched_count end) as touched_conversions,
        avg(case when is_test then change end)
        - avg(case when not is_test then change end) as lift,
        list(change order by country_code) as all_changes,
        list(cast(is_test as double) order by country_code) as tests
    from changes
    group by geo_test_id, campaign_id, brand, started_on, ended_on
),

bounded as (
    select
        *,
        permutation_low(all_changes, tests) as lift_low,
        permutation_high(all_changes, tests) as lift_high
    from compared
)

select * from bounded
