{# Whether two texts differ by one letter at most: added, left out, exchanged, or swapped with its neighbour. #}
{% macro is_one_letter_off(text, other) -%}
    case when abs(length({{ text }}) - length({{ other }})) <= 1 then damerau_levenshtein({{ text }}, {{ other }}) <= 1 else false end
{%- endmacro %}

-- What answers a query, best first. The search box of the site does the same over the same two tables
-- (website/assets/search.js): what changes here changes there.
with settings as (
    select
        max(weight) filter (where name = 'exact') as exact,
        max(weight) filter (where name = 'ending') as ending,
        max(weight) filter (where name = 'beginning') as beginning,
        max(weight) filter (where name = 'one_letter') as one_letter,
        max(weight) filter (where name = 'word_group') as word_group,
        max(weight) filter (where name = 'phrase') as phrase,
        max(weight) filter (where name = 'missing') as missing
    from search_weights
    where part = 'match'
),

asked as (
    select
        unnest({{ words_of('$query') }}) as asked_word,
        generate_subscripts({{ words_of('$query') }}, 1) as position,
        '=' || {{ search_phrase('$query') }} as asked_phrase
),

asked_terms as materialized (
    select distinct
        asked_word,
        position,
        unnest({{ search_terms_of(word_stem('asked_word')) }}) as asked_term
    from asked
),

vocabulary as (
    select
        term,
        open_term,
        letters,
        is_korean
    from int_search_spellings
    where not is_whole
),

-- Only a word that nothing holds is taken for a typing error, or for the beginning of another.
known as materialized (
    select
        asked_terms.asked_word,
        asked_terms.position,
        asked_terms.asked_term,
        asked_terms.asked_term >= '가' as is_korean,
        length(asked_terms.asked_term) as length,
        {{ open_syllables('asked_terms.asked_term') }} as open_term,
        {{ typed_letters('asked_terms.asked_term') }} as letters,
        word_groups.group_term,
        vocabulary.term is not null or word_groups.term is not null as is_known
    from asked_terms
    left join vocabulary on asked_terms.asked_term = vocabulary.term
    left join int_search_groups as word_groups on asked_terms.asked_term = word_groups.term
),

readings as (
    select
        known.asked_word,
        known.position,
        known.asked_term,
        vocabulary.term,
        case
            when known.asked_term = vocabulary.term then settings.exact
            when known.is_korean and known.open_term = vocabulary.open_term then settings.ending
            when not known.is_known and not known.is_korean and known.length > 1
                and starts_with(vocabulary.term, known.asked_term) then settings.beginning
            when not known.is_known and (known.length > 3 or known.is_korean and known.length = 2)
                and {{ is_one_letter_off('known.letters', 'vocabulary.letters') }} then settings.one_letter
        end as factor
    from known
    cross join settings
    inner join vocabulary on known.is_korean = vocabulary.is_korean
    union all
    select
        known.asked_word,
        known.position,
        known.asked_term,
        known.group_term as term,
        settings.word_group as factor
    from known
    cross join settings
    where known.group_term is not null
),

-- Of several readings of a term the best one counts.
term_hits as (
    select
        readings.asked_word,
        readings.position,
        readings.asked_term,
        search_terms.asset_id,
        max(readings.factor * search_terms.weight) as score,
        max_by(search_terms.field, (readings.factor * search_terms.weight, search_terms.field)) as field,
        max(readings.factor) as factor
    from readings
    inner join search_terms on readings.term = search_terms.term
    where readings.factor is not null
    group by readings.asked_word, readings.position, readings.asked_term, search_terms.asset_id
),

term_counts as (
    select
        position,
        count(distinct asked_term) as term_count,
        count(*) over () as word_count
    from known
    group by position
),

word_hits as (
    select
        term_hits.asset_id,
        term_hits.position,
        sum(term_hits.score) as score,
        count(*) / any_value(term_counts.term_count * term_counts.word_count) as found_share,
        '“' || any_value(term_hits.asked_word) || '” '
        || case when max(term_hits.factor) < any_value(settings.exact) then 'or the like ' else '' end
        || 'in its ' || max_by(term_hits.field, (term_hits.score, term_hits.field)) as found_in
    from term_hits
    inner join term_counts on term_hits.position = term_counts.position
    cross join settings
    group by term_hits.asset_id, term_hits.position
),

hits as (
    select
        asset_id,
        sum(score) as score,
        sum(found_share) as found_share,
        string_agg(found_in, ', ' order by position) as found_in
    from word_hits
    group by asset_id
),

asked_whole as materialized (
    select
        asked_phrase,
        {{ typed_letters('asked_phrase') }} as letters,
        exists (select 1 from known where not is_known) as may_be_misspelt
    from asked
    where position = 1
),

whole_terms as (
    select
        spellings.term,
        case when spellings.term = asked_whole.asked_phrase then settings.exact else settings.one_letter end as factor
    from int_search_spellings as spellings
    cross join settings
    cross join asked_whole
    where
        spellings.is_whole
        and (
            spellings.term = asked_whole.asked_phrase
            or asked_whole.may_be_misspelt
            and length(asked_whole.letters) > 4
            and {{ is_one_letter_off('asked_whole.letters', 'spellings.letters') }}
        )
),

wholes as (
    select
        search_terms.asset_id,
        max_by(search_terms.field, (whole_terms.factor, search_terms.field)) as field,
        max(whole_terms.factor) as factor
    from whole_terms
    inner join search_terms on whole_terms.term = search_terms.term
    group by search_terms.asset_id
),

scored as (
    select
        search_assets.*,
        search_assets.exact_term = asked_whole.asked_phrase as is_exact,
        search_assets.full_term = asked_whole.asked_phrase and search_assets.kind <> 'question' as is_full,
        round(
            hits.score * search_assets.boost
            * (settings.missing + (1 - settings.missing) * hits.found_share)
            * (1 + settings.phrase * coalesce(wholes.factor, 0)),
            6
        ) as score,
        hits.found_in,
        case when wholes.factor = settings.exact then wholes.field end as whole_field
    from hits
    cross join settings
    cross join asked_whole
    inner join search_assets on hits.asset_id = search_assets.asset_id
    left join wholes on hits.asset_id = wholes.asset_id
),

-- A name that is asked for comes first, a table's before others; those of columns follow such a name, and else take their place by score.
tiered as (
    select
        *,
        case
            when is_full and kind = 'model' then 3
            when is_full then 2
            when is_exact and bool_or(is_full) over () then 1
            else 0
        end as tier
    from scored
),

placed as (
    select
        -- What is deprecated is never among the first three, even if nothing else is found.
        row_number() over (order by is_deprecated, tier desc, score desc, shown_name, asset_id)
        + case when is_deprecated then greatest(0, 3 - count(*) filter (where not is_deprecated) over ()) else 0 end
            as place,
        *,
        concat_ws(
            '; ',
            case when is_exact or is_full then 'its name' when whole_field is not null then 'the whole of its ' || whole_field end,
            found_in,
            case when is_deprecated then 'deprecated' || coalesce(', see ' || deprecated_by, '') else nullif(trust, 'open') end,
            case when use_count > 0 then 'use ' || use_count end
        ) as why
    from tiered
)

select * from placed
order by place
