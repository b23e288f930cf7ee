-- Why: a raw table without a row looks as if nothing were wrong with it.
-- Threshold: none. freshness has each raw table once, and its last day is that of freshness_days.
-- A failure means: freshness drops a table, or the two disagree on how often it was loaded.
with expected as (
    select raw_table from {{ raw_coverage() }}
),

found as (
    select
        raw_table,
        arrival_count
    from {{ ref('freshness') }}
),

days as (
    select
        raw_table,
        max(arrival_count) as arrival_count
    from {{ ref('freshness_days') }}
    group by raw_table
)

select
    coalesce(expected.raw_table, found.raw_table) as raw_table,
    found.arrival_count as expected_count,
    days.arrival_count as found_count
from expected
full join found on expected.raw_table = found.raw_table
left join days on found.raw_table = days.raw_table
where
    expected.raw_table is null
    or found.raw_table is null
    or days.arrival_count > found.arrival_count
