with scored as (
    select * from {{ ref('int_scored_predictions') }}
),

-- What a prediction can be about and this warehouse knows, and when it happened once.
entities as (
    select
        'payment' as entity_type,
        payment_id as entity_id,
        brand,
        attempted_at as happened_at
    from {{ ref('payments') }}
    union all
    select
        'customer' as entity_type,
        customer_id as entity_id,
        brand,
        null as happened_at
    from {{ ref('customers') }}
    union all
    select
        'order' as entity_type,
        order_id as entity_id,
        brand,
        null as happened_at
    from {{ ref('orders') }}
),

judged as (
    select
        scored.*,
        coalesce(entities.brand, 'unknown') as brand,
        case
            when not scored.is_registered then 'version_not_registered'
            when
                entities.entity_id is null
                and scored.entity_type in ('payment', 'customer', 'order')
                then 'entity_unknown'
            when scored.predicted_at > entities.happened_at then 'after_the_payment'
            when not scored.is_chance and not scored.is_list_item
                then 'score_out_of_range'
        end as reason
    from scored
    left join entities
        on
            scored.entity_type = entities.entity_type
            and scored.entity_id = entities.entity_id
),

-- A version that is not live yet scores beside the one that is: it never takes its place.
ranked as (
    select
        *,
        row_number() over (
            partition by entity_type, entity_id, model_name, reason
            order by is_deployed desc, predicted_at desc, prediction_id desc
        ) as place
    from judged
),

described as (
    select
        prediction_id,
        model_name,
        model_version,
        entity_type,
        entity_id,
        item_id,
        request_id,
        brand,
        case
            when reason is null and place > 1 and entity_type = 'payment'
                then 'replaced'
            else coalesce(reason, 'used')
        end as use_status,
        decision,
        features,
        rank,
        score,
        threshold,
        is_flagged,
        is_flagged = means_flagged as decision_agrees,
        predicted_at
    from ranked
)

select * from described
