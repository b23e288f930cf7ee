{%- set keys = [
    'model_name', 'model_version', 'group_kind', 'group_name', 'threshold', 'is_current'
] -%}
{%- set margin = var('sales_margin') -%}
{%- set review = var('fraud_review_cost') -%}

with amounts as (
    select
        *,
        case when amount = 0 then 0 else amount * fraud_amount_share end
            as fraud_amount,
        is_above <> is_flagged as is_changed
    from {{ ref('int_threshold_strata') }}
),

-- What changes against the threshold in use is one stratum: what lies between the two.
costs as (
    select
        {{ keys | join(', ') }},
        bool_and(fraud_amount is not null) as is_known,
        {{ steady_sum('case when not is_above then fraud_amount else 0 end', 6) }}
            as fraud_passed_amount,
        {{ steady_sum('case when is_above then amount - fraud_amount else 0 end', 6) }}
            as good_sales_refused_amount,
        cast(sum(n) as bigint) as n_mature,
        cast(coalesce(sum(case when is_above then n end), 0) as bigint) as n_flagged,
        coalesce(max(case when is_changed then n end), 0) as n_changed,
        coalesce(max(case when is_changed then amount end), 0) as changed_amount,
        max(case when is_changed then fraud_amount_low end) as changed_low,
        max(case when is_changed then fraud_amount_high end) as changed_high,
        coalesce(bool_or(is_changed and is_above), false) as is_stricter
    from amounts
    group by {{ keys | join(', ') }}
),

priced as (
    select
        *,
        {%- for side in ['low', 'high'] %}
        case when is_stricter then 1 else -1 end * (
            changed_amount * ((1 + {{ margin }}) * changed_{{ side }} - {{ margin }})
            - {{ review }} * n_changed
        ) as saving_at_{{ side }},
        {%- endfor %}
        case when is_known then fraud_passed_amount end
        + {{ margin }} * good_sales_refused_amount + {{ review }} * n_flagged as cost
    from costs
),

compared as (
    select
        *,
        max(case when is_current then cost end) over (
            partition by model_name, model_version, group_kind, group_name
        ) - cost as saving
    from priced
),

bounded as (
    select
        {{ keys | join(', ') }},
        n_mature,
        n_flagged,
        case when is_known then fraud_passed_amount end as fraud_passed_amount,
        case when is_known then good_sales_refused_amount end
            as good_sales_refused_amount,
        cost,
        saving,
        case
            when n_changed = 0 then saving
            when saving_at_low + saving + saving_at_high is not null
                then least(saving, saving_at_low, saving_at_high)
        end as saving_low,
        case
            when n_changed = 0 then saving
            when saving_at_low + saving + saving_at_high is not null
                then greatest(saving, saving_at_low, saving_at_high)
        end as saving_high
    from compared
)

select * from bounded
