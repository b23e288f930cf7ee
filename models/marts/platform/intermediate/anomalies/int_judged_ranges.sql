with run as (
    select as_of_date from {{ as_of() }}
),

scores as (
    select
        scores.*,
        scores.is_known and scores.is_judgeable as is_judged,
        2 * normal_cdf(-abs(scores.z)) as chance
    from {{ ref('int_measure_scores') }} as scores
    inner join run
        on scores.measured_date > {{ dbt.dateadd(
            'day', '-' ~ var('judged_days'), 'run.as_of_date'
        ) }}
),

-- The bound of a day grows with how many measures it judges, and has a least value.
ranked as (
    select
        *,
        sum(case when is_judged then 1 else 0 end) over (partition by measured_date)
            as judged_count,
        rank() over (partition by measured_date, is_judged order by chance) as place
    from scores
),

-- Benjamini-Hochberg: all up to the last that is below its part of the rate.
bounded as (
    select
        *,
        least(
            1 - normal_cdf({{ var('anomaly_least_z') }}),
            {{ var('anomaly_false_days') }} / 2 / greatest(1, judged_count)
        ) as tail_chance,
        max(
            case
                when chance <= {{ var('look_false_share') }} * place / judged_count
                    then place
            end
        ) over (partition by measured_date, is_judged) as last_look
    from ranked
),

tiers as (
    select
        *,
        case
            when
                is_known
                and (rule is not null or (is_judged and chance < 2 * tail_chance))
                then 'alert'
            when not is_judged then 'too_early'
            when place <= last_look then 'look'
            else 'none'
        end as tier,
        coalesce(n, 1) as units
    from bounded
),

-- The last values on either side that are no alert.
bounds as (
    select
        *,
        case method
            when 'count' then count_quantile(tail_chance, expected_low, variance_low)
            when 'share'
                then share_quantile(tail_chance, n, expected_low, variance_low) / units
            else expected_low + t_quantile(tail_chance, degrees) * sqrt(variance_low)
        end as low,
        case method
            when 'count'
                then count_quantile(1 - tail_chance, expected_high, variance_high)
            when 'share'
                then
                    1
                    - share_quantile(tail_chance, n, 1 - expected_high, variance_high)
                    / units
            else expected_high - t_quantile(tail_chance, degrees) * sqrt(variance_high)
        end as high
    from tiers
),

ranges as (
    select
        node_id,
        measure,
        kind,
        tier,
        rule,
        (expected_low + expected_high) / 2 as expected,
        low,
        high,
        z,
        case
            when method = 'count' and low >= 1 then 1 - (low - 1) / expected_low
            when method = 'share'
                then least(
                    case when high < 1 then high + 1 / units - expected_high end,
                    case when low > 0 then expected_low - low + 1 / units end
                )
            when method = 'mean' then 1 - exp(low - expected_low)
        end as smallest_detectable,
        cast(judged_count as bigint) as judged_count,
        earlier_days,
        measured_date
    from bounds
)

select * from ranges
