with texts as (
    select
        asset_id,
        field,
        words
    from {{ ref('int_search_texts') }}
),

word_groups as (
    select
        term,
        group_term
    from {{ ref('int_search_groups') }}
),

words as (
    select
        asset_id,
        field,
        {{ each_of(search_words('words')) }} as word
    from texts
),

terms as (
    select
        asset_id,
        field,
        {{ each_of(search_terms_of('word')) }} as term
    from words
),

counted as (
    select
        asset_id,
        field,
        term,
        count(*) as times,
        sum(count(*)) over (partition by asset_id, field) as length
    from terms
    group by asset_id, field, term
),

-- Words of one group find each other, by a term of the group.
grouped as (
    select
        counted.asset_id,
        counted.field,
        word_groups.group_term as term,
        sum(counted.times) as times,
        min(counted.length) as length
    from counted
    inner join word_groups on counted.term = word_groups.term
    group by counted.asset_id, counted.field, word_groups.group_term
),

united as (
    select * from counted
    union all
    select * from grouped
)

select * from united
