with maturities as (
    select
        definition ->> 'metric_name' as metric_name,
        cast(definition ->> 'matures_after_days' as bigint) as matures_after_days,
        cast(definition ->> 'known_after_days' as bigint) as known_after_days,
        cast(definition ->> 'can_change' as boolean) as can_change
    from (
        select unnest(from_json('{{ metric_maturities() | tojson }}', '["json"]'))
            as definition
    )
),

tables as (
    select
        entry ->> 'metric_name' as metric_name,
        cast(entry ->> 'need_number' as bigint) as need_number,
        entry ->> 'raw_table' as raw_table,
        cast(entry ->> 'is_optional' as boolean) as is_optional
    from (
        select unnest(from_json('{{ metric_tables() | tojson }}', '["json"]')) as entry
    )
),

raw_coverage as (
    select
        raw_table,
        is_delivered,
        covered_date
    from {{ raw_coverage() }}
),

as_of as (
    select covered_date from {{ as_of() }}
),

delivered as (
    select
        tables.metric_name,
        tables.need_number,
        tables.raw_table,
        tables.is_optional,
        coalesce(raw_coverage.is_delivered, false) as is_delivered,
        raw_coverage.covered_date
    from tables
    left join raw_coverage on tables.raw_table = raw_coverage.raw_table
),

-- One table of a need is enough.
needs as (
    select
        metric_name,
        need_number,
        is_optional,
        bool_or(is_delivered) as is_delivered,
        string_agg(raw_table, ' or ' order by raw_table) as raw_tables
    from delivered
    where need_number is not null
    group by metric_name, need_number, is_optional
),

met as (
    select
        metric_name,
        bool_and(is_delivered or is_optional) as is_delivered,
        string_agg(
            distinct case when not is_delivered then raw_tables end, ', '
            order by case when not is_delivered then raw_tables end
        ) as missing_tables
    from needs
    group by metric_name
),

-- What nobody can name the end of covers nothing.
covered as (
    select
        metric_name,
        case when count(covered_date) = count(*) then min(covered_date) end
            as covered_date,
        min_by(
            raw_table,
            (coalesce(covered_date, cast('0001-01-01' as date)), raw_table)
        ) as last_table
    from delivered
    where is_delivered
    group by metric_name
),

joined as (
    select
        maturities.metric_name,
        met.missing_tables,
        case
            when covered.covered_date >= as_of.covered_date then null
            else covered.last_table
        end as awaited_table,
        maturities.matures_after_days,
        maturities.known_after_days,
        maturities.can_change,
        coalesce(met.is_delivered, true) as is_delivered,
        case
            when met.metric_name is null then as_of.covered_date
            when met.is_delivered then covered.covered_date
        end as covered_date
    from maturities
    cross join as_of
    left join met on maturities.metric_name = met.metric_name
    left join covered on maturities.metric_name = covered.metric_name
)

select * from joined
