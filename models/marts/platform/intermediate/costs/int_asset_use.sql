with assets as (
    select
        asset_kind,
        asset_id,
        asset_name,
        team,
        is_of_project,
        first_date
    from {{ ref('int_assets') }}
),

costs as (
    select * from {{ ref('int_asset_costs') }}
),

views as (
    select * from {{ ref('int_asset_views') }}
),

demand as (
    select * from {{ ref('int_asset_demand') }}
),

answers as (
    select * from {{ ref('int_asset_answers') }}
),

credit as (
    select * from {{ ref('int_asset_credit') }}
),

-- Of what nobody delivers, nothing is known.
delivered as (
    select
        (select count(*) > 0 from {{ ref('stg_bi__dashboard_views') }}) as has_views,
        (select count(*) > 0 from {{ ref('stg_platform__query_runs') }}) as has_queries,
        (select count(*) > 0 from {{ ref('data_costs') }}) as has_bills
),

unknown_sources as (
    select
        board_id,
        count(*) as unknown_sources
    from {{ ref('int_board_reads') }}
    where node_id is null
    group by board_id
),

joined as (
    select
        assets.asset_kind,
        assets.asset_id,
        assets.asset_name,
        assets.team,
        assets.is_of_project,
        case
            when not delivered.has_bills then null
            when costs.asset_id is null then 0
            else costs.cost
        end as cost,
        coalesce(costs.has_unknown_costs, false) as has_unknown_costs,
        coalesce(views.boards, 0) as boards,
        case when delivered.has_views then coalesce(views.watched_boards, 0) else 0 end
            as watched_boards,
        coalesce(views.opened_boards, 0) as opened_boards,
        -- Views of the project's own boards are those of a bi tool that lists them, if one does.
        case
            when not delivered.has_views then false
            when assets.asset_kind = 'board' and assets.is_of_project
                then views.asset_id is not null
            else true
        end as is_watched,
        coalesce(views.views, 0) as views,
        coalesce(views.views_ever, 0) as views_ever,
        coalesce(views.viewers, 0) as viewers,
        coalesce(demand.goals, 0) as goals,
        coalesce(demand.metrics, 0) as metrics,
        coalesce(demand.experiments, 0) as experiments,
        coalesce(demand.queries, 0) as queries,
        coalesce(answers.answers, 0) as answers,
        coalesce(unknown_sources.unknown_sources, 0) as unknown_sources,
        credit.credited_revenue,
        delivered.has_queries,
        {{ dbt.datediff('assets.first_date', 'run.as_of_date', 'day') }} as age_days,
        assets.first_date,
        views.last_viewed_date
    from assets
    cross join delivered
    cross join {{ as_of() }} as run
    left join costs
        on
            assets.asset_kind = costs.asset_kind
            and assets.asset_id = costs.asset_id
    left join views
        on
            assets.asset_kind = views.asset_kind
            and assets.asset_id = views.asset_id
    left join demand
        on
            assets.asset_kind = demand.asset_kind
            and assets.asset_id = demand.asset_id
    left join answers
        on
            assets.asset_kind = answers.asset_kind
            and assets.asset_id = answers.asset_id
    left join credit
        on
            assets.asset_kind = credit.asset_kind
            and assets.asset_id = credit.asset_id
    left join unknown_sources
        on assets.asset_kind = 'board' and assets.asset_id = unknown_sources.board_id
)

select * from joined
