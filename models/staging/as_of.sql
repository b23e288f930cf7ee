-- One row: the last day that counts. Only rows that had arrived by its end are used.
{% if var('as_of') %}
select
    cast('{{ var("as_of") }}' as date) as as_of_date,
    'the var as_of' as decided_by
{% else %}
with arrivals as (
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
    select max({{ as_utc('_loaded_at') }}) as newest_at
    from {{ ref('raw_' ~ system ~ '__' ~ table) }}
    where {{ as_utc('_loaded_at') }} <= {{ run_moment() }}
    {{ 'union all' if not loop.last }}{% endfor %}{{ ' union all' if not loop.last }}{% endfor %}
),

facts as (
    select max({{ as_utc('ordered_at') }}) as newest_at
    from {{ ref('raw_app__orders') }}
    where {{ as_utc('ordered_at') }} <= {{ run_moment() }}
    union all
    select max({{ as_utc('attempted_at') }})
    from {{ ref('raw_payments__payments') }}
    where {{ as_utc('attempted_at') }} <= {{ run_moment() }}
    union all
    select max({{ as_utc('changed_at') }})
    from {{ ref('raw_app__subscription_changes') }}
    where {{ as_utc('changed_at') }} <= {{ run_moment() }}
    union all
    select max({{ as_utc('occurred_at') }})
    from {{ ref('raw_events__events') }}
    where {{ as_utc('occurred_at') }} <= {{ run_moment() }}
),

newest as (
    select
        (select max(newest_at) from arrivals) as arrived_at,
        (select max(newest_at) from facts) as happened_at
)

select
    coalesce(
        cast({{ dbt.dateadd('day', -1, 'cast(arrived_at as date)') }} as date),
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
