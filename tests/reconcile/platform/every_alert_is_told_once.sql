-- Why: one broken table is one alert; what is odd below it must stand in its row, or nobody hears of it.
-- Threshold: none, both ways.
-- A failure means: a node is odd on a day and neither it nor anything above it is an alert, or an alert hangs on another.
with odd as (
    select distinct
        node_id,
        measured_date
    from {{ ref('anomalies') }}
    where tier = 'alert'
),

told as (
    select
        node_id,
        measured_date
    from {{ ref('data_alerts') }}
),

hanging as (
    select distinct
        paths.descendant_id as node_id,
        told.measured_date
    from told
    inner join {{ ref('project_paths') }} as paths on told.node_id = paths.ancestor_id
),

differences as (
    select
        coalesce(odd.node_id, told.node_id) as node_id,
        coalesce(odd.measured_date, told.measured_date) as measured_date,
        odd.node_id is not null as is_odd,
        told.node_id is not null as is_told,
        hanging.node_id is not null as is_hanging
    from odd
    full join told
        on odd.node_id = told.node_id and odd.measured_date = told.measured_date
    left join hanging
        on
            coalesce(odd.node_id, told.node_id) = hanging.node_id
            and coalesce(odd.measured_date, told.measured_date) = hanging.measured_date
)

select *
from differences
where not is_odd or is_told = is_hanging
