{# An area's part of metric_values: the metrics that are defined in its folder, by the SQL of MetricFlow, for every period and
   brand, also where nothing happened. #}
{% macro metric_part(reads) -%}
{%- set names = metrics_of(model.fqn[2]) if execute else [] -%}
{%- do stop_at_unread_tables(names, reads) if execute -%}
with definitions as (
    select
        metric_name,
        kind,
        concat(', ', grains, ',') as grains,
        empty_value,
        has_brands
    from {{ ref('metric_definitions') }}
    where metric_name in ('{{ names | join("', '") }}')
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
        definitions.metric_name,
        definitions.empty_value,
        periods.grain,
        periods.period_start,
        periods.is_final,
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

filled as (
    select
        expected.metric_name,
        expected.grain,
        expected.brand,
        coalesce(computed.value, expected.empty_value) as value,
        expected.is_final,
        false as is_stale,
        expected.period_start
    from expected
    left join computed
        on
            expected.metric_name = computed.metric_name
            and expected.brand = computed.brand
            and expected.computed_grain = computed.grain
            and expected.computed_start = computed.period_start
)

select * from filled
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
