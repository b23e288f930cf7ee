{# After a validated table: stops when more of its rows, or of its money, were rejected than the reference table
   tolerances allows. #}
{% macro stop_beyond_tolerance() -%}
    {%- set tolerances = ref('tolerances') -%}
    {%- if not (execute and this.identifier.startswith('validated_')) -%}
    select 1
    {%- elif not run_query('select 1 from ' ~ this ~ " where row_status = 'rejected' limit 1").rows -%}
    select 1
    {%- else -%}
    {%- set name = this.identifier | replace('validated_', '', 1) -%}
    {%- set system, table = name.split('__') -%}
    {%- set contract = contract_of(name) -%}
    {%- set personal = ['_unreadable_line'] -%}
    {%- for column in contract.columns.values() if column.config.meta.pii in direct_identifiers() -%}
        {%- do personal.append(column.name) -%}
    {%- endfor %}
with rejected as (
    select
        case
            when {{ looks_personal('row_key') }} then '(not shown)'
            else coalesce(nullif(row_key, ''), '(none)')
        end as row_key,
        unnest(string_split(reject_reason, '; ')) as broken_rule,
        raw_row
    from {{ this }}
    where row_status = 'rejected'
),

parted as (
    select
        *,
        coalesce(nullif(split_part(broken_rule, ': ', 1), ''), '_unreadable_line') as column_name,
        split_part(broken_rule, ': ', 2) as reason
    from rejected
),

valued as (
    select
        column_name,
        reason,
        case
            when
                column_name in ('{{ personal | join("', '") }}')
                or {{ looks_personal(json_value('raw_row', 'column_name')) }}
                then '(not shown)'
            else coalesce({{ json_value('raw_row', 'column_name') }}, '')
        end as column_value,
        count(*) as row_count,
        min(row_key) as row_key,
        min(split_part({{ json_value('raw_row', "'_unreadable_line'") }}, ':', 1)) as line
    from parted
    group by 1, 2, 3
),

numbered as (
    select
        *,
        row_number() over (
            partition by column_name, reason
            order by row_count desc, column_value
        ) as value_number,
        count(*) over (partition by column_name, reason) as value_count
    from valued
),

reasons as (
    select
        sum(row_count) as row_count,
        concat(
            case when column_name = '_unreadable_line' then 'unreadable' else concat('column ', column_name, ' is ', reason) end,
            ' in ', sum(row_count), case when sum(row_count) = 1 then ' row' else ' rows' end,
            case
                when column_name = '_unreadable_line' then concat(
                    ', the first at ', min(line),
                    case
                        when min(line) like '%invalid encoding%'
                            then ' (not UTF-8: a file of Korean Windows is CP949; save it as CSV UTF-8)'
                    end
                )
                when reason in ('not accepted', 'without a rate') then concat(
                    ': ',
                    string_agg(concat('''', column_value, ''' ', row_count), ', ' order by value_number)
                    filter (where value_number <= 100),
                    case when max(value_count) > 100 then concat(' and ', max(value_count) - 100, ' values more') end,
                    ' (accepted: ', {{ accepted_values(contract, 'column_name') }}, ')'
                )
                else concat(
                    ', for example ''',
                    min_by(column_value, row_key), ''' in the row with key ', min(row_key)
                )
            end
        ) as sentence
    from numbered
    group by column_name, reason
),

-- An amount that cannot be read is not counted, on either side.
amounts as (
    {{ money_of(name, contract) }}
),

money as (
    select
        sum(case when row_status = 'rejected' then amount else 0 end) / nullif(sum(amount), 0) as rejected_share
    from amounts
),

counts as (
    select
        count(*) as row_count,
        count(case when row_status = 'rejected' then 1 end) as rejected_count
    from {{ this }}
),

allowed as (
    select
        coalesce(max(max_rejected_share), 0) as max_rejected_share,
        coalesce(max(max_rejected_amount_share), max(max_rejected_share), 0) as max_rejected_amount_share
    from (
        select * from {{ tolerances }}
        where raw_table in ('{{ name }}', 'default')
        order by raw_table = 'default'
        limit 1
    )
),

broken as (
    select
        concat(
            'Table {{ system }}.{{ table }} (file {{ name }}): ', counts.rejected_count, ' of ', counts.row_count,
            ' rows were rejected (', {{ percent('counts.rejected_count / counts.row_count') }},
            case when money.rejected_share is not null then concat(
                ', with ', {{ percent('money.rejected_share') }}, ' of the money'
            ) end,
            '); allowed are ', {{ percent('allowed.max_rejected_share') }}, ' of the rows',
            case when money.rejected_share is not null then concat(
                ' and ', {{ percent('allowed.max_rejected_amount_share') }}, ' of the money'
            ) end,
            '. Reasons (a row may have several): ',
            (select string_agg(sentence, '; ' order by row_count desc, sentence) from reasons),
            '. Correct the file, or raise the share: in seeds/reference/tolerances.csv, or in reference__tolerances.csv'
            ' beside your raw files. With the share raised, make doctor shows every reason.'
        ) as message
    from counts
    cross join money
    cross join allowed
    where
        counts.rejected_count > counts.row_count * allowed.max_rejected_share
        or money.rejected_share > allowed.max_rejected_amount_share
)

select {{ fail_with('message') }} from broken
    {%- endif -%}
{%- endmacro %}


{# The money of the rows of the validated table, in the reporting currency at the newest rate of each currency. An order is worth its
   lines; a line has the currency of its order. Both are read as they were landed. #}
{% macro money_of(name, contract) -%}
    {%- set meta = contract.config.meta -%}
    {%- if not meta.money -%}
    select cast(null as varchar) as row_status, cast(null as double) as amount
    {%- else -%}
    {%- set other = contract_of(meta.money_beside) if meta.money_beside -%}
    select
        valued.row_status,
        abs(valued.amount) * rates.usd_rate as amount
    from (
        select
            validated.row_status,
        {%- if other and name == 'app__orders' %}
            validated.currency,
            lines.amount
        from {{ this }} as validated
        inner join (
            select
                {{ typed(other.columns['order_id']) }} as order_id,
                sum({{ as_finite('raw_rows.quantity') }} * {{ as_finite('raw_rows.unit_price') }}) as amount
            from {{ other.relation_name }} as raw_rows
            group by 1
        ) as lines
            on validated.order_id = lines.order_id
        {%- elif other %}
            orders.currency,
            {{ amount_in('validated', meta.money) }} as amount
        from {{ this }} as validated
        inner join (
            select
                {{ typed(other.columns['order_id']) }} as order_id,
                min({{ typed(other.columns['currency']) }}) as currency
            from {{ other.relation_name }} as raw_rows
            group by 1
        ) as orders
            on validated.order_id = orders.order_id
        {%- else %}
            {{ "validated.currency" if 'currency' in contract.columns else "'USD' as currency" }},
            {{ amount_in('validated', meta.money) }} as amount
        from {{ this }} as validated
        {%- endif %}
        where validated.row_status in ('staged', 'rejected')
    ) as valued
    inner join ({{ newest_rates() }}) as rates
        on valued.currency = rates.currency
    {%- endif -%}
{%- endmacro %}


{# The product of columns of the validated table; one that broke its row counts as it came, where that is a number. #}
{% macro amount_in(row, columns) -%}
    {%- for column in columns -%}
    coalesce(cast({{ row }}.{{ column }} as double), {{ as_finite(json_value(row ~ '.raw_row', quoted(column))) }}){{ ' * ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# One rate of each currency, from the landed tables: known_rates is made later than this asks. #}
{% macro newest_rates() -%}
    {%- set given = contract_of('finance__exchange_rates') -%}
    {%- set fixed = graph.nodes['seed.' ~ project_name ~ '.fixed_rates'].relation_name -%}
    select currency, max(usd_rate) as usd_rate
    from (
        select 'USD' as currency, 1.0 as usd_rate
        union all
        select
            {{ typed(given.columns['currency']) }},
            max_by(
                {{ as_finite('raw_rows.usd_rate') }},
                {{ typed(given.columns['rate_date']) }}
            )
        from {{ given.relation_name }} as raw_rows
        group by 1
        union all
        select upper(currency), cast(usd_rate as double)
        from {{ fixed }}
        where not exists (select 1 from {{ given.relation_name }})
    )
    group by currency
{%- endmacro %}


{% macro percent(share) -%}
    concat(round(100.0 * {{ share }}, 2), ' %')
{%- endmacro %}


{# What a column accepts, in words. #}
{% macro accepted_values(contract, column_name) -%}
    case {{ column_name }}
        when '_unreadable_line' then ''
    {%- for column in contract.columns.values() %}
        {%- if column.config.meta.accepted %}
        when '{{ column.name }}' then '{{ column.config.meta.accepted | join(", ") }}'
        {%- elif column.config.meta.country %}
        when '{{ column.name }}' then 'codes of ISO 3166 and the names in seeds/reference/country_names.csv'
        {%- elif column.config.meta.has_rate %}
        when '{{ column.name }}' then 'USD and what finance__exchange_rates has; without it, what fixed_rates.csv has'
        {%- endif %}
    {%- endfor %}
        else ''
    end
{%- endmacro %}
