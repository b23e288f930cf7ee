{%- set measures = ['positive', 'brier', 'log_loss'] -%}

with outcome_periods as (
    select * from {{ ref('int_outcome_periods') }}
    where is_mature
),

losses as (
    select
        *,
        case when is_positive then 1.0 else 0.0 end as positive,
        power(score - case when is_positive then 1 else 0 end, 2) as brier,
        -ln(greatest(1e-15, case when is_positive then score else 1 - score end))
            as log_loss
    from outcome_periods
),

strata as (
    select
        model_name,
        model_version,
        grain,
        is_flagged,
        count(*) as n,
        count(mature_label) as n_labelled,
        {{ steady_sum('score') }} as score_total,
        {{ steady_sum('mature_label', 12) }} as weight,
        {%- for measure in measures %}
        {{ steady_sum('mature_label * ' ~ measure, 12) }} as {{ measure }}_total,
        {{ steady_sum('power(mature_label, 2) * ' ~ measure, 12) }}
            as {{ measure }}_products,
        {{ steady_sum('power(mature_label * ' ~ measure ~ ', 2)', 12) }}
            as {{ measure }}_squares,
        {%- endfor %}
        {{ steady_sum('power(mature_label, 2)', 12) }} as weight_squares,
        period_start
    from losses
    group by model_name, model_version, grain, period_start, is_flagged
),

-- Within what was flagged, and within the rest: a weighted mean and its variance.
means as (
    select
        model_name,
        model_version,
        grain,
        n,
        n_labelled,
        1.0 * n / sum(n) over period as share,
        score_total,
        {%- for measure in measures %}
        {{ measure }}_total / nullif(weight, 0) as {{ measure }},
        greatest(
            0,
            {{ measure }}_squares
            - 2 * {{ measure }}_total / nullif(weight, 0) * {{ measure }}_products
            + power({{ measure }}_total / nullif(weight, 0), 2) * weight_squares
        ) / nullif(power(weight, 2), 0) * n_labelled / nullif(n_labelled - 1, 0)
            as {{ measure }}_variance,
        {%- endfor %}
        period_start
    from strata
    window period as (partition by model_name, model_version, grain, period_start)
),

-- A part without labels leaves the whole without an answer.
joined as (
    select
        model_name,
        model_version,
        grain,
        {{ steady_sum('score_total') }} / sum(n) as mean_score,
        {%- for measure in measures %}
        case
            when count({{ measure }}) = count(*)
                then {{ steady_sum('share * ' ~ measure) }}
        end as {{ measure }},
        case
            when count({{ measure }}_variance) = count(*)
                then
                    {{ steady_sum('power(share, 2) * ' ~ measure ~ '_variance') }}
                    + {{ steady_sum('share * power(' ~ measure ~ ', 2)') }} / sum(n)
                    - power({{ steady_sum('share * ' ~ measure) }}, 2) / sum(n)
        end as {{ measure }}_variance,
        {%- endfor %}
        period_start
    from means
    group by model_name, model_version, grain, period_start
),

errors as (
    select
        {%- for measure in measures %}
        sqrt(greatest(0, {{ measure }}_variance)) as {{ measure }}_error,
        {%- endfor %}
        *
    from joined
)

select * from errors
