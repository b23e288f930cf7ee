{%- set groups = {'country_code': 'country_group', 'age_band': 'age_group'} -%}

with customers as (
    select
        customer_id,
        brand,
        coalesce(country_code, 'unknown') as country_code,
        age_band,
        is_subscriber,
        order_count,
        created_date
    from {{ ref('customers') }}
),

-- What few customers of a brand have is `other`, and so is the next more frequent value while those are a few.
{% for column, group in groups.items() -%}
{{ group }}s as (
    select
        brand,
        {{ column }},
        case
            when
                customer_count < {{ var('open_group_customers') }}
                or rarer_customers between 1 and {{ var('smallest_cell') }} - 1
                then 'other'
            else {{ column }}
        end as {{ group }}
    from (
        select
            brand,
            {{ column }},
            count(*) as customer_count,
            coalesce(sum(count(*)) over (
                partition by brand
                order by count(*), {{ column }}
                rows between unbounded preceding and 1 preceding
            ), 0) as rarer_customers
        from customers
        group by brand, {{ column }}
    ) as counted
),

{% endfor -%}
people as (
    select
        customers.customer_id,
        customers.brand,
        country_groups.country_group,
        age_groups.age_group,
        case
            when customers.order_count = 0 then '0'
            when customers.order_count = 1 then '1'
            when customers.order_count <= 4 then '2-4'
            else '5 and more'
        end as order_band,
        customers.is_subscriber,
        cast({{ dbt.date_trunc(var('open_period'), 'customers.created_date') }} as date)
            as created_period
    from customers
    inner join country_groups
        on
            customers.brand = country_groups.brand
            and customers.country_code = country_groups.country_code
    inner join age_groups
        on
            customers.brand = age_groups.brand
            and customers.age_band = age_groups.age_band
)

select * from people
