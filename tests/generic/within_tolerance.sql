{# Stops the build when too many of a raw table's rows were rejected, and says which, why and what to do.
   The limit is in seeds/reference/tolerances.csv. Personal values are not printed. #}
{% test within_tolerance(model, system, table) %}
{%- set personal = ['_unreadable_line'] -%}
{%- if execute -%}
    {%- for column in contract(system, table).columns.values() if column.config.meta.pii -%}
        {%- do personal.append(column.name) -%}
    {%- endfor -%}
{%- endif -%}
with fates as (
    select
        sum(row_count) as row_count,
        sum(row_count) filter (where fate = 'rejected') as rejected_count
    from {{ ref('raw_row_fates') }}
    where source_system = '{{ system }}' and table_name = '{{ table }}'
),

tolerances as (
    select max_rejected_share
    from {{ ref('tolerances') }}
    where raw_table in ('{{ system }}__{{ table }}', 'default')
    order by raw_table = 'default'
    limit 1
),

rejected as (
    select
        coalesce(row_key, '(none)') as row_key,
        reason,
        coalesce(column_name, '_unreadable_line') as column_name,
        case
            when coalesce(column_name, '_unreadable_line') in ('{{ personal | join("', '") }}') then '(not shown)'
            else coalesce({{ json_value('raw_row', 'column_name') }}, '')
        end as column_value,
        split_part({{ json_value('raw_row', "'_unreadable_line'") }}, ':', 1) as line
    from {{ ref('rejected_rows') }}
    where source_system = '{{ system }}' and table_name = '{{ table }}'
),

most_common as (
    select
        column_name,
        reason,
        count(*) as row_count,
        min_by(row_key, row_key) as row_key,
        min_by(column_value, row_key) as column_value,
        min_by(line, row_key) as line
    from rejected
    group by column_name, reason
    order by count(*) desc, column_name, reason
    limit 1
),

broken as (
    select
        concat(
            fates.rejected_count, ' of ', fates.row_count, ' rows were rejected, more than the share of ',
            tolerances.max_rejected_share, ' that is allowed. Most common: ',
            most_common.row_count, ' rows, ',
            case
                when most_common.line is not null then concat('unreadable, the first at ', most_common.line)
                else concat(
                    'column ', most_common.column_name, ' is ', most_common.reason, ', for example ''',
                    most_common.column_value, ''' in the row with key ', most_common.row_key
                )
            end
        ) as what
    from fates
    cross join tolerances
    cross join most_common
    where fates.rejected_count > fates.row_count * tolerances.max_rejected_share
)

-- the message stands in the filter, since dbt counts the rows without reading their columns
select *
from broken
where
    {{ fail_with("concat('Table " ~ system ~ "." ~ table ~ " (file " ~ system ~ "__" ~ table ~ "): ', what,
        '. Correct the file, or raise the share in seeds/reference/tolerances.csv. Every rejected row is in vault.rejected_rows.')") }} is null
{% endtest %}
