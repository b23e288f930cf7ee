with predictions as (
    select
        prediction_id,
        model_name,
        model_version,
        entity_type,
        entity_id,
        item_id,
        request_id,
        {{ key_of(['request_id', 'entity_id']) }} as list_id,
        brand,
        rank,
        coalesce(rank, 9223372036854775807) as rank_or_last,
        coalesce(score, 0) as score,
        predicted_at
    from {{ ref('predictions') }}
    where
        item_id is not null
        and request_id is not null
),

consents as (
    select
        person_type,
        person_id,
        purpose,
        is_granted
    from {{ ref('consents') }}
),

versions as (
    select
        model_name,
        model_version,
        deployed_at
    from {{ ref('model_registry') }}
),

repeated as (
    select
        predictions.*,
        versions.model_name is not null as is_registered,
        coalesce(versions.deployed_at <= predictions.predicted_at, false) as is_live,
        row_number() over (
            partition by
                predictions.model_name,
                predictions.model_version,
                predictions.list_id,
                predictions.item_id
            order by
                predictions.rank_or_last asc,
                predictions.score desc,
                predictions.prediction_id asc
        ) as repetition
    from predictions
    left join versions
        on
            predictions.model_name = versions.model_name
            and predictions.model_version = versions.model_version
    where {{ has_consent(
        'personalisation', 'consents',
        "case when predictions.entity_type = 'customer' then predictions.entity_id end",
        'predictions.entity_id'
    ) }}
),

-- Several versions may answer a request of somebody; one list is shown: that of the
-- version that is live, the newest one of several.
requests as (
    select
        list_id,
        model_name,
        model_version,
        row_number() over (
            partition by list_id
            order by
                max(is_live) desc,
                max(predicted_at) desc,
                model_name asc,
                model_version asc
        ) as place
    from repeated
    group by list_id, model_name, model_version
),

lists as (
    select
        repeated.model_name,
        repeated.model_version,
        repeated.list_id,
        repeated.request_id,
        repeated.item_id,
        case when repeated.entity_type = 'customer' then repeated.entity_id end
            as customer_id,
        repeated.brand,
        repeated.rank as given_rank,
        row_number() over in_list as position,
        repeated.is_registered,
        requests.place = 1 as is_served,
        repeated.predicted_at
    from repeated
    inner join requests
        on
            repeated.list_id = requests.list_id
            and repeated.model_name = requests.model_name
            and repeated.model_version = requests.model_version
    where repeated.repetition = 1
    window in_list as (
        partition by
            repeated.model_name, repeated.model_version, repeated.list_id
        order by
            repeated.rank_or_last asc, repeated.score desc, repeated.item_id asc
    )
)

select * from lists
