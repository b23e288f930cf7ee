{% macro rates_looked_up(facts) -%}
    select
        days.currency,
        days.day,
        case
            when days.currency = 'USD' then 1.0
            else cast(
                coalesce(
                    max_by(rates.usd_rate, rates.rate_date) filter (where rates.rate_date <= days.day),
                    min_by(rates.usd_rate, rates.rate_date)
                ) as double
            )
        end as usd_rate
    from (select distinct currency, day from {{ facts }}) as days
    left join {{ ref('known_rates') }} as rates
        on days.currency = rates.currency
    group by days.currency, days.day
{%- endmacro %}


{% macro rows_that_differ(expected, built, columns) -%}
    {%- set columns = columns | join(', ') -%}
    select 'lost' as difference, {{ columns }}
    from (select {{ columns }} from {{ expected }} except all select {{ columns }} from {{ built }}) as lost
    union all
    select 'invented' as difference, {{ columns }}
    from (select {{ columns }} from {{ built }} except all select {{ columns }} from {{ expected }}) as invented
{%- endmacro %}


{% macro amounts_that_differ(expected, day, built, built_day, built_amount) -%}
    with staged as (
        select
            currency,
            {{ day }} as day,
            count(*) as row_count,
            cast(sum(amount) as double) as amount
        from {{ expected }}
        group by 1, 2
    ),

    rates as (
        {{ rates_looked_up('staged') }}
    ),

    expected as (
        select staged.currency, staged.day, staged.row_count, staged.amount * rates.usd_rate as amount
        from staged
        inner join rates on staged.currency = rates.currency and staged.day = rates.day
    ),

    built as (
        select
            currency,
            {{ built_day }} as day,
            count(*) as row_count,
            sum({{ built_amount }}) as amount
        from {{ built }}
        group by 1, 2
    )

    select
        coalesce(expected.currency, built.currency) as currency,
        coalesce(expected.day, built.day) as day,
        expected.amount as expected_amount,
        built.amount as built_amount
    from expected
    full join built on expected.currency = built.currency and expected.day = built.day
    where
        expected.row_count is distinct from built.row_count
        or (abs(expected.amount - built.amount) <= 0.005 * expected.row_count + 1e-6) is not true
{%- endmacro %}
