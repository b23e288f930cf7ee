with cells as (
    select
        brand,
        created_period,
        country_group,
        case
            when is_shown
                then {{ given_away(
                    'n', 'open_signups', ['brand', 'created_period', 'country_group'],
                    var('noise_epsilon'), var('smallest_cell')
                ) }}
        end as customer_count,
        case when is_shown then 0 else 1 end as hidden_cell_count
    from {{ ref('int_open_signups') }}
),

levels as (
    select 'cell' as level
    union all
    select 'period' as level
    union all
    select 'country' as level
    union all
    select 'brand' as level
    union all
    select 'all' as level
),

counted_in as (
    select
        levels.level,
        case when levels.level = 'all' then 'all' else cells.brand end as brand,
        case
            when levels.level in ('cell', 'country') then cells.country_group
            else 'all'
        end as country_group,
        case when levels.level in ('cell', 'period') then cells.created_period end
            as created_period,
        cells.customer_count,
        cells.hidden_cell_count
    from cells
    cross join levels
),

-- A total is the sum of what is shown: taking the shown cells from it leaves nothing.
totals as (
    select
        brand,
        country_group,
        level,
        cast(sum(customer_count) as bigint) as customer_count,
        cast(sum(hidden_cell_count) as bigint) as hidden_cell_count,
        created_period
    from counted_in
    group by brand, country_group, level, created_period
)

select * from totals
