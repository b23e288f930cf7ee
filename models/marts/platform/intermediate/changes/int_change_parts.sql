{% set kept = [
    'metric_name', 'grain', 'brand', 'comparison', 'period_start', 'dimension',
    'segment_brand', 'segment', 'numerator_count_before', 'numerator_count_after',
    'denominator_count_before', 'denominator_count_after',
    'composed_before', 'composed_after', 'middle', 'divisor_before', 'divisor_after',
    'amount_before', 'amount_after', 'weight_before', 'weight_after', 'is_ratio',
    'is_overlap',
] %}
with totals as (
    select
        metric_name,
        grain,
        brand,
        comparison,
        is_ratio,
        composed_before,
        composed_after,
        (composed_before + composed_after) / 2 as middle,
        case when is_ratio then denominator_before else 1 end as divisor_before,
        case when is_ratio then denominator_after else 1 end as divisor_after,
        period_start
    from {{ ref('int_change_totals') }}
    where reason is null
),

segments as (
    select * from {{ ref('int_change_segments') }}
    where dimension <> 'total'
),

-- A sum is divided by 1, and its segments have no weight.
weighed as (
    select
        segments.*,
        totals.is_ratio,
        totals.composed_before,
        totals.composed_after,
        totals.middle,
        totals.divisor_before,
        totals.divisor_after,
        segments.numerator_before / totals.divisor_before as amount_before,
        segments.numerator_after / totals.divisor_after as amount_after,
        segments.denominator_before / totals.divisor_before as weight_before,
        segments.denominator_after / totals.divisor_after as weight_after,
        totals.is_ratio
        and not segments.is_overlap
        and segments.denominator_before >= 0
        and segments.denominator_after >= 0
        and segments.denominator_before + segments.denominator_after > 0 as has_rates
    from segments
    inner join totals
        on
            segments.metric_name = totals.metric_name
            and segments.grain = totals.grain
            and segments.brand = totals.brand
            and segments.comparison = totals.comparison
            and segments.period_start = totals.period_start
),

rated as (
    select
        *,
        case when has_rates then numerator_before / nullif(denominator_before, 0) end
            as known_rate_before,
        case when has_rates then numerator_after / nullif(denominator_after, 0) end
            as known_rate_after
    from weighed
),

-- A segment that was not there before, or is not after, has the rate of the other period: all of it is mix.
effects as (
    select
        *,
        coalesce((weight_before + weight_after) / 2 * (
            coalesce(known_rate_after, known_rate_before)
            - coalesce(known_rate_before, known_rate_after)
        ), 0) as rate_part,
        coalesce((
            (
                coalesce(known_rate_before, known_rate_after)
                + coalesce(known_rate_after, known_rate_before)
            ) / 2
            - middle
        ) * (weight_after - weight_before), 0) as mix_part,
        case
            when has_rates
                then
                    case when weight_after = 0 then amount_after else 0 end
                    - case when weight_before = 0 then amount_before else 0 end
            else
                amount_after - amount_before - middle * (weight_after - weight_before)
        end as rest_part
    from rated
),

parts as (
    select
        {{ kept | join(', ') }},
        {% for side in ('numerator', 'denominator') %}
        case
            when
                {{ side }}_before = {{ side }}_count_before
                and {{ side }}_after = {{ side }}_count_after
                then 1
            else {{ var('change_amount_dispersion') }}
        end as {{ side }}_dispersion,
        {% endfor %}
        case when is_ratio then known_rate_before else numerator_before end
            as segment_before,
        case when is_ratio then known_rate_after else numerator_after end
            as segment_after,
        rate_part + mix_part + rest_part as part,
        case when is_ratio then rate_part end as rate_effect,
        case when is_ratio then mix_part end as mix_effect,
        case when is_ratio then rest_part end as unmatched_effect
    from effects
)

select * from parts
