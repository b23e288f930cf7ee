-- How unlike those in contact and the others were before the month, in standard deviations:
-- of all customer months, and of what is left between them in the cells compared.
{%- set measures = ['active_days', 'tenure_months'] %}
with strata as (
    select *
    from {{ ref('int_contact_strata') }}
    where outcome = 'churn'
),

deviations as (
    select
        brand,
        topic,
        {%- for measure in measures %}
        sum(contact_{{ measure }}) / nullif(sum(contact_n), 0)
        - sum(other_{{ measure }}) / nullif(sum(other_n), 0) as {{ measure }}_before,
        sqrt(nullif(
            sum(contact_squared_{{ measure }} + other_squared_{{ measure }})
            - power(sum(contact_{{ measure }}), 2) / nullif(sum(contact_n), 0)
            - power(sum(other_{{ measure }}), 2) / nullif(sum(other_n), 0),
            0
        ) / nullif(sum(n) - 2, 0)) as {{ measure }}_deviation
        {{- ',' if not loop.last }}
        {%- endfor %}
    from strata
    group by brand, topic
),

cells as (
    select
        brand,
        topic,
        contact_n * other_n / n as weight,
        {%- for measure in measures %}
        (contact_{{ measure }} * other_n - other_{{ measure }} * contact_n) / n
            as {{ measure }}_difference{{ ',' if not loop.last }}
        {%- endfor %}
    from strata
    where contact_n > 0 and other_n > 0
),

compared as (
    select
        brand,
        topic,
        {%- for measure in measures %}
        {{ steady_sum(measure ~ '_difference') }} / {{ steady_sum('weight') }}
            as {{ measure }}_after{{ ',' if not loop.last }}
        {%- endfor %}
    from cells
    group by brand, topic
),

balances as (
    select
        deviations.brand,
        deviations.topic,
        {%- for measure in measures %}
        deviations.{{ measure }}_before
        / deviations.{{ measure }}_deviation as {{ measure }}_before,
        compared.{{ measure }}_after
        / deviations.{{ measure }}_deviation as {{ measure }}_after
        {{- ',' if not loop.last }}
        {%- endfor %}
    from deviations
    left join compared
        on
            deviations.brand = compared.brand
            and deviations.topic = compared.topic
)

select * from balances
