{%- set measures = [
    'selection_rate', 'precision', 'false_positive_rate', 'false_negative_rate'
] -%}

with cells as (
    select
        *,
        window_start as month_start
    from {{ ref('int_fraud_cells') }}
    where window_kind = 'month' and group_kind in ('all', 'country', 'age_band')
),

rates as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        {%- for measure in measures %}
        max(case when measure = '{{ measure }}' then estimate end) as {{ measure }},
        max(case when measure = '{{ measure }}' then low end) as {{ measure }}_low,
        max(case when measure = '{{ measure }}' then high end) as {{ measure }}_high,
        {%- endfor %}
        window_start as month_start
    from {{ ref('int_fraud_measures') }}
    where window_kind = 'month'
    group by model_name, model_version, group_kind, group_name, window_start
),

areas as (
    select * from {{ ref('int_fraud_areas') }}
),

calibration as (
    select * from {{ ref('int_fraud_calibration') }}
),

naive as (
    select * from {{ ref('int_naive_rates') }}
),

money as (
    select * from {{ ref('int_fraud_money') }}
),

joined as (
    select
        cells.model_name,
        cells.model_version,
        cells.group_kind,
        cells.group_name,
        cells.n,
        cells.n_mature,
        cells.n_labelled,
        cells.n_confirmed,
        cells.n_flagged,
        cells.n_flagged_labelled,
        cells.n_flagged_confirmed,
        cells.n_blocked,
        rates.selection_rate as flagged_share,
        rates.selection_rate_low as flagged_share_low,
        rates.selection_rate_high as flagged_share_high,
        rates.precision,
        rates.precision_low,
        rates.precision_high,
        1 - rates.false_negative_rate as recall,
        1 - rates.false_negative_rate_high as recall_low,
        1 - rates.false_negative_rate_low as recall_high,
        rates.false_positive_rate,
        rates.false_positive_rate_low,
        rates.false_positive_rate_high,
        areas.auc,
        areas.auc_low,
        areas.auc_high,
        {%- for column in [
            'calibration_error', 'calibration_error_low', 'calibration_error_high'
        ] %}
        case
            when cells.n_flagged = 0 or cells.n_stopped_weighed > 0
                then calibration.{{ column }}
        end as {{ column }},
        {%- endfor %}
        {%- for measure in ['precision', 'recall', 'false_positive_rate'] %}
        naive.{{ measure }}_if_blocked_clean,
        naive.{{ measure }}_if_blocked_fraud,
        {%- endfor %}
        areas.auc_if_blocked_clean,
        areas.auc_if_blocked_fraud,
        money.fraud_passed_amount,
        {%- for amount in ['fraud_stopped_amount', 'good_sales_refused_amount'] %}
        money.{{ amount }},
        money.{{ amount }}_low,
        money.{{ amount }}_high,
        {%- endfor %}
        cells.is_final,
        cells.month_start
    from cells
    left join rates on {{ same_group('cells', 'rates', ['month_start']) }}
    left join areas on {{ same_group('cells', 'areas', ['month_start']) }}
    left join calibration on {{ same_group('cells', 'calibration', ['month_start']) }}
    left join naive on {{ same_group('cells', 'naive', ['month_start']) }}
    left join money on {{ same_group('cells', 'money', ['month_start']) }}
)

select * from joined
