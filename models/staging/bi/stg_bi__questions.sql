select
    question_id,
    team,
    question,
    asked_at,
    answered_at,
    answered_with,
    arrived_at
from {{ ref('validated_bi__questions') }}
where row_status = 'staged'
