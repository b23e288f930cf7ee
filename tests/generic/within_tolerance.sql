{# Stops the build when too many of a raw table's rows were rejected, and says which, why and what to do.
   The limit is in seeds/reference/tolerances.csv. #}
{% test within_tolerance(model, system, table) %}
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

reasons as (
    select
        column_name,
        reason,
        count(*) as row_count,
        min(row_key) as example_key,
        min(raw_row) as example_row
    from {{ ref('rejected_rows') }}
    where source_system = '{{ system }}' and table_name = '{{ table }}'
    group by column_name, reason
    order by count(*) desc
    limit 1
),

broken as (
    select fates.*, tolerances.*, reasons.* exclude (row_count), reasons.row_count as reason_count
    from fates
    cross join tolerances
    cross join reasons
    where fates.rejected_count > fates.row_count * tolerances.max_rejected_share
)

select
    {{ fail_with("concat('Table " ~ system ~ "." ~ table ~ " (file " ~ system ~ "__" ~ table ~ "): ', rejected_count, ' of ', row_count,
        ' rows are rejected, more than the share of ', max_rejected_share, ' that seeds/reference/tolerances.csv allows. The most common reason, ',
        reason_count, ' rows: column ', coalesce(column_name, '(the whole line)'), ' is ', reason, ', for example in ', example_row,
        '. Correct the file, or raise the share; all of them are in vault.rejected_rows.')") }} as message
from broken
{% endtest %}
