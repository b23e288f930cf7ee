{{ metric_part(reads=[
    ref('customer_days'),
    ref('customers'),
    ref('mrr_movements'),
    ref('mrr_retention'),
    ref('orders'),
    ref('payments'),
    ref('raw_row_days'),
    ref('disputes'),
    ref('refunds'),
    ref('sessions'),
]) }}
