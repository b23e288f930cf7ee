with first_exposures as (
    select
        experiment_id,
        unit_id,
        customer_id,
        anonymous_id,
        brand,
        unit,
        variant,
        device_type,
        exposure_count,
        variant_count,
        status,
        first_seen_at,
        exposed_at,
        last_arrived_at
    from {{ ref('int_first_exposures') }}
),

customers as (
    select
        customer_id,
        country_code,
        first_order_at
    from {{ ref('customers') }}
),

-- What is known of a visitor only once somebody signs up would split by the outcome: the country, and what was paid before.
described as (
    select
        first_exposures.experiment_id,
        first_exposures.unit_id,
        first_exposures.customer_id,
        first_exposures.anonymous_id,
        first_exposures.brand,
        first_exposures.unit,
        first_exposures.variant,
        coalesce(first_exposures.device_type, 'unknown') as device_type,
        case
            when first_exposures.unit = 'customer'
                then coalesce(customers.country_code, 'unknown')
            else 'unknown'
        end as country_code,
        case
            when first_exposures.unit = 'customer'
                then
                    case
                        when customers.first_order_at < first_exposures.exposed_at
                            then 'returning'
                        else 'new'
                    end
            when
                {{ reporting_date('first_exposures.first_seen_at') }}
                < {{ reporting_date('first_exposures.exposed_at') }}
                then 'returning'
            else 'new'
        end as customer_type,
        first_exposures.exposure_count,
        first_exposures.variant_count,
        first_exposures.status as fate,
        first_exposures.status = 'analysed' as is_analysed,
        {{ reporting_date('first_exposures.exposed_at') }} as exposed_date,
        first_exposures.exposed_at,
        first_exposures.last_arrived_at
    from first_exposures
    left join customers
        on first_exposures.customer_id = customers.customer_id
)

select * from described
