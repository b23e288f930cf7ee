{# What is measured of a raw table on each day: its contract says which columns. #}

{# The rows of a raw table as they were known at the end of the day after that of their fact: of each key the newest version
   that had arrived by then. What the first load of a table brought is history, known when it happened. Adds fact_day,
   known_by (the moment by which all that counts had arrived), version_count, and is_reused: the key was one of an earlier day. #}
{% macro known_rows(system, table, days=none) -%}
    {%- set contract = contract_of(system ~ '__' ~ table) -%}
    {%- set rows = ref('validated_' ~ system ~ '__' ~ table) -%}
    select *
    from (
        select
            counted.*,
            earlier.first_day < counted.fact_day and earlier.first_arrival < counted.known_by as is_reused,
            count(*) over (partition by counted.row_key, counted.fact_day) as version_count,
            row_number() over (
                partition by counted.row_key, counted.fact_day
                order by
                    counted._loaded_at desc nulls last,
                    {% if contract.config.meta.version %}counted.{{ contract.config.meta.version }} desc nulls last,{% endif %}
                    counted.row_hash
            ) as version_rank
        from (
            select
                dated.*,
                {{ known_by('dated.fact_day', 'loads.first_load_day') }} as known_by
            from (select *, {{ fact_day(contract) }} as fact_day from {{ rows }}) as dated
            cross join {{ first_load(rows) }} as loads
            where dated.row_status in ('staged', 'superseded')
        ) as counted
        left join (
            select row_key, min({{ fact_day(contract) }}) as first_day, min(arrived_at) as first_arrival
            from {{ rows }}
            where row_status = 'superseded'
            group by row_key
        ) as earlier
            on counted.row_key = earlier.row_key
        where
            counted.arrived_at < counted.known_by
            and counted.fact_day is not null
            {{ 'and counted.fact_day in (select measured_date from ' ~ days ~ ')' if days }}
    ) as ranked
    where version_rank = 1
{%- endmacro %}


{# The day of a row's fact, or, of a table whose rows have no date of their own, the day on which the row arrived. #}
{% macro fact_day(contract) -%}
    {%- set column = measured_moment(contract) -%}
    {%- set other = column.config.meta.corrected_by if column -%}
    {%- if not column -%}{{ reporting_date('arrived_at') }}
    {%- elif column.data_type == 'date' -%}{{ column.name }}
    {%- else -%}{{ reporting_date('coalesce(' ~ column.name ~ ', ' ~ other ~ ')' if other else column.name) }}
    {%- endif -%}
{%- endmacro %}


{# The column that dates the rows of a table, or none: then the day on which a row arrived does. #}
{% macro measured_moment(contract) -%}
    {%- set name = fact_column(contract) or contract.config.meta.arrived -%}
    {{ return(contract.columns[name] if name else none) }}
{%- endmacro %}


{# Whether a raw table holds facts of days, and not things as they are. #}
{% macro has_measured_days(contract) -%}
    {%- set meta = contract.config.meta -%}
    {{ return(not meta.is_dimension and (measured_moment(contract) is not none or 'happens_with' in meta)) }}
{%- endmacro %}


{% macro first_load(relation) -%}
    (select {{ reporting_date('min(arrived_at)') }} as first_load_day from {{ relation }} where row_status in ('staged', 'superseded'))
{%- endmacro %}


{# The moment by which a fact must have arrived to count: the end of the day after it. #}
{% macro known_by(fact_day, first_load_day) -%}
    {{ first_moment_after('greatest(' ~ dbt.dateadd('day', 1, fact_day) ~ ', ' ~ first_load_day ~ ')') }}
{%- endmacro %}


{# Measures of a raw table, one row per day and measure: of all days or of those of a relation. #}
{% macro measures_of(system, table, days=none) -%}
    {%- set contract = contract_of(system ~ '__' ~ table) if execute -%}
    {%- if execute and has_measured_days(contract) -%}
    {%- set meta = contract.config.meta -%}
    {%- set columns = measured_columns(contract) -%}
    {%- set parents = {} -%}
    {%- for column in columns if column.config.meta.parent and not column.config.meta.parent.startswith('reference.') -%}
        {%- set parent = column.config.meta.parent.split('.') -%}
        {%- do parents.update({column.name: ref('validated_' ~ parent[0] ~ '__' ~ parent[1])}) -%}
    {%- endfor -%}
    {%- set unlike = unlike_column(contract) -%}
    select
        '{{ contract.unique_id }}' as node_id,
        measured.fact_day as measured_date,
        measured.measure,
        measured.kind,
        measured.column_name,
        measured.hits,
        measured.n,
        measured.average,
        measured.variance,
        measured.cubes,
        measured.fourths
    from (
        with known as (
            {{ known_rows(system, table, days) }}
        ),

        {%- for name, parent in parents.items() %}
        parents_{{ loop.index }} as (
            select {{ contract_of_parent(contract, name).config.meta.key[0] }} as parent_key, min(arrived_at) as arrived_at
            from {{ parent }}
            where row_status in ('staged', 'superseded')
            group by 1
        ),
        {%- endfor %}

        related as (
            select
                known.*
                {%- for name in parents %},
                known.{{ name }} is not null and coalesce(
                    parents_{{ loop.index }}.arrived_at >= greatest(known.known_by, {{ first_moment_after('loads_' ~ loop.index ~ '.first_load_day') }}),
                    loads_{{ loop.index }}.first_load_day is not null
                ) as is_orphan_{{ loop.index }}
                {%- endfor %}
            from known
            {%- for name, parent in parents.items() %}
            left join parents_{{ loop.index }} on known.{{ name }} = parents_{{ loop.index }}.parent_key
            cross join {{ first_load(parent) }} as loads_{{ loop.index }}
            {%- endfor %}
        ),

        whole as (
            select
                fact_day,
                {{ each_of(all_measures(measures_of_rows(contract, columns, parents))) }} as one
            from related
            group by fact_day
        ),
        {%- set numbers = columns | selectattr('data_type', 'in', number_types()) | rejectattr('config.meta.is_planned', 'equalto', true) | list -%}
        {%- if numbers %}

        averages as (
            select
                fact_day,
                {{ each_of(all_measures(measures_of_numbers(numbers, unlike))) }} as one
            from related
            group by fact_day{{ ', ' ~ unlike if unlike }}
        ),
        {%- endif -%}
        {%- set words = categories_of(contract, columns) -%}
        {%- if words %}

        -- A column with more values than a person reads is no category.
        value_rows as (
            select
                fact_day,
                {{ each_of(all_measures(words)) }} as one
            from known
        ),

        value_counts as (
            select
                fact_day,
                one.column_name,
                one.word,
                count(*) as row_count,
                sum(count(*)) over (partition by fact_day, one.column_name) as all_count,
                count(one.word) over (partition by fact_day, one.column_name) as word_count,
                row_number() over (
                    partition by fact_day, one.column_name order by count(*) desc, one.word
                ) as place
            from value_rows
            group by fact_day, one.column_name, one.word
        ),
        {%- endif %}

        measured as (
            select
                fact_day,
                {{ fields_of('one') }}
            from whole
            {%- if numbers %}
            union all
            select
                fact_day,
                {{ fields_of('one') }}
            from averages
            {%- endif %}
            {%- if words %}
            union all
            select
                fact_day,
                column_name || ' = ' || left(word, 60),
                'share of values',
                column_name,
                sum(row_count),
                min(all_count),
                null,
                null,
                null,
                null
            from value_counts
            where word is not null and place <= {{ var('most_category_values') }} + 1
            group by fact_day, column_name, left(word, 60)
            union all
            select
                fact_day,
                'different ' || column_name,
                'different',
                column_name,
                min(word_count),
                min(all_count),
                null,
                null,
                null,
                null
            from value_counts
            group by fact_day, column_name
            {%- endif %}
        )

        select * from measured
    ) as measured
    {%- elif not execute -%}
    {%- do ref('validated_' ~ system ~ '__' ~ table) -%}
    select 1 as node_id
    {%- endif -%}
{%- endmacro %}


{% macro contract_of_parent(contract, name) -%}
    {{ return(contract_of(contract.columns[name].config.meta.parent.replace('.', '__'))) }}
{%- endmacro %}


{# The columns that are measured: all but those of the loader, and the parts of a key, whose values differ by definition. #}
{% macro measured_columns(contract) -%}
    {{ return(contract.columns.values() | rejectattr('name', 'equalto', '_loaded_at') | list) }}
{%- endmacro %}


{% macro number_types() -%}
    {{ return(['bigint', 'double', 'decimal(24, 8)', 'decimal(24, 20)']) }}
{%- endmacro %}


{# What makes numbers of a table incomparable: their currency, or the columns that meta `unlike` names. Null where nothing does. #}
{% macro unlike_column(contract) -%}
    {%- set currencies = contract.columns.values() | selectattr('config.meta.has_rate', 'defined') | map(attribute='name') | list -%}
    {%- set names = contract.config.meta.unlike or currencies -%}
    {{ return("concat_ws(' in ', " ~ names | join(', ') ~ ')' if names else none) }}
{%- endmacro %}


{% macro all_measures(parts) -%}
    [
        {{ parts | join(',\n        ') }}
    ]
{%- endmacro %}


{# One measure: its name and kind, the column, and what it is counted from. #}
{% macro measure(name, kind, column_name, hits, n='count(*)') -%}
    {{ return(_measure(name, kind, column_name, hits, n)) }}
{%- endmacro %}


{# A mean, with what says how values are spread: their variance and the means of their third and fourth powers. All are the
   same in whatever order rows come. Values are logarithms, or not far from 0. #}
{% macro mean_measure(name, kind, column_name, value) -%}
    {%- set value = 'case when abs(' ~ value ~ ') < 1000 then ' ~ value ~ ' end' -%}
    {%- set n = 'count(' ~ value ~ ')' -%}
    {%- set total = steady_sum(value) -%}
    {{ return(_measure(
        name, kind, column_name, 'null', n,
        total ~ ' / nullif(' ~ n ~ ', 0)',
        'greatest(0, ' ~ steady_sum('power(' ~ value ~ ', 2)') ~ ' - ' ~ total ~ ' * ' ~ total ~ ' / nullif(' ~ n ~ ', 0)) / nullif(' ~ n ~ ' - 1, 0)',
        steady_sum('power(' ~ value ~ ', 3)') ~ ' / nullif(' ~ n ~ ', 0)',
        steady_sum('power(' ~ value ~ ', 4)') ~ ' / nullif(' ~ n ~ ', 0)'
    )) }}
{%- endmacro %}


{% macro _measure(name, kind, column_name, hits, n, average='null', variance='null', cubes='null', fourths='null') -%}
    {%- set fields = [('measure', name), ('kind', quoted(kind)), ('column_name', quoted(column_name))] -%}
    {%- for field, value in [('hits', hits), ('n', n), ('average', average), ('variance', variance), ('cubes', cubes), ('fourths', fourths)] -%}
        {%- do fields.append((field, 'cast(' ~ value ~ ' as double)')) -%}
    {%- endfor -%}
    {{ return(named_struct(fields)) }}
{%- endmacro %}


{# Counts of a day's rows, and shares of them. #}
{% macro measures_of_rows(contract, columns, parents) -%}
    {%- set meta = contract.config.meta -%}
    {%- set found = [
        measure("'rows'", 'planned count' if meta.is_planned else 'count', '', 'count(*)'),
        measure("'state'", 'state', '', 'cast(' ~ fingerprint(['row_key', 'version_count', 'row_hash']) ~ ' >> 12 as bigint)'),
        measure("'repeated keys'", 'share', '', 'sum(version_count - 1)', 'sum(version_count)'),
        measure("'keys of an earlier day'", 'share', '', 'count(case when is_reused then 1 end)'),
    ] -%}
    {%- for column in columns -%}
        {%- set name = column.name -%}
        {%- set rules = column.config.meta -%}
        {%- if (rules.optional or rules.needed_without) and 'default' not in rules -%}
            {%- do found.append(measure(quoted('empty ' ~ name), 'share', name, 'count(*) - count(' ~ name ~ ')')) -%}
        {%- endif -%}
        {%- if column.data_type == 'boolean' -%}
            {%- do found.append(measure(quoted(name ~ ' is true'), 'share', name, 'count(case when ' ~ name ~ ' then 1 end)')) -%}
        {%- elif column.data_type in number_types() and name not in meta.key -%}
            {%- do found.append(measure(quoted(name ~ ' is 0 or less'), 'share', name, 'count(case when ' ~ name ~ ' <= 0 then 1 end)', 'count(' ~ name ~ ')')) -%}
        {%- elif column.data_type == 'varchar' and (name in parents or name.endswith('_id')) and meta.key != [name] and not meta.is_planned -%}
            {%- do found.append(measure(quoted('different ' ~ name), 'count', name, 'count(distinct ' ~ name ~ ')')) -%}
            {%- do found.append(measure(quoted(name ~ ' by rows'), 'share', name, 'count(distinct ' ~ name ~ ')', 'count(' ~ name ~ ')')) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in parents -%}
        {%- do found.append(measure(quoted(name ~ ' without its ' ~ contract.columns[name].config.meta.parent), 'share', name, 'count(case when is_orphan_' ~ loop.index ~ ' then 1 end)', 'count(' ~ name ~ ')')) -%}
    {%- endfor -%}
    {%- set moment = measured_moment(contract) -%}
    {%- if moment and moment.data_type == 'timestamp' -%}
        {%- for hour in range(0, 24, 4) -%}
            {%- do found.append(measure(quoted('hours ' ~ hour ~ ' to ' ~ (hour + 3)), 'share', moment.name, 'count(case when extract(hour from ' ~ moment.name ~ ') between ' ~ hour ~ ' and ' ~ (hour + 3) ~ ' then 1 end)')) -%}
        {%- endfor -%}
        {%- for column in columns if column.data_type == 'timestamp' and column.name != moment.name and column.name != meta.version -%}
            {%- do found.extend(measures_of_delay(moment.name, column.name)) -%}
        {%- endfor -%}
        {%- do found.extend(measures_of_delay(moment.name, 'arrived_at')) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}


{# How long after its fact another moment of the row is, and how often before it. #}
{% macro measures_of_delay(moment, name) -%}
    {%- set minutes = dbt.datediff(moment, name, 'second') ~ ' / 60.0' -%}
    {{ return([
        mean_measure(quoted('minutes from ' ~ moment ~ ' to ' ~ name), 'signed log', name, signed_log(minutes)),
        measure(quoted(name ~ ' before ' ~ moment), 'share', name, 'count(case when ' ~ name ~ ' < ' ~ moment ~ ' then 1 end)', 'count(' ~ name ~ ')'),
    ]) }}
{%- endmacro %}


{# Means of numbers: of logarithms, so that a unit moves every mean alike; with their sign where some may be below 0. #}
{% macro measures_of_numbers(numbers, unlike) -%}
    {%- set found = [] -%}
    {%- for column in numbers -%}
        {%- set is_log = column.config.meta.min is defined and column.config.meta.min >= 0 -%}
        {%- set number = 'cast(' ~ column.name ~ ' as double)' -%}
        {%- set value = 'case when ' ~ number ~ ' > 0 then ln(' ~ number ~ ') end' if is_log else signed_log(number) -%}
        {%- set name = quoted('mean ' ~ column.name) -%}
        {%- if unlike -%}{%- set name = quoted('mean ' ~ column.name ~ ' of ') ~ ' || ' ~ unlike -%}{%- endif -%}
        {%- do found.append(mean_measure(name, 'log' if is_log else 'signed log', column.name, value)) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{# Columns that may be categories: neither keys nor personal data nor ids. #}
{% macro categories_of(contract, columns) -%}
    {%- set found = [] -%}
    {%- for column in columns if not contract.config.meta.is_planned and column.data_type == 'varchar' and column.config.meta.pii not in direct_identifiers() and column.name not in contract.config.meta.key
        and not column.name.endswith('_id') and (not column.config.meta.parent or column.config.meta.parent.startswith('reference.')) -%}
        {%- do found.append(named_struct([('column_name', quoted(column.name)), ('word', column.name)])) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{# Before an incremental model of measures: takes out the days of which other rows are known now than those it measured, and its
   last days, whose parents may have come since. #}
{% macro forget_changed_measures(system, table) -%}
    {%- if execute and is_incremental() -%}
    create or replace temporary table {{ changed_keys() }} as
    select coalesce(known_days.fact_day, kept_days.measured_date) as measured_date
    from (
        select
            fact_day,
            count(*) as n,
            cast({{ fingerprint(['row_key', 'version_count', 'row_hash']) }} >> 12 as bigint) as hits
        from ({{ known_rows(system, table) }}) as known
        group by fact_day
    ) as known_days
    full join (select measured_date, n, hits from {{ this }} where kind = 'state') as kept_days
        on known_days.fact_day = kept_days.measured_date
    where
        known_days.n is distinct from kept_days.n
        or known_days.hits is distinct from kept_days.hits
        or kept_days.measured_date >= (
            select {{ dbt.dateadd('day', -3, 'max(measured_date)') }} from {{ this }}
        );
    delete from {{ this }} where measured_date in (select measured_date from {{ changed_keys() }});
    {{ remember_settings() }}
    {%- else -%}
    {{ remember_settings() if execute else 'select 1' }}
    {%- endif -%}
{%- endmacro %}


{# The days that this run measures again: a relation, or none for all days. #}
{% macro days_measured_again() -%}
    {{ return(changed_keys() if is_incremental() else none) }}
{%- endmacro %}


{# The unique id that dbt gives a node of this project, in quotes. #}
{% macro node_id_of(kind, name) -%}
    {{ return(quoted(kind ~ '.' ~ project_name ~ '.' ~ name)) }}
{%- endmacro %}


{# The fields of a struct of mean_measure or measure, as columns. #}
{% macro fields_of(struct) -%}
    {%- for field in ['measure', 'kind', 'column_name', 'hits', 'n', 'average', 'variance', 'cubes', 'fourths'] %}
    {{ struct }}.{{ field }}{{ ',' if not loop.last }}
    {%- endfor %}
{%- endmacro %}
