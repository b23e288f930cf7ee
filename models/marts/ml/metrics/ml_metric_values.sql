{{ metric_part(reads=[
    ref('model_months'),
]) }}
