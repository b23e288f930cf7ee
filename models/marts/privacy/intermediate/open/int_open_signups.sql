with people as (
    select
        brand,
        created_period,
        country_group
    from {{ ref('int_open_people') }}
),

cells as (
    select
        brand,
        created_period,
        country_group,
        count(*) as customer_count
    from people
    group by brand, created_period, country_group
),

marked as (
    {{ hidden_cells(
        'cells', ['brand'], 'created_period', 'country_group', 'customer_count',
        var('smallest_cell')
    ) }}
)

select * from marked
