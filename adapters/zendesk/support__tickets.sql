with tickets as (
    {tickets}
),

-- Nested values of the full export are JSON.
read as (
    select
        *,
        coalesce(
            requester_email,
            case when requester like '{%' then json_extract_string(requester, '$.email') end
        ) as email,
        lower(case when via like '{%' then json_extract_string(via, '$.channel') else via end) as source,
        lower(case
            when satisfaction like '{%' then json_extract_string(satisfaction, '$.score')
            else satisfaction
        end) as score,
        lower(concat_ws(' ', tags, ticket_type, subject)) as words
    from tickets
    where id is not null and coalesce(lower(status), '') <> 'deleted'
)

select
    id as ticket_id,
    coalesce(
        case
            when requester_external_id like '%@%' then hashed_key(requester_external_id)
            else requester_external_id
        end,
        hashed_key(email),
        concat('zendesk ', requester_id)
    ) as customer_id,
    case
        when regexp_matches(source, 'phone|voice|call|voicemail|전화') then 'phone'
        when regexp_matches(source, 'chat|messag|sunshine|whatsapp|line|facebook|instagram|twitter|kakao|sms|native|채팅')
            then 'chat'
        else 'email'
    end as channel,
    case
        when regexp_matches(words, 'cancel|unsubscri|churn|해지|취소') then 'cancellation'
        when regexp_matches(words, 'bill|invoice|payment|refund|charge|결제|환불|청구') then 'billing'
        when regexp_matches(words, 'bug|error|problem|incident|broken|trouble|not work|고장|오류|장애|문제')
            then 'troubleshooting'
        else 'other'
    end as topic,
    as_time(created_at) as opened_at,
    as_time(solved_at) as resolved_at,
    case
        when score like 'good%' then 5
        when score like 'bad%' then 1
        when try_cast(score as integer) between 1 and 5 then try_cast(score as integer)
    end as satisfaction_score
from read
