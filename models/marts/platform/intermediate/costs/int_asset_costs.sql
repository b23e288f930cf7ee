with costs as (
    select
        costs.model_name,
        costs.board_id,
        costs.cost
    from {{ ref('data_costs') }} as costs
    cross join {{ as_of() }} as run
    where
        costs.cost_date > {{ dbt.dateadd(
            'day', '-' ~ var('cost_value_days'), 'run.as_of_date'
        ) }}
        and (costs.model_name is not null or costs.board_id is not null)
),

users as (
    select
        table_name,
        metric_name,
        metric_count
    from {{ ref('int_table_users') }}
    where metric_name is not null
),

models as (
    select
        model_name,
        sum(cost) as cost,
        count(*) - count(cost) as unpriced_rows
    from costs
    where model_name is not null
    group by model_name
),

-- A table's cost is in equal parts that of the metrics made from it: another view of the same money than the boards'.
metrics as (
    select
        users.metric_name,
        sum(cast(models.cost / users.metric_count as decimal(38, 9))) as cost,
        sum(models.unpriced_rows) as unpriced_rows
    from models
    inner join users
        on models.model_name = users.table_name
    group by users.metric_name
),

all_costs as (
    select
        'board' as asset_kind,
        board_id as asset_id,
        sum(cost) as cost,
        count(*) - count(cost) as unpriced_rows
    from costs
    where board_id is not null
    group by board_id
    union all
    select
        'model' as asset_kind,
        model_name as asset_id,
        cost,
        unpriced_rows
    from models
    union all
    select
        'metric' as asset_kind,
        metric_name as asset_id,
        cost,
        unpriced_rows
    from metrics
),

summed as (
    select
        asset_kind,
        asset_id,
        cast(cost as decimal(24, 6)) as cost,
        unpriced_rows > 0 as has_unknown_costs
    from all_costs
)

select * from summed
