with rates as (
    select * from {{ ref('int_threshold_rates') }}
    where group_kind = 'all'
),

costs as (
    select * from {{ ref('int_threshold_costs') }}
    where group_kind = 'all'
),

cells as (
    select
        model_name,
        model_version,
        window_start,
        window_end
    from {{ ref('int_fraud_cells') }}
    where window_kind = 'all' and group_kind = 'all'
),

-- A saving that chance could explain is none: then the threshold in use stays the best.
ranked as (
    select
        *,
        row_number() over (
            partition by model_name, model_version
            order by
                case when saving_low > 0 then saving end desc nulls last,
                is_current desc,
                threshold asc
        ) as place
    from costs
),

thresholds as (
    select
        ranked.model_name,
        ranked.model_version,
        ranked.threshold,
        ranked.n_mature,
        ranked.n_flagged,
        1.0 * ranked.n_flagged / ranked.n_mature as flagged_share,
        rates.precision,
        rates.precision_low,
        rates.precision_high,
        rates.recall,
        rates.recall_low,
        rates.recall_high,
        rates.false_positive_rate,
        rates.false_positive_rate_low,
        rates.false_positive_rate_high,
        ranked.fraud_passed_amount,
        ranked.good_sales_refused_amount,
        ranked.cost,
        ranked.saving,
        ranked.saving_low,
        ranked.saving_high,
        ranked.is_current,
        ranked.place = 1 as is_best,
        cells.window_start,
        cells.window_end
    from ranked
    inner join cells
        on
            ranked.model_name = cells.model_name
            and ranked.model_version = cells.model_version
    left join rates
        on
            ranked.model_name = rates.model_name
            and ranked.model_version = rates.model_version
            and ranked.threshold = rates.threshold
)

select * from thresholds
