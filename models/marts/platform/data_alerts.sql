{%- set words = {
    'node': 'heads.node_name',
    'measure': 'heads.measure',
    'day': 'cast(heads.measured_date as varchar)',
    'value': 'heads.value_text',
    'expected': 'heads.expected_text',
    'low': 'heads.low_text',
    'high': 'heads.high_text',
} %}
with ranked as (
    select * from {{ ref('int_ranked_alerts') }}
),

paths as (
    select
        ancestor_id,
        descendant_id
    from {{ ref('project_paths') }}
),

hurt as (
    select * from {{ ref('int_hurt_nodes') }}
),

sentences as (
    select * from {{ ref('anomaly_sentences') }}
),

objects as (
    select * from ranked
    where place = 1
),

other_measures as (
    select
        node_id,
        measured_date,
        {{ dbt.listagg('measure', "', '", 'order by place') }} as measures
    from ranked
    where place between 2 and {{ var('named_at_most') }} + 1
    group by node_id, measured_date
),

pairs as (
    select
        objects.node_id,
        objects.measured_date,
        below.node_name as below_name,
        below.node_id as below_id
    from objects
    inner join objects as below on objects.measured_date = below.measured_date
    inner join paths
        on
            objects.node_id = paths.ancestor_id
            and below.node_id = paths.descendant_id
),

-- What is odd below something that is odd on that day is no alert of its own.
heads as (
    select objects.*
    from objects
    left join pairs
        on
            objects.node_id = pairs.below_id
            and objects.measured_date = pairs.measured_date
    where pairs.below_id is null
),

hanging as (
    select
        node_id,
        measured_date,
        count(*) as hanging_count,
        {{ dbt.listagg('below_name', "', '", 'order by below_name') }} as hanging_names
    from pairs
    group by node_id, measured_date
),

described as (
    select
        heads.node_id,
        heads.node_name,
        heads.node_kind,
        heads.measure,
        heads.kind,
        heads.rule,
        heads.direction,
        {{ with_numbers('sentences.sentence', words) }} as sentence,
        {{ with_numbers('sentences.sentence_ko', words) }} as sentence_ko,
        heads.value,
        heads.expected,
        heads.low,
        heads.high,
        heads.z,
        heads.measure_count,
        other_measures.measures as other_measures,
        coalesce(hanging.hanging_count, 0) as hanging_count,
        hanging.hanging_names,
        coalesce(hurt.model_count, 0) as hurt_model_count,
        coalesce(hurt.metric_count, 0) as hurt_metric_count,
        coalesce(hurt.board_count, 0) as hurt_board_count,
        hurt.board_names as hurt_boards,
        heads.is_new,
        heads.measured_date
    from heads
    left join other_measures
        on
            heads.node_id = other_measures.node_id
            and heads.measured_date = other_measures.measured_date
    left join hanging
        on
            heads.node_id = hanging.node_id
            and heads.measured_date = hanging.measured_date
    left join hurt on heads.node_id = hurt.node_id
    left join sentences
        on heads.rule = sentences.rule and heads.direction = sentences.direction
)

select * from described
