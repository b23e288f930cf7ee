with tests as (
    select *
    from {{ ref('int_experiment_tests') }}
    where place_type in ('exposed_on', 'exposed_until', 'days_since')
),

days as (
    select
        experiment_id,
        variant,
        metric_name,
        case place_type
            when 'exposed_on' then 'daily'
            when 'exposed_until' then 'cumulative'
            else 'since_exposure'
        end as view_name,
        problem,
        n_mature,
        case when place_type = 'days_since' then cast(place as bigint) end
            as days_since_exposure,
        control_value,
        treatment_value,
        difference,
        difference_low,
        difference_high,
        p_value,
        always_valid_low,
        always_valid_high,
        always_valid_p_value,
        case when place_type <> 'days_since' then cast(place as date) end
            as exposed_date
    from tests
)

select * from days
