-- The lowest threshold at which a group's honest people are stopped no more often than those of
-- the reference group are with the threshold in use.
with audited as (
    select
        model_name,
        model_version,
        group_kind,
        group_name,
        reference_value
    from {{ ref('int_fairness_ratios') }}
    where
        window_kind = 'all'
        and measure = 'false_positive_rate'
        and not is_reference
        and n_evidence >= {{ var('least_stopped_for_what_if') }}
),

rates as (
    select * from {{ ref('int_threshold_rates') }}
    where group_kind <> 'all'
),

equalising as (
    select
        audited.model_name,
        audited.model_version,
        audited.group_kind,
        audited.group_name,
        min(rates.threshold) as threshold
    from audited
    inner join rates
        on
            {{ same_group('audited', 'rates') }}
            and audited.reference_value >= rates.false_positive_rate
    group by
        audited.model_name, audited.model_version, audited.group_kind,
        audited.group_name
),

what_ifs as (
    select
        equalising.model_name,
        equalising.model_version,
        equalising.group_kind,
        equalising.group_name,
        equalising.threshold,
        rates.false_positive_rate,
        -costs.saving as cost,
        -costs.saving_high as cost_low,
        -costs.saving_low as cost_high
    from equalising
    inner join rates
        on
            {{ same_group('equalising', 'rates') }}
            and equalising.threshold = rates.threshold
    left join {{ ref('int_threshold_costs') }} as costs
        on
            {{ same_group('equalising', 'costs') }}
            and equalising.threshold = costs.threshold
)

select * from what_ifs
