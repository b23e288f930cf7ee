-- Why: survival is made of counts; a life that is in none of them, or in two, bends the curve.
-- Threshold: none. In every way of dividing first lives, those that ended and those that go on add up to all of them; spend deciles to
-- those that began within the data and lasted 30 days; the months of hazards to the days of survival.
with lives as (
    select
        brand,
        count(*) as n_lives,
        count(case when is_churned then 1 end) as n_churned,
        count(case when observed_days >= 30 and not is_truncated then 1 end)
            as n_lives_of_30_days,
        count(
            case when observed_days >= 30 and not is_truncated and is_churned then 1 end
        ) as n_churned_after_30_days
    from {{ ref('customer_lives') }}
    where is_first_life and observed_days is not null
    group by brand
),

counted as (
    select
        brand,
        segment_type,
        sum(n_churned) as n_churned,
        sum(n_churned + n_censored) as n_lives
    from {{ ref('churn_survival') }}
    group by brand, segment_type
),

by_month as (
    select
        brand,
        segment_type,
        sum(n_churned) as n_churned,
        sum(n_churned + n_censored) as n_lives
    from {{ ref('churn_hazards') }}
    group by brand, segment_type
),

expected as (
    select
        lives.brand,
        counted.segment_type,
        counted.n_churned,
        counted.n_lives,
        by_month.n_churned as n_churned_by_month,
        by_month.n_lives as n_lives_by_month,
        case
            when counted.segment_type = 'spend_decile'
                then lives.n_churned_after_30_days
            else lives.n_churned
        end as expected_churned,
        case
            when counted.segment_type = 'spend_decile' then lives.n_lives_of_30_days
            else lives.n_lives
        end as expected_lives
    from lives
    left join counted
        on lives.brand = counted.brand
    left join by_month
        on
            counted.brand = by_month.brand
            and counted.segment_type = by_month.segment_type
)

select *
from expected
where
    n_churned is distinct from expected_churned
    or n_lives is distinct from expected_lives
    or n_churned_by_month is distinct from expected_churned
    or n_lives_by_month is distinct from expected_lives
