{%- set maturity = var('fraud_maturity_days') -%}
{%- set learning = var('challenger_learning_days') -%}
{%- set judging = var('challenger_judging_days') -%}

with payments as (
    select
        model_name,
        attempted_at
    from {{ ref('int_training_payments') }}
),

months as (
    select distinct month_start as cutoff_date
    from {{ ref('dates') }}
),

as_of as (
    select
        {{ dbt.dateadd('day', '-' ~ maturity, first_moment_after('as_of_date')) }}
            as mature_until_at
    from {{ as_of() }}
),

first_payments as (
    select
        model_name,
        min(attempted_at) as first_at
    from payments
    group by model_name
),

-- What was known of a payment at a cut-off is final when it is as old as a label takes.
cutoffs as (
    select
        first_payments.model_name,
        months.cutoff_date,
        {{ first_moment_of('months.cutoff_date') }} as cutoff_at,
        {{ dbt.dateadd(
            'day', '-' ~ maturity ~ ' - ' ~ learning,
            first_moment_of('months.cutoff_date')
        ) }} as learn_from_at,
        {{ dbt.dateadd(
            'day', '-' ~ maturity, first_moment_of('months.cutoff_date')
        ) }} as learn_to_at,
        {{ dbt.dateadd('day', judging, first_moment_of('months.cutoff_date')) }}
            as judge_to_at,
        as_of.mature_until_at
    from first_payments
    cross join months
    cross join as_of
),

possible as (
    select
        cutoffs.*,
        cutoffs.judge_to_at <= cutoffs.mature_until_at as is_final,
        row_number() over (
            partition by cutoffs.model_name order by cutoffs.cutoff_date desc
        ) as recency
    from cutoffs
    inner join first_payments
        on cutoffs.model_name = first_payments.model_name
    where
        cutoffs.learn_to_at > first_payments.first_at
        and cutoffs.cutoff_at < cutoffs.mature_until_at
)

select * from possible
where recency <= {{ var('challenger_cutoffs') }}
