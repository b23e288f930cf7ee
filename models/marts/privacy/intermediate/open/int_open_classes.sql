with people as (
    select
        brand,
        age_group,
        country_group
    from {{ ref('int_open_people') }}
),

classes as (
    select
        brand,
        age_group,
        country_group,
        count(*) as customer_count
    from people
    group by brand, age_group, country_group
),

marked as (
    {{ hidden_cells(
        'classes', ['brand'], 'age_group', 'country_group', 'customer_count',
        var('smallest_cell')
    ) }}
)

select * from marked
