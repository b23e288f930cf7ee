with arms as (
    select
        model_name,
        model_version,
        slice as arm,
        list_rank,
        customers,
        shown,
        clicked,
        click_rate,
        click_error
    from {{ ref('int_recommendation_rates') }}
    where slice_kind = 'arm'
),

pairs as (
    select
        treatment.model_name,
        treatment.model_version,
        treatment.list_rank,
        control.click_rate as control_click_rate,
        treatment.click_rate as treatment_click_rate,
        case
            when
                least(control.customers, treatment.customers)
                < {{ var('least_units') }}
                then 'too few customers'
            when
                least(
                    control.clicked,
                    treatment.clicked,
                    control.shown - control.clicked,
                    treatment.shown - treatment.clicked
                ) < {{ var('least_converters') }}
                then 'too few clicks'
            when not (control.click_error > 0 and treatment.click_error > 0)
                then 'no variance'
        end as problem,
        treatment.click_rate / nullif(control.click_rate, 0) as rate_ratio,
        sqrt(
            power(treatment.click_error / nullif(treatment.click_rate, 0), 2)
            + power(control.click_error / nullif(control.click_rate, 0), 2)
        ) as log_error
    from arms as treatment
    inner join arms as control
        on
            treatment.model_name = control.model_name
            and treatment.model_version = control.model_version
            and treatment.list_rank = control.list_rank
            and control.arm = 'control'
    where treatment.arm = 'treatment'
),

lifts as (
    select
        model_name,
        model_version,
        list_rank,
        control_click_rate,
        treatment_click_rate,
        problem,
        case when problem is null then rate_ratio - 1 end as click_lift,
        case
            when problem is null then rate_ratio * exp(-{{ z_95() }} * log_error) - 1
        end as click_lift_low,
        case
            when problem is null then rate_ratio * exp({{ z_95() }} * log_error) - 1
        end as click_lift_high
    from pairs
)

select * from lifts
