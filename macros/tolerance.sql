{# After a validated table: stops when more of its rows were rejected than the reference table tolerances allows. #}
{% macro stop_beyond_tolerance() -%}
    {%- set tolerances = ref('tolerances') -%}
    {%- if not (execute and this.identifier.startswith('validated_')) -%}
    select 1
    {%- else -%}
    {%- set name = this.identifier | replace('validated_', '', 1) -%}
    {%- set system, table = name.split('__') -%}
    {%- set personal = ['_unreadable_line'] -%}
    {%- for column in contract_of(name).columns.values() if column.config.meta.pii -%}
        {%- do personal.append(column.name) -%}
    {%- endfor %}
with rejected as (
    select
        coalesce(nullif(row_key, ''), '(none)') as row_key,
        coalesce(nullif(split_part(reject_reason, ': ', 1), ''), '_unreadable_line') as column_name,
        split_part(reject_reason, ': ', 2) as reason,
        raw_row
    from {{ this }}
    where row_status = 'rejected'
),

described as (
    select
        row_key,
        column_name,
        reason,
        case
            when column_name in ('{{ personal | join("', '") }}') then '(not shown)'
            else coalesce({{ json_value('raw_row', 'column_name') }}, '')
        end as column_value,
        split_part({{ json_value('raw_row', "'_unreadable_line'") }}, ':', 1) as line
    from rejected
),

most_common as (
    select
        column_name,
        reason,
        count(*) as row_count,
        min(row_key) as row_key,
        min_by(column_value, row_key) as column_value,
        min_by(line, row_key) as line
    from described
    group by column_name, reason
    order by count(*) desc, column_name, reason
    limit 1
),

counts as (
    select
        (select count(*) from {{ this }}) as row_count,
        (select count(*) from described) as rejected_count,
        coalesce((
            select max_rejected_share from {{ tolerances }}
            where raw_table in ('{{ name }}', 'default')
            order by raw_table = 'default' limit 1
        ), 0) as max_rejected_share
),

broken as (
    select
        concat(
            'Table {{ system }}.{{ table }} (file {{ name }}): ', counts.rejected_count, ' of ', counts.row_count,
            ' rows were rejected, more than the share of ', counts.max_rejected_share,
            ' that is allowed. Most common: ', most_common.row_count, ' rows, ',
            case
                when most_common.line is not null
                    then concat('unreadable, the first at ', most_common.line)
                else concat(
                    'column ', most_common.column_name, ' is ', most_common.reason, ', for example ''',
                    most_common.column_value, ''' in the row with key ', most_common.row_key
                )
            end,
            '. Correct the file, or raise the share: in seeds/reference/tolerances.csv, or in reference__tolerances.csv'
            ' beside your raw files. With the share raised, make doctor shows every reason.'
        ) as message
    from counts
    cross join most_common
    where counts.rejected_count > counts.row_count * counts.max_rejected_share
)

select {{ fail_with('message') }} from broken
    {%- endif -%}
{%- endmacro %}
