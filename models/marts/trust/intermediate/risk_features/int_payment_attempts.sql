with versions as (
    select
        payment_id,
        order_id,
        customer_id,
        attempted_at,
        amount,
        currency,
        card_fingerprint,
        device_id,
        ip_hash,
        ip_country_code,
        card_country_code,
        billing_country_code,
        outcome,
        arrived_at,
        row_status = 'staged' as is_newest
    from {{ ref('validated_payments__payments') }}
    where row_status in ('staged', 'superseded')
),

customer_versions as (
    select
        customer_id,
        created_at,
        updated_at,
        arrived_at
    from {{ ref('stg_app__customer_versions') }}
),

-- As the checkout saw it: what was corrected later was not known then.
numbered as (
    select
        *,
        bool_or(is_newest) over (partition by payment_id) as is_staged,
        row_number() over (
            partition by payment_id
            order by
                arrived_at asc,
                is_newest desc,
                attempted_at asc,
                outcome asc,
                amount asc,
                currency asc,
                order_id asc,
                customer_id asc,
                card_fingerprint asc,
                device_id asc,
                ip_hash asc,
                ip_country_code asc,
                card_country_code asc,
                billing_country_code asc
        ) as version_number
    from versions
),

first_customers as (
    select
        customer_id,
        min_by(created_at, (arrived_at, updated_at, created_at)) as created_at
    from customer_versions
    group by customer_id
),

attempts as (
    select
        numbered.payment_id,
        numbered.order_id,
        numbered.customer_id,
        numbered.card_fingerprint as card_id,
        numbered.device_id,
        numbered.ip_hash as address_id,
        numbered.currency,
        numbered.ip_country_code,
        numbered.card_country_code,
        numbered.amount,
        case
            when first_customers.created_at < numbered.attempted_at
                then {{ hours_between(
                    'first_customers.created_at', 'numbered.attempted_at'
                ) }} / 24
        end as customer_age_days,
        numbered.outcome = 'succeeded' as is_paid,
        numbered.outcome = 'declined' as is_declined,
        numbered.card_country_code <> numbered.ip_country_code
            as is_card_country_other,
        numbered.billing_country_code <> coalesce(
            numbered.card_country_code, numbered.ip_country_code
        ) as is_billing_country_other,
        numbered.attempted_at
    from numbered
    left join first_customers
        on numbered.customer_id = first_customers.customer_id
    where numbered.is_staged and numbered.version_number = 1
),

with_fingerprint as (
    select
        *,
        {{ row_fingerprint([
            'payment_id', 'order_id', 'customer_id', 'card_id', 'device_id',
            'address_id', 'currency', 'ip_country_code', 'card_country_code', 'amount',
            'customer_age_days', 'is_paid', 'is_declined', 'is_card_country_other',
            'is_billing_country_other', 'attempted_at'
        ]) }} as fingerprint
    from attempts
)

select * from with_fingerprint
