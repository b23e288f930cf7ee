-- A segment counts by how exactly its effect is known, against the one known best.
with weighed as (
    select
        experiment_id,
        variant,
        metric_name,
        place_type as segment_type,
        place as segment,
        difference,
        standard_error * caution as standard_error,
        power(
            min(standard_error * caution) over (
                partition by experiment_id, variant, metric_name, place_type
            ) / (standard_error * caution),
            2
        ) as weight
    from {{ ref('int_experiment_tests') }}
    where
        problem is null
        and {{ is_segment('place_type') }}
        and place_type <> 'all'
),

means as (
    select
        experiment_id,
        variant,
        metric_name,
        segment_type,
        {{ steady_sum('weight * difference') }} / {{ steady_sum('weight') }}
            as mean_difference
    from weighed
    group by experiment_id, variant, metric_name, segment_type
    having count(*) > 1
),

tested as (
    select
        means.experiment_id,
        means.variant,
        means.metric_name,
        means.segment_type,
        min_by(weighed.segment, (weighed.difference, weighed.segment))
            as lowest_segment,
        max_by(weighed.segment, (weighed.difference, weighed.segment))
            as highest_segment,
        count(*) as segment_count,
        means.mean_difference,
        min(weighed.difference) as lowest_difference,
        max(weighed.difference) as highest_difference,
        {{ steady_sum(
            'least(1e15, power((weighed.difference - means.mean_difference)'
            ~ ' / weighed.standard_error, 2))'
        ) }} as cochran_q
    from means
    inner join weighed
        on
            means.experiment_id = weighed.experiment_id
            and means.variant = weighed.variant
            and means.metric_name = weighed.metric_name
            and means.segment_type = weighed.segment_type
    group by
        means.experiment_id,
        means.variant,
        means.metric_name,
        means.segment_type,
        means.mean_difference
),

ranked as (
    select
        *,
        chi_square_tail(cochran_q, segment_count - 1) as p_value,
        row_number() over (
            partition by experiment_id
            order by
                chi_square_tail(cochran_q, segment_count - 1),
                variant,
                metric_name,
                segment_type
        ) as p_rank,
        count(*) over (partition by experiment_id) as test_count
    from tested
),

segment_differences as (
    select
        experiment_id,
        variant,
        metric_name,
        segment_type,
        lowest_segment,
        highest_segment,
        segment_count,
        mean_difference,
        lowest_difference,
        highest_difference,
        cochran_q,
        p_value,
        {{ benjamini_hochberg('p_value', 'experiment_id') }} as p_value_adjusted
    from ranked
)

select * from segment_differences
