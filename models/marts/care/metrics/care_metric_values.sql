{{ metric_part(reads=[
    ref('monitoring_windows'),
]) }}
