{# The raw tables by source system. tests/python/project_rules.py holds the list against the seeds. #}
{% macro raw_tables() %}
    {{ return({
        'app': ['customers', 'products', 'orders', 'order_items', 'order_status_events', 'subscription_changes'],
        'events': ['events'],
        'ads': ['campaigns', 'daily_performance'],
        'payments': ['payments', 'refunds', 'disputes'],
        'support': ['tickets'],
        'surveys': ['invitations', 'responses'],
        'experiments': ['experiments', 'variants', 'metrics', 'exposures', 'decisions'],
        'devices': ['readings', 'diagnoses'],
        'ml': ['models', 'predictions'],
        'bi': ['dashboards', 'dashboard_sources', 'dashboard_views', 'questions'],
        'platform': ['job_runs', 'query_runs', 'bills'],
        'privacy': ['consents', 'erasure_requests'],
        'finance': ['exchange_rates'],
    }) }}
{% endmacro %}


{# The classes of a column (meta `pii`) by which anybody knows the person. tools/contracts.py has the same. #}
{% macro direct_identifiers() %}
    {{ return(['name', 'email', 'phone', 'birth_date', 'address', 'free_text', 'official_id']) }}
{% endmacro %}


{# The contract of a raw table: the seed's columns, and what their meta demands. #}
{% macro contract_of(name) %}
    {{ return(graph.nodes['seed.' ~ project_name ~ '.raw_' ~ name]) }}
{% endmacro %}


{# A column of every raw table, which no contract lists: from when on the source no longer has the row. #}
{% macro deleted_column() %}
    {{ return({'name': '_deleted_at', 'data_type': 'timestamp', 'config': {'meta': {'optional': true}}}) }}
{% endmacro %}


{# Whether a deleted row of this raw table still counts as it last was (meta `deleted_rows`). #}
{% macro keeps_deleted_rows(contract) %}
    {{ return(contract.config.meta.deleted_rows == 'stay') }}
{% endmacro %}


{# The whole body of a model: every row of a raw table, typed and checked by its contract, step by step, so that each
   value is cleaned once and typed once: <column>__given is the value as it came, <column>__typed in its type.
   An incremental model validates the raw rows that changed, and ranks them among the rows it kept of the same keys.
   Rows without a date of their own (meta `happens_with`) are later when their row of the raw table `parent` is. #}
{% macro validated(raw, rates=none, countries=none, parent=none) -%}
    {%- if execute -%}
    {%- set contract = contract_of(raw.identifier | replace('raw_', '', 1)) -%}
    {%- set meta = contract.config.meta -%}
    {%- set names = contract.columns.values() | map(attribute='name') | list -%}
    {%- set columns = contract.columns.values() | list + [deleted_column()] -%}
    {%- set stays = keeps_deleted_rows(contract) -%}
    {%- set parent_key = parent_key_of(contract) if parent -%}
    {%- set is_kept = config.get('materialized') == 'incremental' -%}
    {%- set currencies = columns | selectattr('config.meta.has_rate', 'defined') | map(attribute='name') | list -%}
    {%- set places = columns | selectattr('config.meta.country', 'defined') | map(attribute='name') | list -%}
    {%- do stop_without(rates, raw, currencies, 'amounts in', 'rates', 'known_rates') -%}
    {%- do stop_without(countries, raw, places, 'countries in', 'countries', 'country_names') -%}
    {%- set broken, broken_keys = [], [] -%}
    {%- for column in columns -%}
        {%- do broken.extend(rules(column, contract)) -%}
        {%- if column.name in meta.key + ['_deleted_at', '_loaded_at'] -%}{%- do broken_keys.extend(rules(column, contract)) -%}{%- endif -%}
    {%- endfor -%}
with given as (
    select
        raw_rows.*
    {%- if is_kept %},
        {{ raw_fingerprint(contract) }} as raw_fingerprint
    {%- endif %}
    {%- for column in columns %},
        {{ cleaned(column) }} as {{ column.name }}__given
    {%- endfor %}
    from {{ raw }} as raw_rows
    {%- if is_incremental() %}
    where {{ raw_fingerprint(contract) }} in (select changed.raw_fingerprint from {{ changed_rows() }} as changed)
    {%- endif %}
),

typed as (
    select
        given.*
    {%- for column in columns %},
        {{ column.name ~ '_names.country_code' if column.name in places else in_type(column.name ~ '__given', column) }} as {{ column.name }}__typed
    {%- endfor %}
    from given
    {%- for name in places %}
    left join ({{ codes_of(countries) }}) as {{ name ~ '_names' }}
        on {{ as_country_name(name ~ '__given') }} = {{ name ~ '_names' }}.country_name
    {%- endfor %}
),

arrived as (
    select
        typed.*,
        {{ arrival_of(contract, '__typed') }} as arrived_at,
        {{ known_at(contract) }} as known_at,
        {{ is_deleted(contract, '__typed') }} as is_deleted,
        as_of.as_of_date,
        as_of.known_until
    from typed
    cross join {{ as_of() }} as as_of
),

checked as (
    select
        *,
        {{ later_reason(contract, 'arrived_at', '__typed', 'later_parents.later_key' if parent) }} as later_reason,
        case
            when _unreadable_line is not null then ': unreadable line'
            when is_deleted then {{ reasons_of(broken_keys) }}
            else {{ reasons_of(broken) }}
        end as reject_reason
    from arrived
    {%- for name in currencies %}
    left join (select distinct currency as known_currency from {{ rates }}) as rates
        on {{ name }}__given = rates.known_currency
    {%- endfor %}
    {%- if parent %}
    left join ({{ keys_that_wait(parent, parent_key) }}) as later_parents
        on {{ parent_key }}__given = later_parents.later_key
    {%- endif %}
),

described as (
    select
    {%- for name in names %}
        {{ name }}__typed as {{ name }},
    {%- endfor %}
        {{ row_key_of(meta.key) }} as row_key,
        _deleted_at__typed as _deleted_at,
        is_deleted,
        arrived_at,
        later_reason,
        reject_reason,
        case
            when _unreadable_line is not null then {{ as_json(['_unreadable_line']) }}
            when reject_reason is not null and _deleted_at is not null then {{ as_json(names + ['_deleted_at']) }}
            when reject_reason is not null then {{ as_json(names) }}
        end as raw_row,
        {{ row_hash(names) }} as row_hash
    {%- if is_kept %},
        raw_fingerprint
    {%- endif %}
    from checked
),
{% if is_incremental() %}
{%- set kept_columns = adapter.get_columns_in_relation(this) | map(attribute='name') | reject('equalto', 'row_status') | join(', ') %}
compared as (
    select {{ kept_columns }} from described
    union all
    select {{ kept_columns }} from {{ this }}
    where
        row_key in (select described.row_key from described)
        or row_key in (select changed.row_key from {{ changed_keys() }} as changed)
),
{% endif %}
ranked as (
    select
        *,
        case
            when later_reason = '{{ arrived_later() }}' then 'later'
            when reject_reason is not null then 'rejected'
            when is_deleted then 'deleted'
            when row_number() over (
                partition by
                    {{ meta.key | join(', ') }},
                    {{ 'is_deleted,' if stays }}
                    reject_reason is null
                    and later_reason is distinct from '{{ arrived_later() }}'
                order by
                    _loaded_at desc nulls last,
                    {% if meta.version %}{{ version_of_a_row(meta.version) }} desc nulls last,{% endif %}
                    is_deleted desc,
                    row_hash
            ) > 1 then 'superseded'
            when later_reason is not null then 'later'
            else 'staged'
        end as row_status
    from {{ 'compared' if is_incremental() else 'described' }}
)

select * from ranked
    {%- else -%}
select 1 as row_key from {{ raw }}
    {%- endif -%}
{%- endmacro %}


{# The moment of which a row's future is counted: its arrival, where nobody says that the end of the run. #}
{% macro known_at(contract) -%}
        coalesce(
            _loaded_at__typed,
            {% if contract.config.meta.arrived %}{{ contract.config.meta.arrived }}__typed,{% endif %}
            greatest({{ first_moment_after('as_of_date') }}, known_until)
        )
{%- endmacro %}


{# The column that names the row of another table with which a row happens (meta `happens_with`). #}
{% macro parent_key_of(contract) -%}
    {{ return(contract.columns.values() | selectattr('config.meta.parent', 'equalto', contract.config.meta.happens_with) | map(attribute='name') | first) }}
{%- endmacro %}


{# When a version of a row was made: one that says that the row is deleted was made then. #}
{% macro version_of_a_row(version) -%}
    case when is_deleted then greatest({{ version }}, _deleted_at) else {{ version }} end
{%- endmacro %}


{# Whether a row says, as far as is known, that its key was deleted. A row that arrived was deleted before. Where deleted rows
   stay, only a row that has nothing but its key is no version of it. #}
{% macro is_deleted(contract, suffix) -%}
    {%- set deleted_at = '_deleted_at' ~ suffix if suffix else typed(deleted_column()) -%}
    {%- set loaded_at = '_loaded_at' ~ suffix if suffix else typed(contract.columns['_loaded_at']) -%}
    coalesce(
            {{ deleted_at }} is not null
            and least({{ deleted_at }}, {{ loaded_at }}) <= known_until
            {{- ' and ' ~ has_only_its_key(contract, 'typed' if suffix else 'raw_rows') if keeps_deleted_rows(contract) }},
            false
        )
{%- endmacro %}


{# Whether a row says nothing but which row it is: a deletion that does not repeat what the row held. #}
{% macro has_only_its_key(contract, rows) -%}
    {%- set meta = contract.config.meta -%}
    {%- set others = [] -%}
    {%- for name in contract.columns if name not in meta.key + [meta.version, '_loaded_at'] -%}
        {%- do others.append('cast(' ~ rows ~ '.' ~ name ~ ' as varchar)') -%}
    {%- endfor -%}
    concat_ws('', {{ others | join(', ') }}) = ''
{%- endmacro %}


{# All that is wrong with a row, or null: `broken` is pairs of a condition and its reason. #}
{% macro reasons_of(broken) -%}
    case
            when
            {%- for condition, _ in broken %}
                {{ 'or ' if not loop.first }}({{ condition }})
            {%- endfor %}
                then concat_ws(
                    '; '
                {%- for condition, reason in broken %},
                    case when {{ condition }} then {{ reason }} end
                {%- endfor %}
                )
            end
{%- endmacro %}


{% macro stop_without(relation, raw, names, what, argument, model) -%}
    {%- if names and not relation -%}
        {%- do stop(raw.identifier ~ ' has ' ~ what ~ ' ' ~ names | join(', ') ~ ": write validated(ref('"
            ~ raw.identifier ~ "'), " ~ argument ~ "=ref('" ~ model ~ "')).") -%}
    {%- endif -%}
{%- endmacro %}


{# The key of a row as text: values of their type, else as they came, so that 1 and 01 are one line number. #}
{% macro row_key_of(key) -%}
    {%- set parts = [] -%}
    {%- for name in key -%}
        {%- do parts.append('coalesce(cast(' ~ name ~ '__typed as varchar), cast(' ~ name ~ '__given as varchar))') -%}
    {%- endfor -%}
    {{ readable_key(parts) }}
{%- endmacro %}


{# The code of each name by which a country is known; a code is one of its names. #}
{% macro codes_of(countries) -%}
    select
        {{ as_country_name('country_name') }} as country_name,
        min(country_code) as country_code
    from {{ countries }}
    group by 1
{%- endmacro %}


{% macro as_country_name(value) -%}
    case when length({{ value }}) = 2 then upper({{ value }}) else {{ as_name(value) }} end
{%- endmacro %}


{# When a raw row arrived: what the loader wrote, else the first moment that the row names, of those that say when it
   came, changed and happened: a row that was touched again since is not younger for that. #}
{% macro arrival_of(contract, suffix) -%}
    {%- set meta = contract.config.meta -%}
    {%- set others = [] -%}
    {%- for name in [meta.arrived, meta.version, meta.moment] | select | unique -%}
        {%- do others.append(name ~ suffix if suffix else typed(contract.columns[name])) -%}
    {%- endfor -%}
    coalesce(
        {{- '_loaded_at' ~ suffix if suffix else typed(contract.columns['_loaded_at']) -}}
        {{- ', ' if others }}{{ 'least(' ~ others | join(', ') ~ ')' if others | length > 1 else others | join -}},
        {{- ' _deleted_at' ~ suffix if suffix else typed(deleted_column()) -}}
    )
{%- endmacro %}


{# The same of a row that is not typed yet. #}
{% macro arrival(contract) -%}
    {{ arrival_of(contract, '') }}
{%- endmacro %}


{# Why a row does not count yet, or null: it arrived after known_until, or what it says happened after as_of. The newest
   version decides: a fact that was moved to tomorrow is not one of today. #}
{% macro later_reason(contract, arrived_at, suffix, later_parent=none) -%}
    case
        when {{ arrived_at }} > known_until then '{{ arrived_later() }}'
    {%- if fact_column(contract) %}
        when {{ happened_after_as_of(contract, suffix) }} then '{{ happened_later() }}'
    {%- endif %}
    {%- if later_parent %}
        when {{ later_parent }} is not null then '{{ happened_later() }}'
    {%- endif %}
    end
{%- endmacro %}


{% macro arrived_later() -%}
    arrived after known_until
{%- endmacro %}


{% macro happened_later() -%}
    happened after as_of
{%- endmacro %}


{# Whether a validated row has arrived and counts as soon as as_of has come to its day. #}
{% macro waits_for_as_of() -%}
    row_status = 'later' and later_reason = '{{ happened_later() }}'
{%- endmacro %}


{# The keys of a raw table all of whose facts are after as_of, and no further than what has arrived can be. #}
{% macro keys_that_wait(raw, key) -%}
        {%- set contract = contract_of(raw.identifier | replace('raw_', '', 1)) %}
        select later_key
        from (
            select
                {{ cleaned(contract.columns[key]) }} as later_key,
                {{ happened_after_as_of(contract, '') }}
                and {{ happened_at(contract, '') }}
                <= {{ one_day_after('greatest(known_until, ' ~ first_moment_after('as_of_date') ~ ')') }} as is_later
            from {{ raw }} as raw_rows
            cross join {{ as_of() }} as as_of
        )
        group by later_key
        having count(*) = count(case when is_later then 1 end)
    {% endmacro %}


{# The column that dates the fact of a row: its moment, or what meta names where that is no rule of the contract. #}
{% macro fact_column(contract) %}
    {%- set meta = contract.config.meta -%}
    {%- if not meta.is_dimension -%}{{ return(meta.fact or meta.moment) }}{%- endif -%}
{% endmacro %}


{# Nothing happens after it was received. #}
{% macro happened_after_as_of(contract, suffix) -%}
    {%- set column = contract.columns[fact_column(contract)] -%}
    {%- if column.data_type == 'date' -%}
    {{ column.name ~ suffix if suffix else typed(column) }} > as_of_date
    {%- else -%}
    {{ happened_at(contract, suffix) }} >= {{ first_moment_after('as_of_date') }}
    {%- endif -%}
{%- endmacro %}


{% macro happened_at(contract, suffix) -%}
    {%- set moments = [] -%}
    {%- for name in [fact_column(contract), contract.config.meta.arrived] | select | unique -%}
        {%- do moments.append(name ~ suffix if suffix else typed(contract.columns[name])) -%}
    {%- endfor -%}
    {{ 'least(' ~ moments | join(', ') ~ ')' if moments | length > 1 else moments | join }}
{%- endmacro %}


{# A raw value as it came, text in one form; empty text and a zero date count as missing. #}
{% macro cleaned(column) -%}
    {%- set value = 'raw_rows.' ~ column.name -%}
    {%- set meta = column.config.meta -%}
    {%- if column.data_type == 'varchar' -%}
        {%- set value = as_text(value) -%}
    {%- elif column.data_type in ('timestamp', 'date') -%}
        {%- set value = without_zero_date(value, meta.pii == 'birth_date') -%}
    {%- endif -%}
    {%- if meta.upper %}{% set value = 'upper(' ~ value ~ ')' %}{% endif -%}
    {%- if 'default_var' in meta -%}
    coalesce({{ value }}, {{ quoted(var(meta.default_var)) }})
    {%- elif 'default' in meta -%}
    coalesce({{ value }}, {{ quoted(meta.default) }})
    {%- else -%}
    {{ value }}
    {%- endif -%}
{%- endmacro %}


{# A raw value in its type, or null. #}
{% macro typed(column) -%}
    {{ in_type(cleaned(column), column) }}
{%- endmacro %}


{% macro in_type(value, column) -%}
    {%- set data_type = column.data_type -%}
    {%- if data_type == 'varchar' -%}{{ value }}
    {%- elif data_type == 'timestamp' -%}{{ as_utc(value, first_day_of(column)) }}
    {%- elif data_type == 'date' -%}{{ as_day(value, first_day_of(column)) }}
    {%- elif data_type == 'bigint' -%}{{ as_whole(value) }}
    {%- elif data_type == 'double' -%}{{ as_finite(value) }}
    {%- elif data_type == 'json' -%}{{ as_json_text(value) }}
    {%- elif data_type.startswith('decimal') -%}{{ as_decimal(value, data_type) }}
    {%- else -%}try_cast({{ value }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}


{# The first day that a date or timestamp may name. #}
{% macro first_day_of(column) -%}
    {{ var(column.config.meta.oldest | default('first_plausible_day', true)) }}
{%- endmacro %}


{# What breaks a row by one column's value: pairs of a condition and the reason, an SQL expression. #}
{% macro rules(column, contract) -%}
    {%- set meta = column.config.meta -%}
    {%- set name = column.name -%}
    {%- set given = name ~ '__given' -%}
    {%- set typed = name ~ '__typed' -%}
    {%- set found = [] -%}
    {%- set uncorrected = ' and ' ~ meta.corrected_by ~ '__typed is null' if meta.corrected_by else '' -%}
    {%- if meta.needed_without -%}
        {%- do found.append([given ~ ' is null and ' ~ meta.needed_without ~ '__given is null', quoted(name ~ ': empty as is ' ~ meta.needed_without)]) -%}
    {%- elif not (meta.optional or 'default' in meta or 'default_var' in meta) -%}
        {%- do found.append([given ~ ' is null' ~ uncorrected, quoted(name ~ ': empty')]) -%}
    {%- endif -%}
    {%- if meta.country or column.data_type != 'varchar' -%}
        {%- set is_corrected = meta.corrected_by ~ '__typed is not null and ' ~ is_before(given, first_day_of(column)) if meta.corrected_by -%}
        {%- do found.append([
            given ~ ' is not null and ' ~ typed ~ ' is null' ~ (' and not coalesce(' ~ is_corrected ~ ', false)' if is_corrected),
            why_not_typed(column, given),
        ]) -%}
    {%- endif -%}
    {#- What others join by would bring it into every table. -#}
    {%- if meta.pii in ('account_id', 'device_id') and column.data_type == 'varchar' -%}
        {%- do found.append([given ~ ' is not null and ' ~ looks_personal(given), quoted(name ~ ': an e-mail address or a telephone number')]) -%}
    {%- endif -%}
    {%- if meta.accepted -%}
        {%- do found.append([given ~ " not in ('" ~ meta.accepted | join("', '") ~ "')", quoted(name ~ ': not accepted')]) -%}
    {%- endif -%}
    {%- if meta.reserved -%}
        {%- do found.append([given ~ " in ('" ~ meta.reserved | join("', '") ~ "')", quoted(name ~ ': reserved')]) -%}
    {%- endif -%}
    {%- if 'min' in meta -%}
        {%- do found.append([typed ~ ' < ' ~ meta.min, quoted(name ~ ': below minimum')]) -%}
    {%- endif -%}
    {%- set most = [] -%}
    {%- if 'max' in meta -%}{%- do most.append(typed ~ ' > ' ~ meta.max) -%}{%- endif -%}
    {%- if 'max_times' in meta -%}
        {%- do most.append('cast(' ~ typed ~ ' as double) * ' ~ meta.max_times[0] ~ '__typed > ' ~ meta.max_times[1]) -%}
    {%- endif -%}
    {%- if most -%}
        {%- do found.append([most | join(' or '), quoted(name ~ ': above maximum')]) -%}
    {%- endif -%}
    {%- if is_of_the_past(column) -%}
        {%- do found.append([typed ~ ' > ' ~ last_moment_of(name, contract.config.meta) ~ uncorrected, quoted(name ~ ': in the future')]) -%}
    {%- endif -%}
    {%- if meta.has_rate -%}
        {%- do found.append([given ~ " <> 'USD' and rates.known_currency is null", quoted(name ~ ': without a rate')]) -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}


{# Whether a column's dates and timestamps must lie before the row's arrival. #}
{% macro is_of_the_past(column) -%}
    {{ return(column.data_type in ('timestamp', 'date') and not column.config.meta.future and column.name != '_loaded_at') }}
{%- endmacro %}


{# Why a value that is there has no typed one. #}
{% macro why_not_typed(column, given) -%}
    {%- set kinds = {'timestamp': 'a timestamp', 'date': 'a date', 'bigint': 'an integer', 'double': 'a number', 'boolean': 'a boolean', 'json': 'json'} -%}
    {%- set what = column.name ~ ': not ' ~ kinds.get(column.data_type, 'a number') -%}
    {%- if column.config.meta.country -%}
        {{ quoted(column.name ~ ': not accepted') }}
    {%- elif column.data_type in ('timestamp', 'date') -%}
        case when {{ is_before(given, first_day_of(column)) }} then {{ quoted(column.name ~ ': not a plausible date') }} else {{ quoted(what) }} end
    {%- elif column.data_type.startswith('decimal') -%}
        {%- set digits, scale = column.data_type[8:-1].split(',') | map('int') -%}
        case
            when {{ as_finite(given) }} is null then {{ quoted(what) }}
            when abs({{ as_finite(given) }}) >= 1e{{ digits - scale }} then {{ quoted(column.name ~ ': above maximum') }}
            else {{ quoted(column.name ~ ': more digits than ' ~ scale) }}
        end
    {%- else -%}
        {{ quoted(what) }}
    {%- endif -%}
{%- endmacro %}


{# The last moment that a date or timestamp may name: tomorrow of the row's arrival. Where nothing says when it arrived,
   what happened afterwards may be as late as a year after as_of; the moment of the row itself may not. #}
{% macro last_moment_of(name, meta, known_at='known_at') -%}
    {%- if name == meta.moment -%}
        {{ one_day_after(known_at) }}
    {%- else -%}
        {%- set arrivals = ['_loaded_at__typed'] + ([meta.arrived ~ '__typed'] if meta.arrived and meta.arrived != name else []) -%}
        coalesce({% for arrival in arrivals %}{{ one_day_after(arrival) }}, {% endfor %}{{ one_year_after(first_moment_after('as_of_date')) }})
    {%- endif -%}
{%- endmacro %}


{% macro run_moment() -%}
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as timestamp)
{%- endmacro %}
