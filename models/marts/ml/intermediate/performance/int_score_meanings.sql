with outcomes as (
    select * from {{ ref('int_outcome_periods') }}
    where grain = 'month'
),

-- The labels of a version's first days, and of as many more as it takes.
labels as (
    select
        model_name,
        model_version,
        score,
        is_positive,
        mature_weight,
        maturity_days,
        scored_date,
        min(scored_date) over (partition by model_name, model_version) as first_date,
        count(case when is_positive then 1 end) over (
            partition by model_name, model_version
            order by scored_date
        ) as positives_so_far
    from outcomes
    where mature_weight is not null
),

lengths as (
    select
        model_name,
        model_version,
        greatest(
            min(case
                when positives_so_far >= {{ var('least_frauds_for_area') }}
                    then scored_date
            end),
            max({{ dbt.dateadd(
                'day', var('calibration_days') ~ ' - 1', 'first_date'
            ) }})
        ) as last_date
    from labels
    group by model_name, model_version
    having max(positives_so_far) >= {{ var('least_frauds_for_area') }}
),

baseline as (
    select
        labels.*,
        {{ dbt.dateadd('day', 'labels.maturity_days + 1', 'lengths.last_date') }}
            as known_from,
        ntile(10) over (
            partition by labels.model_name, labels.model_version, labels.is_positive
            order by labels.score
        ) as tenth
    from labels
    inner join lengths
        on
            labels.model_name = lengths.model_name
            and labels.model_version = lengths.model_version
            and labels.scored_date <= lengths.last_date
),

-- Between two bounds lies a tenth of the positives: where they are many, bins are narrow.
bounds as (
    select
        model_name,
        model_version,
        max(score) as score_to,
        min(known_from) as known_from
    from baseline
    where is_positive and tenth < 10
    group by model_name, model_version, tenth
    union
    select
        model_name,
        model_version,
        1.0 as score_to,
        min(known_from) as known_from
    from baseline
    group by model_name, model_version
),

bins as (
    select
        model_name,
        model_version,
        score_to,
        known_from,
        coalesce(lag(score_to) over (
            partition by model_name, model_version order by score_to
        ), -1) as score_above
    from bounds
),

meanings as (
    select
        bins.model_name,
        bins.model_version,
        bins.score_to,
        bins.known_from,
        {{ steady_sum(
            'case when baseline.is_positive then baseline.mature_weight end', 12
        ) }} / {{ steady_sum('baseline.mature_weight', 12) }} as chance
    from bins
    inner join baseline
        on
            bins.model_name = baseline.model_name
            and bins.model_version = baseline.model_version
            and bins.score_to >= baseline.score
            and bins.score_above < baseline.score
    group by bins.model_name, bins.model_version, bins.score_to, bins.known_from
)

select * from meanings
