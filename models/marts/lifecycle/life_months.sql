with lives as (
    select
        customer_id,
        brand,
        life_number,
        started_date,
        entered_date,
        last_seen_date,
        churned_date
    from {{ ref('customer_lives') }}
),

months as (
    select distinct month_start as month
    from {{ ref('dates') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

contacts as (
    select
        customer_id,
        brand,
        month,
        count(*) as contact_count,
        count(case when is_troubleshooting then 1 end) as troubleshooting_contact_count
    from {{ ref('int_support_contacts') }}
    where not is_after_decision
    group by customer_id, brand, month
),

lived as (
    select
        lives.*,
        months.month,
        {{ dbt.dateadd(
            'day', var('churn_gap_days'), dbt.last_day('months.month', 'month')
        ) }} < as_of.as_of_date as is_mature,
        cast({{ dbt.last_day('months.month', 'month') }} as date) as last_day
    from lives
    cross join as_of
    inner join months
        on
            lives.entered_date < months.month
            and lives.last_seen_date >= months.month
            and as_of.as_of_date >= months.month
),

with_contacts as (
    select
        lived.customer_id,
        lived.brand,
        lived.life_number,
        coalesce(contacts.contact_count, 0) as contact_count,
        coalesce(contacts.troubleshooting_contact_count, 0)
            as troubleshooting_contact_count,
        lived.is_mature,
        coalesce(lived.churned_date <= lived.last_day, false) as is_churned,
        lived.started_date,
        lived.entered_date,
        lived.last_seen_date,
        lived.month
    from lived
    left join contacts
        on
            lived.customer_id = contacts.customer_id
            and lived.brand = contacts.brand
            and lived.month = contacts.month
)

select * from with_contacts
