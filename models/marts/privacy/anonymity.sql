{#- What a table declares is in its meta: quasi_identifiers, sensitive, rows_of. -#}
{%- set declared = declared_tables([ref('open_customers'), ref('customers')]) -%}

with published as (
    select
        tables_listed.table_name,
        tables_listed.disclosure
    from (
        values {{ tables_by_disclosure() }}
    ) as tables_listed (node_id, table_name, disclosure)
    where tables_listed.node_id is not null
),

{% for table in declared -%}
all_rows_of_{{ table.name }} as (
    select count(*) as row_count
    from {{ table.rows_of }}
),

{% endfor -%}
measured as (
    {%- for table in declared %}{% for column in table.sensitive %}
    select
        '{{ table.name }}' as table_name,
        '{{ table.quasi_identifiers | join(', ') }}' as quasi_identifiers,
        '{{ column }}' as sensitive_column,
        own.k,
        own.l,
        own.t,
        own.row_count,
        whole.row_count as row_count_before
    from ({{ anonymity_of(table.relation, table.quasi_identifiers, column) }}) as own
    cross join all_rows_of_{{ table.name }} as whole
    {{ 'union all' if not loop.last }}{% endfor %}{{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A count of people has no sensitive column: its smallest cell is its k.
counted as (
    {%- for table, cells, columns in [
        ('open_signups', ref('int_open_signups'), 'brand, created_period, country_group'),
        ('open_consents', ref('int_open_consents'), 'purpose, is_granted'),
    ] %}
    select
        '{{ table }}' as table_name,
        '{{ columns }}' as quasi_identifiers,
        cast(null as varchar) as sensitive_column,
        min(case when is_shown then n end) as k,
        cast(null as bigint) as l,
        cast(null as double) as t,
        cast(coalesce(sum(case when is_shown then n end), 0) as bigint) as row_count,
        cast(coalesce(sum(n), 0) as bigint) as row_count_before
    from {{ cells }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

tables as (
    select * from measured
    union all
    select * from counted
),

judged as (
    select
        published.table_name,
        published.disclosure,
        tables.quasi_identifiers,
        tables.sensitive_column,
        tables.k,
        tables.l,
        tables.t,
        tables.row_count,
        tables.row_count_before - tables.row_count as suppressed_count,
        (tables.row_count_before - tables.row_count)
        / nullif(cast(tables.row_count_before as double), 0) as suppressed_share,
        published.disclosure = 'open' as is_open,
        -- Nobody is in it; nobody was shown; or not fewer than that are alike.
        published.disclosure = 'nobody'
        or coalesce(
            tables.row_count = 0 or tables.k >= {{ var('smallest_cell') }}, false
        ) as is_anonymous
    from published
    left join tables
        on published.table_name = tables.table_name
)

select * from judged
