with outcome_periods as (
    select * from {{ ref('int_outcome_periods') }}
),

looks as (
    select distinct
        model_name,
        model_version,
        maturity_days,
        early_date
    from outcome_periods
),

positives as (
    select
        model_name,
        model_version,
        scored_date,
        {{ dbt.datediff('scored_date', 'known_date', 'day') }} as age_days
    from outcome_periods
    where grain = 'month' and is_mature and is_positive
),

-- Only what was mature by then was known of delays.
known as (
    select
        looks.model_name,
        looks.model_version,
        looks.early_date,
        positives.age_days,
        count(*) as positive_count
    from looks
    inner join positives
        on
            looks.model_name = positives.model_name
            and looks.model_version = positives.model_version
            and looks.early_date
            >= {{ dbt.dateadd('day', 'looks.maturity_days', 'positives.scored_date') }}
    group by
        looks.model_name, looks.model_version, looks.early_date, positives.age_days
),

shares as (
    select
        model_name,
        model_version,
        early_date,
        age_days,
        cast(sum(positive_count) over look as bigint) as known_positives,
        cast(sum(positive_count) over up_to as bigint) as known_by_age,
        1.0 * sum(positive_count) over up_to / sum(positive_count) over look
            as known_share
    from known
    window
        look as (partition by model_name, model_version, early_date),
        up_to as (
            partition by model_name, model_version, early_date
            order by age_days
        )
)

select * from shares
