with amounts as (
    select
        goal_id,
        forecast_on
    from {{ ref('int_goal_looks') }}
    where projection = 'level' and unit in ('count', 'money')
),

rehearsals as (
    select
        *,
        max(case when months_back = 0 then base_rate end)
            over (partition by goal_id, forecast_on, base_months) as base_now
    from {{ ref('int_goal_rehearsals') }}
),

-- What a young company has grows by about as much each month, and so by ever smaller shares of itself.
ways as (
    select
        *,
        false as is_additive,
        next_rate / nullif(base_rate, 0) as ratio
    from rehearsals
    union all
    select
        rehearsals.*,
        true as is_additive,
        1 + (rehearsals.next_rate - rehearsals.base_rate)
        / nullif(rehearsals.base_now, 0) as ratio
    from rehearsals
    inner join amounts using (goal_id, forecast_on)
    where rehearsals.base_months = 1
),

-- No rate grows a millionfold: its square can be added as a decimal.
grown as (
    select
        goal_id,
        forecast_on,
        months_ahead,
        months_back,
        base_months,
        is_additive,
        base_rate,
        case
            when base_rate > 0 and ratio is not null
                then greatest(-1e6, least(1e6, ratio))
        end as growth
    from ways
)

select * from grown
