{%- set is_young = 'age_days < ' ~ var('young_asset_days') -%}

with assets as (
    select
        asset_kind,
        asset_id,
        asset_name,
        team,
        cost,
        has_unknown_costs,
        boards,
        watched_boards,
        opened_boards,
        is_watched,
        views,
        views_ever,
        viewers,
        goals,
        metrics,
        experiments,
        queries,
        answers,
        unknown_sources,
        credited_revenue,
        has_queries,
        age_days,
        last_viewed_date,
        case
            when is_watched and views > 0 then cast(cost as double) / views
        end as cost_per_view
    from {{ ref('int_asset_use') }}
),

usual as (
    select
        count(cost_per_view) as boards_with_views,
        {{ quantile('cost_per_view', 0.5) }} as usual_cost_per_view
    from assets
    where asset_kind = 'board'
),

compared as (
    select
        assets.*,
        usual.boards_with_views,
        usual.usual_cost_per_view
    from assets
    cross join usual
),

-- The first rule that holds names the reason.
ruled as (
    select
        *,
        case
            when asset_kind = 'board'
                then
                    case
                        when not is_watched then 'not_watched'
                        when {{ is_young }} then 'young'
                        when answers > 0 then 'answers'
                        when views_ever = 0 then 'never_opened'
                        when views = 0 then 'not_opened_lately'
                        when unknown_sources > 0 then 'unknown_source'
                        when viewers = 1 then 'one_viewer'
                        when
                            boards_with_views >= {{ var('least_boards_to_compare') }}
                            and cost_per_view
                            > {{ var('dear_view_times') }} * usual_cost_per_view
                            then 'dear'
                        else 'opened'
                    end
            when asset_kind = 'model'
                then
                    case
                        when opened_boards > 0 then 'read'
                        when answers > 0 then 'answers'
                        when credited_revenue > 0 then 'feeds_experiments'
                        when queries > 0 then 'queried'
                        when {{ is_young }} then 'young'
                        when boards > watched_boards then 'not_watched'
                        when boards > 0 then 'unopened_boards'
                        when metrics > 0 then 'only_metrics'
                        when not has_queries then 'no_query_log'
                        when age_days is null then 'unread_unknown_age'
                        else 'unread'
                    end
            when goals > 0 then 'goal'
            when opened_boards > 0 then 'read'
            when answers > 0 then 'answers'
            when experiments > 0 then 'feeds_experiments'
            when metrics > 0 then 'part_of_metric'
            when queries > 0 then 'queried'
            when boards > 0 then 'on_a_board'
            else 'nobody_asks'
        end as reason_code
    from compared
)

select * from ruled
