with bill_days as (
    select
        bill_id,
        service,
        resource,
        measure,
        currency,
        billed_amount,
        cost,
        cost_date
    from {{ ref('int_bill_days') }}
),

usage as (
    select
        measure,
        job_name,
        model_name,
        board_id,
        metric_name,
        share_from,
        share_to,
        usage_date
    from {{ ref('int_usage_days') }}
),

boards as (
    select
        board_id,
        team
    from {{ ref('int_boards') }}
),

owners as (
    select
        node_name,
        max(case when node_kind = 'metric' then owner end) as metric_owner,
        max(case when node_kind in ('model', 'raw', 'reference') then owner end)
            as table_owner
    from {{ ref('project_nodes') }}
    group by node_name
),

joined as (
    select
        bill_days.bill_id,
        bill_days.service,
        bill_days.resource,
        usage.job_name,
        usage.model_name,
        usage.board_id,
        usage.metric_name,
        bill_days.currency,
        case
            when usage.board_id is not null then 'board'
            when usage.metric_name is not null then 'metric'
            when usage.model_name is not null then 'table'
            when usage.job_name is not null then 'job'
            when usage.measure is not null then 'query'
            when bill_days.measure = 'nothing' then 'not_spread'
            else 'nothing'
        end as used_by,
        bill_days.billed_amount as day_billed_amount,
        bill_days.cost as day_cost,
        coalesce(usage.share_from, 0) as share_from,
        coalesce(usage.share_to, 1) as share_to,
        bill_days.cost_date
    from bill_days
    left join usage
        on
            bill_days.measure = usage.measure
            and bill_days.cost_date = usage.usage_date
),

spread as (
    select
        *,
        {{ portion('day_billed_amount', 'share_from', 'share_to', 8) }}
            as billed_amount,
        case
            when day_cost is not null
                then {{ portion('day_cost', 'share_from', 'share_to') }}
        end as cost,
        day_cost is not null as has_rate
    from joined
),

owned as (
    select
        spread.bill_id,
        spread.service,
        spread.resource,
        spread.job_name,
        spread.model_name,
        spread.board_id,
        spread.metric_name,
        coalesce(boards.team, metrics.metric_owner, tables.table_owner) as team,
        spread.used_by,
        spread.currency,
        spread.billed_amount,
        spread.cost,
        spread.has_rate,
        spread.cost_date
    from spread
    left join boards
        on spread.board_id = boards.board_id
    left join owners as metrics
        on spread.metric_name = metrics.node_name
    left join owners as tables
        on spread.model_name = tables.node_name
)

select * from owned
