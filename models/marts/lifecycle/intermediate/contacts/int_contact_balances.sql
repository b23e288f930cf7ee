-- How unlike those in contact and the others were before the month, in standard deviations:
-- of all customer months, and of what is left between them in the cells compared.
with strata as (
    select *
    from {{ ref('int_contact_strata') }}
    where outcome = 'churn'
),

means as (
    select
        brand,
        topic,
        sum(contact_active_days) / nullif(sum(contact_n), 0)
        - sum(other_active_days) / nullif(sum(other_n), 0) as active_days_before,
        sum(contact_tenure_months) / nullif(sum(contact_n), 0)
        - sum(other_tenure_months) / nullif(sum(other_n), 0) as tenure_months_before,
        sum(contact_squared_active_days + other_squared_active_days)
        - power(sum(contact_active_days), 2) / nullif(sum(contact_n), 0)
        - power(sum(other_active_days), 2) / nullif(sum(other_n), 0)
            as active_days_squares,
        sum(contact_squared_tenure_months + other_squared_tenure_months)
        - power(sum(contact_tenure_months), 2) / nullif(sum(contact_n), 0)
        - power(sum(other_tenure_months), 2) / nullif(sum(other_n), 0)
            as tenure_months_squares,
        nullif(sum(n) - 2, 0) as degrees
    from strata
    group by brand, topic
),

cells as (
    select
        brand,
        topic,
        contact_n * other_n / n as weight,
        (contact_active_days * other_n - other_active_days * contact_n) / n
            as active_days_difference,
        (contact_tenure_months * other_n - other_tenure_months * contact_n) / n
            as tenure_months_difference
    from strata
    where contact_n > 0 and other_n > 0
),

compared as (
    select
        brand,
        topic,
        {{ steady_sum('active_days_difference') }} / {{ steady_sum('weight') }}
            as active_days_after,
        {{ steady_sum('tenure_months_difference') }} / {{ steady_sum('weight') }}
            as tenure_months_after
    from cells
    group by brand, topic
),

-- Where all are the same there is no deviation.
deviations as (
    select
        *,
        sqrt(nullif(greatest(active_days_squares, 0), 0) / degrees)
            as active_days_deviation,
        sqrt(nullif(greatest(tenure_months_squares, 0), 0) / degrees)
            as tenure_months_deviation
    from means
),

balances as (
    select
        deviations.brand,
        deviations.topic,
        deviations.active_days_before / deviations.active_days_deviation
            as active_days_before,
        compared.active_days_after / deviations.active_days_deviation
            as active_days_after,
        deviations.tenure_months_before / deviations.tenure_months_deviation
            as tenure_months_before,
        compared.tenure_months_after / deviations.tenure_months_deviation
            as tenure_months_after
    from deviations
    left join compared
        on
            deviations.brand = compared.brand
            and deviations.topic = compared.topic
)

select * from balances
