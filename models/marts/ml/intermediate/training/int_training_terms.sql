with labels as (
    select
        model_name,
        {{ json_name_list('features') }} as names,
        count(*) as row_count
    from {{ ref('int_training_labels') }}
    where features is not null
    group by model_name, {{ json_name_list('features') }}
),

named as (
    select
        model_name,
        row_count,
        {{ each_of('names') }} as term
    from labels
),

-- A name that a path into JSON could not hold is no feature: it would stop the query.
counted as (
    select
        model_name,
        term,
        sum(row_count) as row_count
    from named
    where {{ matches('term', "'^[\\p{L}\\p{N}_ .:/-]+$'") }}
    group by model_name, term
),

ranked as (
    select
        *,
        row_number() over (
            partition by model_name order by row_count desc, term asc
        ) as place
    from counted
),

terms as (
    select
        model_name,
        term,
        cast(row_number() over (partition by model_name order by term) as integer)
            as place
    from ranked
    where place <= {{ var('challenger_most_terms') }}
)

select * from terms
