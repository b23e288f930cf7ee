-- One row per day on which something happened that has an amount of money.
with days as (
    select {{ reporting_date('ordered_at') }} as day
    from {{ ref('stg_app__orders') }}
    union
    select {{ reporting_date('paid_at') }}
    from {{ ref('stg_app__order_versions') }}
    where paid_at is not null
    union
    select {{ reporting_date('occurred_at') }}
    from {{ ref('stg_app__order_status_events') }}
    union
    select {{ reporting_date('updated_at') }}
    from {{ ref('stg_app__product_versions') }}
    union
    select {{ reporting_date('changed_at') }}
    from {{ ref('stg_app__subscription_changes') }}
    union
    select {{ reporting_date('attempted_at') }}
    from {{ ref('stg_payments__payments') }}
    union
    select {{ reporting_date('refunded_at') }}
    from {{ ref('stg_payments__refunds') }}
    union
    select {{ reporting_date('opened_at') }}
    from {{ ref('stg_payments__disputes') }}
    union
    select performance_date from {{ ref('stg_ads__daily_performance') }}
    union
    select billed_on from {{ ref('stg_platform__bills') }}
)

select * from days
