-- One row per question: its newest version.
with questions as (
    {{ judged('bi', 'questions') }}
)

select
    question_id,
    team,
    question,
    asked_at,
    answered_at,
    answered_with,
    arrived_at
from questions
where fate = 'staged'
