select
    ${thing}_id,
    happened_at,
    arrived_at
from {{ ref('validated_$name') }}
where row_status = 'staged'
