with listed as (
    select
        word_group,
        {{ each_of(search_words('word')) }} as word
    from {{ ref('search_groups') }}
),

terms as (
    select
        word_group,
        {{ each_of(search_terms_of('word')) }} as term
    from listed
),

grouped as (
    select
        term,
        '~' || min(word_group) as group_term
    from terms
    group by term
)

select * from grouped
