with weights as (
    select
        measure,
        job_name,
        model_name,
        board_id,
        weight,
        usage_date
    from {{ ref('int_usage_weights') }}
),

users as (
    select
        table_name,
        board_id,
        metric_name,
        board_count,
        metric_count
    from {{ ref('int_table_users') }}
),

-- What was run for a table is run for the boards that use it, in equal parts; for the metrics where no board does.
handed_on as (
    select
        weights.measure,
        weights.job_name,
        weights.model_name,
        coalesce(weights.board_id, users.board_id) as board_id,
        users.metric_name,
        weights.weight / coalesce(
            nullif(users.board_count, 0), users.metric_count, 1
        ) as weight,
        weights.usage_date
    from weights
    left join users
        on
            weights.board_id is null
            and weights.model_name = users.table_name
            and (users.board_id is not null or users.board_count = 0)
),

-- Decimals, so that running sums are the same in whatever order they are taken.
summed as (
    select
        measure,
        job_name,
        model_name,
        board_id,
        metric_name,
        sum(cast(weight as decimal(38, 9))) as weight,
        usage_date
    from handed_on
    group by
        measure, job_name, model_name, board_id, metric_name, usage_date
),

placed as (
    select
        measure,
        usage_date,
        job_name,
        model_name,
        board_id,
        metric_name,
        row_number() over in_order as position,
        count(*) over (partition by measure, usage_date) as use_count,
        cast(sum(weight) over in_order as double) as running_weight,
        cast(sum(weight) over (partition by measure, usage_date) as double)
            as day_weight
    from summed
    window in_order as (
        partition by measure, usage_date
        order by
            job_name nulls first,
            model_name nulls first,
            board_id nulls first,
            metric_name nulls first
        rows between unbounded preceding and current row
    )
),

-- The last running share is 1, whatever doubles make of it.
shared as (
    select
        measure,
        job_name,
        model_name,
        board_id,
        metric_name,
        case
            when position = use_count then 1.0
            when day_weight > 0 then running_weight / day_weight
            else 1.0 * position / use_count
        end as share_to,
        position,
        usage_date
    from placed
),

chained as (
    select
        measure,
        job_name,
        model_name,
        board_id,
        metric_name,
        coalesce(lag(share_to) over (
            partition by measure, usage_date
            order by position
        ), 0) as share_from,
        share_to,
        usage_date
    from shared
)

select * from chained
