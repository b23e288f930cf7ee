with lives as (
    select
        customer_id,
        brand,
        life_number,
        revenue,
        started_date,
        entered_date,
        churned_date
    from {{ ref('customer_lives') }}
    where is_churned
),

customers as (
    select
        customer_id,
        birth_date
    from {{ ref('stg_app__customers') }}
),

age_bands as (
    select
        age_band,
        from_age,
        to_age
    from {{ ref('age_bands') }}
),

as_of as (
    select as_of_date from {{ as_of() }}
),

answers as (
    select
        invitations.invitation_id,
        invitations.customer_id,
        coalesce(responses.reason_code, 'none given') as reason,
        invitations.sent_at,
        {{ reporting_date('invitations.sent_at') }} as sent_date
    from {{ ref('stg_surveys__invitations') }} as invitations
    inner join {{ ref('stg_surveys__responses') }} as responses
        on invitations.invitation_id = responses.invitation_id
    inner join as_of
        on {{ reporting_date('invitations.sent_at') }} <= as_of.as_of_date
    where invitations.survey = 'exit'
),

-- An answer belongs to the life that ended nearest to when it was asked for: before, or
-- soon after for those who had paid until then. Who left two brands on one day answered for both.
answered as (
    select
        lives.customer_id,
        lives.brand,
        lives.life_number,
        answers.reason,
        rank() over (
            partition by answers.invitation_id
            order by
                abs(
                    {{ dbt.datediff(
                        'lives.churned_date', 'answers.sent_date', 'day'
                    ) }}
                ),
                lives.churned_date desc
        ) as life_rank,
        row_number() over (
            partition by lives.customer_id, lives.brand, lives.life_number
            order by answers.sent_at, answers.reason = 'none given', answers.reason
        ) as answer_rank
    from lives
    inner join answers
        on
            lives.customer_id = answers.customer_id
            and lives.started_date <= answers.sent_date
            and lives.churned_date
            <= {{ dbt.dateadd('day', var('churn_gap_days'), 'answers.sent_date') }}
),

described as (
    select
        lives.*,
        answered.reason,
        -- What a month of the life, as far as it is known, brought, in the reporting currency.
        cast(lives.revenue as double)
        / greatest(
            {{ dbt.datediff('lives.entered_date', 'lives.churned_date', 'day') }}
            / 30.0,
            1
        ) as monthly_revenue,
        coalesce(age_bands.age_band, 'unknown') as age_band
    from lives
    left join customers
        on lives.customer_id = customers.customer_id
    left join age_bands
        on
            {{ full_years('customers.birth_date', 'lives.churned_date') }}
            between age_bands.from_age and age_bands.to_age
    left join answered
        on
            lives.customer_id = answered.customer_id
            and lives.brand = answered.brand
            and lives.life_number = answered.life_number
            and answered.life_rank = 1
            and answered.answer_rank = 1
),

ranked as (
    select
        *,
        {{ month_of('started_date') }} as cohort_month,
        reason is not null as has_answered,
        ntile(10) over (
            partition by brand
            order by monthly_revenue desc, customer_id asc, life_number asc
        ) as spend_decile
    from described
)

select * from ranked
