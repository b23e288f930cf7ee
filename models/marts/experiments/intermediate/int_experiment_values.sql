-- One row per experiment, metric and unit: the value that is averaged, by the metric's kind. Decimals, so that their sums
-- are the same in whatever order they are added; a unit counts for at most 10^11.
with outcomes as (
    select
        experiment_id,
        metric_name,
        unit_id,
        kind,
        least(numerator, 100000000000) as numerator,
        case
            when denominator is not null then least(denominator, 100000000000)
        end as denominator,
        case
            when pre_numerator is not null then least(pre_numerator, 100000000000)
        end as pre_numerator
    from {{ ref('int_experiment_outcomes') }}
),

metrics as (
    select
        metric_name,
        cap_share
    from {{ ref('experiment_metrics') }}
    where kind = 'winsorised_mean'
),

-- One cap for all variants, or it would hide the difference it is there to show; between two units it is interpolated.
ranked as (
    select
        outcomes.experiment_id,
        outcomes.metric_name,
        outcomes.numerator,
        row_number() over arms - 1 as place,
        metrics.cap_share
        * (
            count(*) over (partition by outcomes.experiment_id, outcomes.metric_name)
            - 1
        )
            as cap_place
    from outcomes
    inner join metrics
        on outcomes.metric_name = metrics.metric_name
    window arms as (
        partition by outcomes.experiment_id, outcomes.metric_name
        order by outcomes.numerator
    )
),

caps as (
    select
        experiment_id,
        metric_name,
        max(case when place = floor(cap_place) then numerator end)
        * (1 - (max(cap_place) - floor(max(cap_place))))
        + max(case when place = ceil(cap_place) then numerator end)
        * (max(cap_place) - floor(max(cap_place))) as cap
    from ranked
    group by experiment_id, metric_name
),

unit_values as (
    select
        outcomes.experiment_id,
        outcomes.metric_name,
        outcomes.unit_id,
        cast(
            case
                when outcomes.kind = 'proportion'
                    then case when outcomes.numerator > 0 then 1 else 0 end
                else least(outcomes.numerator, coalesce(caps.cap, outcomes.numerator))
            end as decimal(18, 6)
        ) as unit_value,
        cast(outcomes.denominator as decimal(18, 6)) as denominator,
        cast(
            case
                when outcomes.pre_numerator is null then null
                when outcomes.kind = 'proportion'
                    then case when outcomes.pre_numerator > 0 then 1 else 0 end
                else
                    least(
                        outcomes.pre_numerator,
                        coalesce(caps.cap, outcomes.pre_numerator)
                    )
            end as decimal(18, 6)
        ) as pre_value
    from outcomes
    left join caps
        on
            outcomes.experiment_id = caps.experiment_id
            and outcomes.metric_name = caps.metric_name
)

select * from unit_values
