with as_of as (
    select as_of_date from {{ as_of() }}
),

rules as (
    select
        *,
        cast(low as integer) as low_days
    from {{ ref('int_care_rules') }}
    where rule = 'never_measured'
),

first_days as (
    select
        customer_id,
        min(measured_date) as first_date
    from {{ ref('patient_days') }}
    group by customer_id
),

runs as (
    select
        runs.customer_id,
        runs.product_id,
        runs.brand,
        runs.started_date,
        {{ reporting_date(dbt.dateadd('second', -1, 'runs.ends_at')) }} as last_date,
        first_days.first_date
    from {{ ref('subscriptions') }} as runs
    left join first_days
        on runs.customer_id = first_days.customer_id
),

-- What nobody of many measures with is no remote care; a brand without any patient is none.
products as (
    select
        brand,
        product_id,
        count(distinct customer_id) as subscribers,
        count(distinct case when first_date is not null then customer_id end)
            as patients
    from runs
    group by brand, product_id
),

brands as (
    select distinct customers.brand
    from {{ ref('customers') }} as customers
    inner join first_days
        on customers.customer_id = first_days.customer_id
),

waits as (
    select
        runs.customer_id,
        rules.alert as rule,
        rules.alert_severity as severity,
        rules.low_days as bound,
        runs.started_date as since_date,
        cast({{ dbt.dateadd('day', 'rules.low_days', 'runs.started_date') }} as date)
            as from_date,
        least(
            as_of.as_of_date,
            runs.last_date,
            cast({{ dbt.dateadd('day', -1, 'runs.first_date') }} as date)
        ) as to_date
    from runs
    inner join brands
        on runs.brand = brands.brand
    inner join products
        on
            runs.brand = products.brand
            and runs.product_id = products.product_id
            and (
                products.patients > 0
                or products.subscribers < {{ var('min_subscribers_of_other_products') }}
            )
    cross join as_of
    inner join rules
        on as_of.as_of_date >= rules.valid_from and as_of.as_of_date < rules.valid_to
),

-- Whoever has two subscriptions waits once.
numbered as (
    select
        *,
        max(to_date) over earlier as waited_until
    from waits
    where from_date <= to_date
    window earlier as (
        partition by customer_id order by from_date, to_date
        rows between unbounded preceding and 1 preceding
    )
),

stretches as (
    select
        *,
        count(case when from_date <= waited_until then null else 1 end) over (
            partition by customer_id order by from_date, to_date
        ) as stretch_number
    from numbered
),

never_measured as (
    select
        customer_id,
        rule,
        severity,
        bound,
        min(since_date) as since_date,
        min(from_date) as from_date,
        max(to_date) as to_date
    from stretches
    group by customer_id, rule, severity, bound, stretch_number
)

select * from never_measured
