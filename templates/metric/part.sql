{{ metric_part(reads=[
]) }}
