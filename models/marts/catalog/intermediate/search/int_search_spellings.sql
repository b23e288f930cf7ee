with terms as (
    select distinct term from {{ ref('search_terms') }}
    where not starts_with(term, '~')
),

spelled as (
    select
        term,
        {{ open_syllables('term') }} as open_term,
        {{ typed_letters('term') }} as letters,
        starts_with(term, '=') as is_whole,
        term >= '가' as is_korean
    from terms
)

select * from spelled
