-- One row: the last day that counts. Only rows that had arrived by its end are used.
{% if var('as_of') %}
select
    cast('{{ var("as_of") }}' as date) as as_of_date,
    'the var as_of' as decided_by
{% else %}
with arrivals as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select max(try_cast(_loaded_at as timestamp)) as newest_at
    from {{ ref('raw_' ~ system ~ '__' ~ table) }}
    where try_cast(_loaded_at as timestamp) <= {{ run_moment() }}
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
),

facts as (
    select max(try_cast(ordered_at as timestamp)) as newest_at
    from {{ ref('raw_app__orders') }}
    where try_cast(ordered_at as timestamp) <= {{ run_moment() }}
    union all
    select max(try_cast(attempted_at as timestamp))
    from {{ ref('raw_payments__payments') }}
    where try_cast(attempted_at as timestamp) <= {{ run_moment() }}
    union all
    select max(try_cast(changed_at as timestamp))
    from {{ ref('raw_app__subscription_changes') }}
    where try_cast(changed_at as timestamp) <= {{ run_moment() }}
    union all
    select max(try_cast(occurred_at as timestamp))
    from {{ ref('raw_events__events') }}
    where try_cast(occurred_at as timestamp) <= {{ run_moment() }}
),

newest as (
    select
        (select max(newest_at) from arrivals) as arrived_at,
        (select max(newest_at) from facts) as happened_at
)

select
    coalesce(
        cast(arrived_at as date) - 1,
        cast(happened_at as date),
        cast({{ run_moment() }} as date)
    ) as as_of_date,
    case
        when arrived_at is not null then 'the day before the newest _loaded_at'
        when happened_at is not null then 'the newest day of orders, payments, subscription changes and events'
        else 'the day of the run, for want of data'
    end as decided_by
from newest
{% endif %}
