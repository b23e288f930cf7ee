"""Many experiments of two arms, drawn day by day and looked at every day, as rows of int_experiment_stats."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

LOOKS = 28
# An experiment without planned looks.
NO_LOOKS = (
    "create schema if not exists reference",
    """create table reference.experiment_planned_looks as
    select null::varchar as experiment_id, null::date as exposed_until, null::double as information_share,
        null::varchar as spending where false""",
    """create table experiments.experiment_looks as
    select null::varchar as experiment_id, null::varchar as variant, null::varchar as metric_name,
        null::double as difference, null::double as difference_low, null::double as difference_high,
        null::double as p_value, null::boolean as is_deciding where false""",
)
# What arms have of means of units without a past.
NO_PAST = ", ".join(
    f"null::double as {column}"
    for column in (
        "variance_below",
        "variance_above",
        "denominator_mean",
        "denominator_variance",
        "denominator_covariance",
        "pre_mean",
        "pre_variance",
        "pre_covariance",
        "second_pre_mean",
        "second_pre_variance",
        "second_pre_covariance",
        "denominator_pre_covariance",
        "denominator_second_pre_covariance",
        "both_pre_covariance",
    )
)


@dataclass(frozen=True)
class Design:
    """Units a day of control and treatment; what a unit does: share, revenue (a share buys, for lognormal amounts) or
    normal; how rare it is; how much more of it the treatment brings; how far amounts are spread (of their logarithm).
    """

    control: int
    treatment: int
    kind: str
    rate: float = 0.0
    lift: float = 0.0
    spread: float = 1.2

    @property
    def name(self) -> str:
        return (
            f"{self.control}/{self.treatment} {self.kind} {self.rate} {self.lift:+} {self.spread}"
        )

    @property
    def effect(self) -> float:
        """The true difference per unit."""
        if self.kind == "share":
            return self.rate * self.lift
        if self.kind == "normal":
            return self.lift
        return self.rate * self.lift * np.exp(3 + self.spread**2 / 2)


def days(random, design: Design, n: int, lift: float, count: int) -> tuple[np.ndarray, ...]:
    """Sums, sums of squares and converters of `n` units, by experiment and day."""
    shape = (count, LOOKS)
    if design.kind == "share":
        did = random.binomial(n, design.rate * (1 + lift), shape)
        return did, did, did
    if design.kind == "normal":
        means = random.normal(lift, 1 / np.sqrt(n), shape)
        return means * n, random.chisquare(n - 1, shape) + n * means**2, np.full(shape, n)
    did = random.binomial(n, design.rate, shape)
    amounts = random.lognormal(3, design.spread, did.sum()) * (1 + lift)
    place = np.repeat(np.arange(did.size), did.ravel())
    sums = np.bincount(place, amounts, did.size).reshape(shape)
    return sums, np.bincount(place, amounts**2, did.size).reshape(shape), did


def arm(random, design: Design, variant: str, count: int) -> dict[str, np.ndarray]:
    """Means, variances and converters of all days up to each."""
    n = design.control if variant == "control" else design.treatment
    lift = design.lift if variant == "treatment" else 0.0
    sums, squares, did = (np.cumsum(x, axis=1) for x in days(random, design, n, lift, count))
    units = n * np.arange(1, LOOKS + 1) * np.ones((count, 1))
    mean = sums / units
    return {
        "n_mature": units.astype(int),
        "n_converted": did,
        "mean": mean,
        "variance": np.maximum(squares - units * mean**2, 0) / np.maximum(units - 1, 1),
    }


def write_stats(database, designs: list[Design], count: int, seed: int) -> None:
    """`count` experiments of each design, whose id is '<number of the design> <number>'; the last look is all units."""
    tables = []
    for number, design in enumerate(designs):
        random = np.random.default_rng([seed, number])
        for variant in ("control", "treatment"):
            figures = arm(random, design, variant, count)
            rows = count * LOOKS
            columns = {
                "design": np.full(rows, number),
                "world": np.repeat(np.arange(count), LOOKS),
                "look": np.tile(np.arange(LOOKS), count),
                "variant": [variant] * rows,
                "kind": ["proportion" if design.kind == "share" else "mean"] * rows,
            }
            tables.append(pa.table(columns | {k: v.ravel() for k, v in figures.items()}))
    with duckdb.connect(str(database)) as connection:
        connection.register("drawn", pa.concat_tables(tables))
        for statement in (
            "set threads = 2",
            "create schema experiments",
            "create schema staging",
            f"""create table experiments.int_experiment_stats as
            select
                'experiment' as population_kind, design || ' ' || world as population_id, variant,
                'as planned' as phase, 'm' as metric_name, kind, place.type as place_type,
                if(place.type = 'all', 'all', (date '2026-01-01' + look::int)::varchar) as place,
                n_mature as n, n_mature, n_converted, 0 as n_converted_before, mean, variance, {NO_PAST}
            from drawn
            cross join (values ('exposed_until'), ('all')) as place (type)
            where place.type = 'exposed_until' or look = (select max(look) from drawn)""",
            """create table staging.stg_experiments__variants as
            select distinct population_id as experiment_id, variant, variant = 'control' as is_control
            from experiments.int_experiment_stats""",
            """create table experiments.int_experiment_plans as
            select distinct population_id as experiment_id, metric_name, 'success' as role, 'up' as direction,
                null::double as margin, true as is_predeclared, true as is_final
            from experiments.int_experiment_stats""",
            *NO_LOOKS,
        ):
            connection.execute(statement)


def shares(database, condition: str, table: str, designs: list[Design]) -> dict[str, float]:
    """Design -> the share of its experiments for which the condition ever holds; `effect` is the true difference."""
    with duckdb.connect(str(database), read_only=True) as connection:
        effects = pa.table(
            {"design": range(len(designs)), "effect": [float(d.effect) for d in designs]}
        )
        connection.register("effects", effects)
        found = connection.execute(
            f"""
            select design, avg(ever) from (
                select split_part(experiment_id, ' ', 1)::int as design,
                    max(case when {condition} then 1 else 0 end) as ever
                from {table}
                inner join effects on split_part(experiment_id, ' ', 1)::int = effects.design
                group by experiment_id
            ) group by design"""
        ).fetchall()
    return {designs[number].name: share for number, share in found}
