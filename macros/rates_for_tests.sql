{# For tests only: the rate of each currency and day of `facts` (currency, day), looked up without int_exchange_rate_days. #}
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
    left join {{ ref('stg_finance__exchange_rates') }} as rates
        on days.currency = rates.currency
    group by days.currency, days.day
{%- endmacro %}
