{# An area's part of metric_values: the metrics that are defined in its folder, by the SQL of MetricFlow, for every period and
   brand, also where nothing happened. #}
{% macro metric_part(reads) -%}
{%- set names = metrics_of(model.fqn[2]) if execute else [] -%}
{%- do stop_at_unread_tables(names, reads) if execute -%}
with definitions as (
    select
        definitions.metric_name,
        definitions.kind,
        concat(', ', definitions.grains, ',') as grains,
        definitions.counted_by,
        definitions.empty_value,
        definitions.is_share_of_counts,
        definitions.has_brands,
        coverage.missing_tables,
        coverage.matures_after_days,
        coverage.known_after_days,
        coverage.can_change,
        coverage.is_delivered,
        coverage.covered_date
    from {{ ref('metric_definitions') }} as definitions
    inner join {{ ref('metric_coverage') }} as coverage
        on definitions.metric_name = coverage.metric_name
    where definitions.metric_name in ('{{ names | join("', '") }}')
),

computed as (
    {{ metric_values_sql(names, ref('metric_periods')) }}
),

brands as (
    select
        brand,
        true as is_brand
    from {{ ref('brands') }}
    union all
    select
        'all' as brand,
        false as is_brand
),

-- Until the end of a running period, a cumulative metric has its value of the last day that counts.
expected as (
    select
        definitions.*,
        periods.grain,
        periods.period_start,
        periods.period_end,
        cast({{ dbt.dateadd('day', 'definitions.known_after_days', 'periods.period_end') }} as date) as known_date,
        cast({{ dbt.dateadd('day', 'definitions.matures_after_days', 'periods.period_end') }} as date) as mature_date,
        brands.brand,
        case
            when definitions.kind = 'cumulative' then 'day'
            else periods.grain
        end as computed_grain,
        case
            when definitions.kind = 'cumulative' then periods.last_day
            else periods.period_start
        end as computed_start
    from definitions
    inner join {{ ref('metric_periods') }} as periods
        on definitions.grains like concat('%, ', periods.grain, ',%')
    inner join brands
        on definitions.has_brands or not brands.is_brand
),

-- What nobody delivered, and what cannot be known yet, is empty.
filled as (
    select
        expected.*,
        run.as_of_date,
        run.covered_date as run_covered_date,
        expected.is_delivered and coalesce(expected.known_date <= run.as_of_date, true) as is_known,
        coalesce(computed.value, expected.empty_value) as value,
        coalesce(counts.value, 0) as n
    from expected
    cross join {{ as_of() }} as run
    left join computed
        on
            expected.metric_name = computed.metric_name
            and expected.brand = computed.brand
            and expected.computed_grain = computed.grain
            and expected.computed_start = computed.period_start
    left join computed as counts
        on
            expected.counted_by = counts.metric_name
            and expected.brand = counts.brand
            and expected.computed_grain = counts.grain
            and expected.computed_start = counts.period_start
),

judged as (
    select
        *,
        coalesce(not can_change and {{ is_final('mature_date', 'covered_date') }}, false) and is_known as is_final
    from filled
),

described as (
    select
        metric_name,
        grain,
        brand,
        case
            when not is_delivered then 'not_delivered'
            when not is_known then 'too_early'
            when period_end > as_of_date then 'running'
            when can_change then 'can_change'
            when not {{ is_final('mature_date', 'run_covered_date') }} then 'too_recent'
            when not is_final then 'awaits_loads'
            when value is null then 'nothing_to_count'
            when missing_tables is not null then 'partly_delivered'
        end as reason,
        case when is_known then value end as value,
        case when is_known and is_share_of_counts then {{ wilson_low('value * n', 'n') }} end as value_low,
        case when is_known and is_share_of_counts then {{ wilson_high('value * n', 'n') }} end as value_high,
        case when is_known then n end as n,
        is_final,
        false as is_stale,
        period_start
    from judged
)

select * from described
{%- endmacro %}


{# What MetricFlow makes of the metrics, for the days that the periods cover; for one day as long as they are not built. #}
{% macro metric_values_sql(names, periods) %}
    {%- if not execute %}{{ return('') }}{% endif %}
    {%- set days = periods if load_relation(periods) else "(select 'day' as grain, date '2000-01-01' as period_start)" %}
    {%- set question %}
        select metric_values_sql(['{{ names | join("', '") }}'], min(period_start), max(period_start))
        from {{ days }} as periods
        where grain = 'day'
    {%- endset %}
    {{ return(run_query(question).rows[0][0]) }}
{% endmacro %}


{# What MetricFlow makes of the simple metrics that changes are split by, for each dimension, on the days of wanted_days; for a
   dimension alone as long as these are not landed. #}
{% macro metric_cells_sql(dimensions) %}
    {%- if not execute %}{{ return('select 1') }}{% endif %}
    {#- dbt's own list of relations may lack what this run does not build. -#}
    {%- set landed %}
        select count(*) from information_schema.tables
        where table_schema = '{{ dimensions.schema }}' and table_name = '{{ dimensions.identifier }}'
    {%- endset %}
    {%- set known = dimensions if run_query(landed).rows[0][0] else "(values ('channel')) as dimensions (dimension)" %}
    {%- set question %}
        select metric_cells_sql(array_agg(dimension order by dimension))
        from {{ known }}
        where dimension <> 'brand'
    {%- endset %}
    {{ return(run_query(question).rows[0][0]) }}
{% endmacro %}


{% macro metrics_of(area) %}
    {%- set names = [] %}
    {%- for metric in graph.metrics.values() if metric.fqn[1] == 'marts' and metric.fqn[2] == area %}
        {%- do names.append(metric.name) %}
    {%- endfor %}
    {{ return(names | sort) }}
{% endmacro %}


{# dbt asks what a model reads before it knows the metrics: a part names its tables, and this holds the list against them. #}
{% macro stop_at_unread_tables(names, reads) %}
    {%- set given = reads | map(attribute='identifier') | list %}
    {%- for metric_id, metric in graph.metrics.items() if metric.name in names %}
        {%- for table in with_all_above(metric_id, dict(graph.metrics, **graph.semantic_models)) if table.startswith('model.')
                and graph.nodes[table].name not in given %}
            {%- do exceptions.raise_compiler_error(
                "The metric " ~ metric.name ~ " is computed from " ~ graph.nodes[table].name ~ ": add ref('"
                ~ graph.nodes[table].name ~ "') to the list in " ~ model.original_file_path ~ "."
            ) %}
        {%- endfor %}
    {%- endfor %}
{% endmacro %}


{# A node and what it depends on, directly or through nodes of `through` (unique_id: node). #}
{% macro with_all_above(node_id, through) %}
    {%- set found = [node_id] %}
    {#- The list grows while it is read. -#}
    {%- for id in found if id in through %}
        {%- for parent in through[id].depends_on.nodes if parent not in found %}{% do found.append(parent) %}{% endfor %}
    {%- endfor %}
    {{ return(found) }}
{% endmacro %}


{# One entry per metric: how long after a period its value can still move (matures_after_days), how long it is not known at all
   (known_after_days, none: at once), and whether it can move for ever. #}
{% macro metric_maturities() %}
    {%- set found = [] %}
    {%- for id, metric in (graph.metrics if execute else {}).items() %}
        {%- set days = maturity(id, false) %}
        {%- do found.append({
            'metric_name': metric.name,
            'matures_after_days': 0 if 'never' in days else days | max,
            'known_after_days': maturity(id, true) | max if maturity(id, true) else none,
            'can_change': 'never' in days,
        }) %}
    {%- endfor %}
    {{ return(found | sort(attribute='metric_name')) }}
{% endmacro %}


{# The days that a metric and those it is computed from take to mature, or of those that are empty until then. #}
{% macro maturity(metric_id, is_empty_until_then) %}
    {%- set metric = graph.metrics[metric_id] %}
    {%- set meta = metric.config.meta %}
    {%- set days = [] if is_empty_until_then else [0] %}
    {%- if 'matures_after_days' in meta and (meta.is_empty_until_mature or not is_empty_until_then) %}
        {%- do days.append(days_named(meta.matures_after_days)) %}
    {%- endif %}
    {%- for parent in metric.depends_on.nodes if parent in graph.metrics %}
        {%- do days.extend(maturity(parent, is_empty_until_then)) %}
    {%- endfor %}
    {{ return(days) }}
{% endmacro %}


{# A number of days: itself, the var of that name, several added up, or never. #}
{% macro days_named(days) %}
    {%- if days is number or days == 'never' %}{{ return(days) }}{% endif %}
    {%- if days is string %}{{ return(var(days) | int) }}{% endif %}
    {%- set total = [] %}
    {%- for each in days %}{% do total.append(days_named(each)) %}{% endfor %}
    {{ return(total | sum) }}
{% endmacro %}


{# One entry per metric and raw table that decides its values. Tables of one need_number stand in for each other; without one the
   table only changes what others bring. #}
{% macro metric_tables() %}
    {%- set found = [] %}
    {%- for id, metric in (graph.metrics if execute else {}).items() %}
        {%- for need in needs_of(id) %}
            {%- set number = loop.index %}
            {%- for table in need.raw_tables %}
                {%- do found.append({'metric_name': metric.name, 'need_number': number if need.is_needed else none, 'raw_table': table, 'is_optional': need.is_optional}) %}
            {%- endfor %}
        {%- endfor %}
    {%- endfor %}
    {{ return(found) }}
{% endmacro %}


{# The needs of a metric: those of what it is computed from, where its own meta does not say. #}
{% macro needs_of(metric_id) %}
    {%- set metric = graph.metrics[metric_id] %}
    {%- set found = [] %}
    {%- for parent in metric.depends_on.nodes %}
        {%- if parent in graph.metrics %}
            {%- set is_optional = graph.metrics[parent].name in metric.config.meta.get('optional_inputs', []) %}
            {%- for need in needs_of(parent) %}
                {%- do found.append(dict(need, is_optional=is_optional or need.is_optional)) %}
            {%- endfor %}
        {%- elif parent in graph.semantic_models %}
            {%- for table in graph.semantic_models[parent].depends_on.nodes if table in graph.nodes %}
                {%- set meta = dict(graph.nodes[table].config.meta, **metric.config.meta) %}
                {%- for tables in (meta.needs if 'needs' in meta else [raw_tables_above(table)]) %}
                    {%- do found.append({'raw_tables': [tables] if tables is string else tables, 'is_needed': true, 'is_optional': false}) %}
                {%- endfor %}
                {%- do found.append({'raw_tables': meta.settled_by or [], 'is_needed': false, 'is_optional': false}) %}
            {%- endfor %}
        {%- endif %}
    {%- endfor %}
    {{ return(found) }}
{% endmacro %}


{# The raw tables with facts that a model is made of. #}
{% macro raw_tables_above(model_id) %}
    {%- set above = with_all_above(model_id, dict(graph.nodes)) %}
    {%- set found = [] %}
    {%- for system, tables in raw_tables().items() %}{% for table in tables %}
        {%- set contract = contract_of(system ~ '__' ~ table) %}
        {%- if contract.unique_id in above and fact_column(contract) %}{% do found.append(system ~ '.' ~ table) %}{% endif %}
    {%- endfor %}{% endfor %}
    {{ return(found) }}
{% endmacro %}
