with months as (
    select
        campaign_id,
        brand,
        channel,
        month
    from {{ ref('int_campaign_months') }}
),

measurements as (
    select
        campaign_id,
        brand,
        channel,
        measured_by,
        calibration_factor as factor,
        calibration_factor_low as factor_low,
        calibration_factor_high as factor_high,
        ended_date,
        measurement_id,
        {{ month_of('started_date') }} as first_month,
        {{ month_of('ended_date') }} as last_month
    from {{ ref('campaign_measurements') }}
    where is_counted
),

-- The campaign's own newest counts, else its channel's, with wider bounds; the older, the wider.
candidates as (
    select
        months.campaign_id,
        months.brand,
        months.month,
        measurements.measured_by,
        measurements.factor,
        measurements.factor_low,
        measurements.factor_high,
        case
            when months.campaign_id = measurements.campaign_id then 'campaign'
            else 'channel'
        end as scope,
        power(
            2,
            greatest(
                0,
                {{ dbt.datediff('measurements.last_month', 'months.month', 'month') }}
            )
            / cast({{ var('calibration_half_life_months') }} as double)
        )
        * case
            when months.campaign_id = measurements.campaign_id then 1
            else {{ var('channel_calibration_widening') }}
        end as widening,
        months.month >= measurements.last_month as is_known_by_then,
        row_number() over (
            partition by months.campaign_id, months.brand, months.month
            order by
                months.campaign_id = measurements.campaign_id desc,
                measurements.ended_date desc,
                measurements.measurement_id asc
        ) as preference
    from months
    inner join measurements
        on
            months.brand = measurements.brand
            and months.channel = measurements.channel
            and months.month >= measurements.first_month
),

widened as (
    select
        campaign_id,
        brand,
        month,
        measured_by,
        scope,
        is_known_by_then,
        factor,
        factor - widening * (factor - factor_low) as factor_low,
        factor + widening * (factor_high - factor) as factor_high
    from candidates
    where preference = 1
),

-- What a holdout measured is said of its own campaign only.
calibrations as (
    select
        *,
        case when measured_by = 'holdout' and scope = 'campaign' then factor end
            as holdout_factor,
        case when measured_by = 'holdout' and scope = 'campaign' then factor_low end
            as holdout_factor_low,
        case when measured_by = 'holdout' and scope = 'campaign' then factor_high end
            as holdout_factor_high
    from widened
)

select * from calibrations
