with changes as (
    select
        change_id,
        subscription_id,
        customer_id,
        product_id,
        change_type,
        cancel_kind,
        currency,
        monthly_amount,
        is_opening,
        is_ending,
        changed_at,
        in_effect_at,
        row_number() over (
            partition by subscription_id order by in_effect_at, change_number
        ) as state_number
    from {{ ref('int_subscription_changes') }}
),

brands as (
    select * from {{ ref('int_subscription_brands') }}
),

turned as (
    select
        changes.*,
        brands.brand,
        coalesce(
            max(case when changes.is_opening then changes.state_number end)
                over until_now
            > coalesce(
                max(case when changes.is_ending then changes.state_number end)
                    over until_now,
                0
            ),
            false
        ) as is_running,
        count(case when changes.is_opening then 1 end) over until_now as opening_count
    from changes
    inner join brands
        on changes.change_id = brands.change_id
    window until_now as (
        partition by changes.subscription_id order by changes.state_number
        rows between unbounded preceding and current row
    )
),

followed as (
    select
        *,
        lag(is_running, 1, false) over states as was_running,
        lag(customer_id) over states as previous_customer_id,
        lag(brand) over states as previous_brand
    from turned
    window states as (partition by subscription_id order by state_number)
),

-- Whose subscription it is belongs to the run: it ends with one customer and begins with the other.
handed_on as (
    select
        *,
        was_running
        and is_running
        and (
            previous_customer_id is distinct from customer_id
            or previous_brand is distinct from brand
        ) as is_handed_on
    from followed
),

states as (
    select
        change_id,
        subscription_id,
        state_number,
        opening_count,
        customer_id,
        product_id,
        brand,
        change_type,
        cancel_kind,
        currency,
        case when is_running then monthly_amount else 0 end as monthly_amount,
        is_running,
        is_running and (is_handed_on or not was_running) as is_begin,
        was_running and (is_handed_on or not is_running) as is_end,
        {{ reporting_date('in_effect_at') }} as in_effect_date,
        in_effect_at,
        changed_at
    from handed_on
)

select * from states
