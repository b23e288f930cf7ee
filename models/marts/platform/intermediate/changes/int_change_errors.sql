{% set dimension_of = (
    'partition by metric_name, grain, brand, comparison, period_start, dimension'
) %}
{% set shown = [
    'metric_name', 'grain', 'brand', 'comparison', 'period_start', 'dimension',
    'segment_brand', 'segment', 'segment_before', 'segment_after', 'weight_before',
    'weight_after', 'part', 'rate_effect', 'mix_effect', 'unmatched_effect', 'change',
    'is_ratio', 'is_overlap',
] %}
with parts as (
    select
        *,
        composed_after - composed_before as change,
        {% for side in ('numerator', 'denominator') %}
        {{ side }}_count_before + {{ side }}_count_after as {{ side }}_counts,
        {% endfor %}
        greatest(abs(composed_before), abs(composed_after)) as larger_total
    from {{ ref('int_change_parts') }}
),

definitions as (
    select
        metric_name as defined_metric,
        cast(is_share_of_counts as integer) as is_share
    from {{ ref('metric_definitions') }}
),

-- As shares of the whole, for the squares of large money are too large to add up.
scaled as (
    select
        parts.*,
        definitions.is_share,
        nullif(case
            when parts.is_ratio then parts.larger_total
            else cast(sum(cast(
                abs(parts.amount_before) + abs(parts.amount_after) as decimal(38, 9)
            )) over same as double)
        end, 0) as scale,
        case
            when parts.is_ratio
                then greatest((parts.weight_before + parts.weight_after) / 2, 0)
            else coalesce(abs(parts.amount_before) / nullif(cast(sum(cast(
                abs(parts.amount_before) as decimal(38, 9)
            )) over same as double), 0), 0)
        end as share,
        case
            when parts.composed_before > 0 and parts.composed_after > 0
                then parts.composed_after / parts.composed_before
            else 1
        end as growth
    from parts
    inner join definitions on parts.metric_name = definitions.defined_metric
    window same as ({{ dimension_of }})
),

-- What counting alone moves a part by, and what a segment usually moves by beside.
varied as (
    select
        *,
        case
            when is_overlap then null
            when not is_ratio and numerator_counts > 0
                then
                    growth * numerator_dispersion / numerator_counts
                    * power((abs(amount_before) + abs(amount_after)) / scale, 2)
                    + power({{ var('change_usual_spread') }} / 2 * (
                        growth * abs(amount_before) + abs(amount_after)
                    ) / scale, 2)
            when is_ratio and denominator_counts > 0
                then
                    {% for time in ('before', 'after') %}
                    greatest(
                        coalesce(
                            numerator_dispersion * power(amount_{{ time }} / scale, 2)
                            / nullif(numerator_count_{{ time }}, 0),
                            0
                        )
                        + coalesce(
                            denominator_dispersion
                            * power(middle * weight_{{ time }} / scale, 2)
                            / nullif(denominator_count_{{ time }}, 0),
                            0
                        )
                        - 2 * is_share * middle * amount_{{ time }}
                        / divisor_{{ time }} / power(scale, 2),
                        0
                    )
                    + {% endfor %}
                    power({{ var('change_usual_spread') }} / 2 * (
                        abs(amount_before) + abs(amount_after)
                    ) / scale, 2)
        end as variance
    from scaled
),

summed as (
    select
        *,
        cast(sum(cast(least(variance, 1e9) as decimal(38, 18))) over same as double)
            as all_variance
    from varied
    window same as ({{ dimension_of }})
),

-- A part is unusual by what it has beyond its share of the change.
measured as (
    select
        {{ shown | join(', ') }},
        case when is_ratio then denominator_counts else numerator_counts end
            as counted,
        (part - share * change) / scale / nullif(sqrt(greatest(
            power(1 - share, 2) * variance
            + power(share, 2) * (all_variance - variance),
            0
        )), 0) as standard_errors
    from summed
)

select * from measured
