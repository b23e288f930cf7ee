-- One row: the last day that counts. Only rows that had arrived by its end are used.
{% if var('as_of') %}
select
    cast('{{ var("as_of") }}' as date) as as_of_date,
    'the var as_of' as decided_by
{% else %}
with arrivals as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select
        min({{ as_utc(without_zero_date('_loaded_at')) }}) as oldest_at,
        max({{ as_utc(without_zero_date('_loaded_at')) }}) as newest_at
    from {{ ref('raw_' ~ system ~ '__' ~ table) }}
    where {{ as_utc(without_zero_date('_loaded_at')) }} <= {{ run_moment() }}
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
),

facts as (
    select max({{ as_utc(without_zero_date('ordered_at')) }}) as newest_at
    from {{ ref('raw_app__orders') }}
    where {{ as_utc(without_zero_date('ordered_at')) }} <= {{ run_moment() }}
    union all
    select max({{ as_utc(without_zero_date('attempted_at')) }})
    from {{ ref('raw_payments__payments') }}
    where {{ as_utc(without_zero_date('attempted_at')) }} <= {{ run_moment() }}
    union all
    select max({{ as_utc(without_zero_date('changed_at')) }})
    from {{ ref('raw_app__subscription_changes') }}
    where {{ as_utc(without_zero_date('changed_at')) }} <= {{ run_moment() }}
    union all
    select max({{ as_utc(without_zero_date('occurred_at')) }})
    from {{ ref('raw_events__events') }}
    where {{ as_utc(without_zero_date('occurred_at')) }} <= {{ run_moment() }}
),

newest as (
    select
        (select {{ reporting_date('min(oldest_at)') }} from arrivals) as first_arrival_date,
        (select {{ reporting_date('max(newest_at)') }} from arrivals) as last_arrival_date,
        (select {{ reporting_date('max(newest_at)') }} from facts) as last_fact_date
)

-- What was loaded in one go has no earlier day that is whole.
select
    case
        when first_arrival_date < last_arrival_date
            then cast({{ dbt.dateadd('day', -1, 'last_arrival_date') }} as date)
        else coalesce(last_arrival_date, last_fact_date, {{ reporting_date(run_moment()) }})
    end as as_of_date,
    case
        when first_arrival_date < last_arrival_date then 'the day before the newest _loaded_at'
        when last_arrival_date is not null then 'the only day of _loaded_at'
        when last_fact_date is not null
            then 'the newest day of orders, payments, subscription changes and events'
        else 'the day of the run, for want of data'
    end as decided_by
from newest
{% endif %}
