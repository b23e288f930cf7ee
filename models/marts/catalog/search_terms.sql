-- BM25 over fields with weights: Robertson, Zaragoza, Taylor (2004).
with tokens as (
    select
        asset_id,
        field,
        term,
        times,
        length
    from {{ ref('int_search_tokens') }}
),

weights as (
    select
        part,
        name,
        weight
    from {{ ref('search_weights') }}
),

phrases as (
    select distinct
        asset_id,
        field,
        '=' || {{ search_phrase('words') }} as term
    from {{ ref('int_search_texts') }}
    where field in ('name', 'label', 'synonyms', 'questions')
),

fields as (
    select
        name as field,
        max(weight) filter (where part = 'field') as field_weight,
        max(weight) filter (where part = 'length') as b
    from weights
    where part in ('field', 'length')
    group by name
),

saturation as (
    select weight as k1 from weights
    where part = 'saturation'
),

assets as (
    select count(*) as asset_count from {{ ref('catalog_assets') }}
),

lengths as (
    select
        field,
        sum(times) / count(distinct asset_id) as usual_length
    from tokens
    group by field
),

in_fields as (
    select
        tokens.asset_id,
        tokens.term,
        tokens.field,
        fields.field_weight * tokens.times / (
            1 - fields.b + fields.b * tokens.length / lengths.usual_length
        ) as weighted_times
    from tokens
    inner join lengths on tokens.field = lengths.field
    inner join fields on tokens.field = fields.field
),

in_assets as (
    select
        asset_id,
        term,
        max_by(field, (weighted_times, field)) as field,
        sum(weighted_times) as weighted_times,
        count(*) over (partition by term) as assets_with_term
    from in_fields
    group by asset_id, term
),

weighed as (
    select
        in_assets.term,
        in_assets.asset_id,
        in_assets.field,
        round(
            ln(
                1
                + (assets.asset_count - in_assets.assets_with_term + 0.5)
                / (in_assets.assets_with_term + 0.5)
            ) * in_assets.weighted_times * (saturation.k1 + 1)
            / (saturation.k1 + in_assets.weighted_times),
            3
        ) as weight
    from in_assets
    cross join assets
    cross join saturation
),

-- A text as a whole has no frequency: it is there or not.
united as (
    select * from weighed
    union all
    select
        term,
        asset_id,
        min(field) as field,
        0 as weight
    from phrases
    group by term, asset_id
)

select * from united
