{{ config(group='privacy') }}
-- Why: who is left out of an open table must be left out on purpose, and a total must be that of what is shown.
-- Threshold: none.
-- A failure means: cells of customers do not add up to core.customers, open_customers has other rows than its shown
-- groups, or a total of open_signups is not the sum of its shown cells.
with customers as (
    select count(*) as n
    from {{ ref('customers') }}
),

cells as (
    select
        'classes' as cells_of,
        coalesce(sum(n), 0) as n
    from {{ ref('int_open_classes') }}
    union all
    select
        'signups' as cells_of,
        coalesce(sum(n), 0) as n
    from {{ ref('int_open_signups') }}
),

shown_people as (
    select count(*) as n
    from {{ ref('open_customers') }}
),

shown_classes as (
    select coalesce(sum(n), 0) as n
    from {{ ref('int_open_classes') }}
    where is_shown
),

totals as (
    select
        brand,
        max(case when level = 'brand' then customer_count end) as total,
        sum(case when level = 'cell' then customer_count end) as shown
    from {{ ref('open_signups') }}
    where level in ('brand', 'cell')
    group by brand
)

select cells.cells_of as difference
from cells
cross join customers
where cells.n <> customers.n
union all
select 'open_customers' as difference
from shown_people
cross join shown_classes
where shown_people.n <> shown_classes.n
union all
select brand as difference
from totals
where total is distinct from shown
