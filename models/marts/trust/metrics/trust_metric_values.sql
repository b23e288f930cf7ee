{{ metric_part(reads=[
    ref('payment_labels'),
]) }}
