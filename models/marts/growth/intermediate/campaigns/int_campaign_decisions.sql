with windows as (
    select
        *,
        case when is_delivered and spend > 0 then revenue / spend end as roas,
        case
            when not is_delivered or spend <= 0 then null
            when revenue > 0
                then
                    squares / (2 * revenue) / spend
                    * chi_square_quantile(0.025, 2 * revenue * revenue / squares)
            else 0
        end as roas_low,
        case
            when is_delivered and spend > 0 and revenue + largest > 0
                then
                    (squares + largest * largest) / (2 * (revenue + largest)) / spend
                    * chi_square_quantile(
                        0.975,
                        2 * power(revenue + largest, 2) / (squares + largest * largest)
                    )
        end as roas_high
    from {{ ref('int_campaign_windows') }}
),

-- Errors of the factor and of what was sold, together.
calibrated as (
    select
        calibrations.*,
        touched.roas * calibrations.factor as calibrated_roas,
        touched.roas * calibrations.factor - sqrt(
            power(touched.roas * (calibrations.factor - calibrations.factor_low), 2)
            + power(calibrations.factor * (touched.roas - touched.roas_low), 2)
        ) as calibrated_roas_low,
        touched.roas * calibrations.factor + sqrt(
            power(touched.roas * (calibrations.factor_high - calibrations.factor), 2)
            + power(calibrations.factor * (touched.roas_high - touched.roas), 2)
        ) as calibrated_roas_high
    from {{ ref('int_campaign_calibrations') }} as calibrations
    inner join windows as touched
        on
            touched.attribution_model = 'touched'
            and calibrations.campaign_id = touched.campaign_id
            and calibrations.brand = touched.brand
            and calibrations.month = touched.month
),

decided as (
    select
        calibrated.campaign_id,
        calibrated.brand,
        calibrated.month,
        {{ decision_between(
            'calibrated.calibrated_roas_low', 'calibrated.calibrated_roas_high',
            'levels.decision', 'levels.min_roas'
        ) }} as decision
    from calibrated
    cross join {{ ref('campaign_decisions') }} as levels
    where calibrated.is_known_by_then
    group by calibrated.campaign_id, calibrated.brand, calibrated.month
),

decisions as (
    select
        windows.campaign_id,
        windows.brand,
        windows.month,
        windows.attribution_model,
        windows.conversions,
        windows.spend,
        windows.roas,
        windows.roas_low,
        windows.roas_high,
        calibrated.measured_by,
        calibrated.scope,
        calibrated.factor,
        calibrated.factor_low,
        calibrated.factor_high,
        calibrated.holdout_factor,
        calibrated.holdout_factor_low,
        calibrated.holdout_factor_high,
        calibrated.calibrated_roas,
        calibrated.calibrated_roas_low,
        calibrated.calibrated_roas_high,
        coalesce(calibrated.is_known_by_then, false) as is_known_by_then,
        coalesce(decided.decision, 'test_first') as decision,
        case when decided.decision is null then 'none' else calibrated.measured_by end
            as decided_by
    from windows
    left join calibrated
        on
            windows.campaign_id = calibrated.campaign_id
            and windows.brand = calibrated.brand
            and windows.month = calibrated.month
    left join decided
        on
            windows.campaign_id = decided.campaign_id
            and windows.brand = decided.brand
            and windows.month = decided.month
    where windows.attribution_model <> 'touched'
)

select * from decisions
