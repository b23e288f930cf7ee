{%- set numbers = {
    'name': 'assets.asset_name',
    'views': 'cast(assets.views as varchar)',
    'viewers': 'cast(assets.viewers as varchar)',
    'boards': 'cast(assets.boards as varchar)',
    'answers': 'cast(assets.answers as varchar)',
    'sources': 'cast(assets.unknown_sources as varchar)',
    'cost': 'cast(cast(assets.cost as decimal(24, 2)) as varchar)',
    'per_view': 'cast(cast(assets.cost_per_view as decimal(24, 2)) as varchar)',
    'usual': 'cast(cast(assets.usual_cost_per_view as decimal(24, 2)) as varchar)',
    'age': 'cast(assets.age_days as varchar)',
    'last': 'cast(assets.last_viewed_date as varchar)',
    'days': quoted(var('cost_value_days') | string),
    'revenue': 'cast(cast(assets.credited_revenue as decimal(24, 0)) as varchar)',
} -%}

with assets as (
    select * from {{ ref('int_asset_reasons') }}
),

sentences as (
    select
        subject,
        reason_code,
        verdict,
        sentence,
        sentence_ko
    from {{ ref('cost_sentences') }}
),

told as (
    select
        assets.asset_kind,
        assets.asset_id,
        assets.asset_name,
        assets.team,
        sentences.verdict,
        assets.reason_code,
        {{ with_numbers('sentences.sentence', numbers) }} as sentence,
        {{ with_numbers('sentences.sentence_ko', numbers) }} as sentence_ko,
        case when assets.is_watched then assets.views end as views,
        case when assets.is_watched then assets.viewers end as viewers,
        assets.answers as questions_answered,
        cast(assets.unknown_sources as bigint) as unknown_sources,
        cast(assets.age_days as bigint) as age_days,
        cast(assets.cost as decimal(24, 6)) as cost,
        assets.cost_per_view,
        cast(assets.credited_revenue as decimal(24, 6)) as credited_revenue,
        assets.has_unknown_costs,
        assets.last_viewed_date
    from assets
    left join sentences
        on
            assets.asset_kind = sentences.subject
            and assets.reason_code = sentences.reason_code
)

select * from told
