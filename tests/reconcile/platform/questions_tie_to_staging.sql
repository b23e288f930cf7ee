-- Why: an open question that is lost makes the team look fast.
-- Threshold: none, row by row, both ways; weeks and quarters add up to the questions, and so do the days.
-- A failure means: questions, question_waits or question_days drops or doubles some.
with differences as (
    {{ rows_that_differ(ref('stg_bi__questions'), ref('questions'), [
        'question_id', 'team', 'question', 'asked_at', 'answered_at', 'answered_with'
    ]) }}
),

counted as (
    select
        count(*) as asked,
        count(case when status = 'answered' then 1 end) as answered,
        count(case when status <> 'unknown' then 1 end) as with_wait
    from {{ ref('questions') }}
),

waits as (
    select
        grains.grain,
        totals.is_total,
        coalesce(sum(waits.asked), 0) as asked,
        coalesce(sum(waits.answered), 0) as answered
    from (values ('week'), ('quarter'), ('all')) as grains (grain)
    cross join (values (true), (false)) as totals (is_total)
    left join {{ ref('question_waits') }} as waits
        on grains.grain = waits.grain and totals.is_total = waits.is_total
    group by grains.grain, totals.is_total
),

days as (
    select
        coalesce(sum(asked), 0) as asked,
        coalesce(sum(answered), 0) as answered
    from {{ ref('question_days') }}
)

select difference from differences
union all
select waits.grain as difference
from waits
cross join counted
where waits.asked <> counted.asked or waits.answered <> counted.answered
union all
select 'days' as difference
from days
cross join counted
where days.asked <> counted.with_wait or days.answered <> counted.answered
