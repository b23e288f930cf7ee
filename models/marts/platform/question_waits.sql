with questions as (
    select
        team,
        is_total,
        grain,
        status,
        wait_hours,
        was_on_a_board,
        period_start
    from {{ ref('int_question_periods') }}
),

counted as (
    select
        team,
        is_total,
        grain,
        period_start,
        count(*) as asked,
        count(case when status = 'answered' then 1 end) as answered,
        count(case when status = 'open' then 1 end) as open_now,
        count(case when status = 'unknown' then 1 end) as unknown_waits,
        count(case when was_on_a_board then 1 end) as on_a_board,
        max(case when status = 'open' then wait_hours end) as longest_open_hours
    from questions
    group by team, is_total, grain, period_start
),

quantiles as (
    select
        team,
        is_total,
        grain,
        median_hours,
        p90_hours,
        period_start
    from {{ ref('int_question_curves') }}
),

joined as (
    select
        counted.team,
        counted.is_total,
        counted.grain,
        counted.asked,
        counted.answered,
        counted.open_now,
        counted.unknown_waits,
        counted.on_a_board,
        cast(counted.on_a_board as double)
        / nullif(counted.answered + counted.unknown_waits, 0) as on_a_board_share,
        quantiles.median_hours,
        quantiles.p90_hours,
        counted.longest_open_hours,
        counted.period_start
    from counted
    left join quantiles
        on
            counted.team = quantiles.team
            and counted.is_total = quantiles.is_total
            and counted.grain = quantiles.grain
            and counted.period_start = quantiles.period_start
)

select * from joined
