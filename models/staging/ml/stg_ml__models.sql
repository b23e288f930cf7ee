select
    model_name,
    model_version,
    owner,
    trained_at,
    train_from,
    train_to,
    threshold,
    deployed_at,
    arrived_at
from {{ ref('validated_ml__models') }}
where row_status = 'staged'
