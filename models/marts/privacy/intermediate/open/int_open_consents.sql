with consents as (
    select
        purpose,
        is_granted
    from {{ ref('consents') }}
    where person_type = 'customer'
),

cells as (
    select
        purpose,
        is_granted,
        count(*) as customer_count
    from consents
    group by purpose, is_granted
),

marked as (
    {{ hidden_cells(
        'cells', [], 'purpose', 'is_granted', 'customer_count', var('smallest_cell')
    ) }}
)

select * from marked
