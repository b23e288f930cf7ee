{%- set keys = 'model_name, model_version, side' -%}

with outcomes as (
    select * from {{ ref('int_model_outcomes') }}
    where is_mature and has_labels
),

splits as (
    select
        model_name,
        model_version,
        split_date
    from {{ ref('int_alert_splits') }}
    where split_date is not null
),

sided as (
    select
        outcomes.model_name,
        outcomes.model_version,
        case
            when outcomes.scored_date < splits.split_date then 'before'
            else 'after'
        end as side,
        outcomes.score,
        outcomes.is_flagged,
        outcomes.is_positive,
        case when outcomes.is_positive is not null then outcomes.weight end as label,
        cast(outcomes.amount as double) as amount,
        outcomes.scored_date
    from outcomes
    inner join splits
        on
            outcomes.model_name = splits.model_name
            and outcomes.model_version = splits.model_version
),

areas as (
    select * from {{ selective_auc('sided', keys) }}
),

-- Squares are of millions, for they are added up as decimals.
totals as (
    select
        {{ keys }},
        count(case when label is not null and is_positive then 1 end) as positive_count,
        count(case when label is not null and not is_positive then 1 end)
            as negative_count,
        count(case when is_flagged then 1 end) as flagged_count,
        count(case when is_flagged then label end) as flagged_labelled,
        count(case when not is_flagged then 1 end) / nullif(cast({{ steady_sum(
            'case when not is_flagged then label end', 12
        ) }} as double), 0) as passed_for_a_label,
        {{ steady_sum('amount', 6) }} as amount,
        {{ steady_sum('case when is_flagged then amount end', 6) }} as flagged_amount,
        {{ steady_sum(
            'case when is_positive and not is_flagged then label * amount end', 6
        ) }} as passed_amount,
        sqrt({{ steady_sum(
            'case when is_positive and not is_flagged
                then power(label * amount / 1000000, 2) end', 12
        ) }}) * 1000000 as passed_amount_error,
        min(scored_date) as first_date,
        max(scored_date) as last_date
    from sided
    group by {{ keys }}
),

-- A fraud that passed costs its amount, a good payment that was flagged its margin.
priced as (
    select
        totals.*,
        areas.auc,
        areas.auc_low,
        areas.auc_high,
        {%- for purity in ['purity', 'purity_high', 'purity_low'] %}
        {{ var('sales_margin') }} * coalesce(totals.flagged_amount, 0)
        * (1 - areas.{{ purity }}) / nullif(totals.amount, 0)
            as refused_at_{{ purity }},
        {%- endfor %}
        coalesce(totals.passed_amount, 0) * totals.passed_for_a_label
        / nullif(totals.amount, 0) as passed_share,
        coalesce(totals.passed_amount_error, 0) * totals.passed_for_a_label
        / nullif(totals.amount, 0) as passed_error
    from totals
    left join areas
        on
            totals.model_name = areas.model_name
            and totals.model_version = areas.model_version
            and totals.side = areas.side
),

sides as (
    select
        *,
        passed_share + refused_at_purity as cost_share,
        passed_share + refused_at_purity - sqrt(
            power({{ z_95() }} * passed_error, 2)
            + power(refused_at_purity - refused_at_purity_high, 2)
        ) as cost_share_low,
        passed_share + refused_at_purity + sqrt(
            power({{ z_95() }} * passed_error, 2)
            + power(refused_at_purity_low - refused_at_purity, 2)
        ) as cost_share_high,
        least(positive_count, negative_count) >= {{ var('least_frauds_for_area') }}
        and (
            flagged_labelled = flagged_count
            or flagged_labelled >= {{ var('least_stopped_for_area') }}
        ) as is_sufficient
    from priced
)

select * from sides
