"""Which monitor caught each fault the day after, and whether it could: one row per fault, day and warehouse."""

import pathlib

import faults
import numpy as np
import pandas as pd
import yaml
from scipy import stats
from warehouse import PROJECT
from worlds import Worlds

VARS = yaml.safe_load((PROJECT / "vars.yml").read_text(encoding="utf-8"))["vars"]
SOURCES = (
    "amount off its order",
    "amount by its order",
    "currency other than its order",
    "minutes from order to payment",
    "payment before its order",
    "order without items",
    "paid order without payment",
    "price by its list price",
    "price far off its list price",
    "cost per click",
    "clicks per impression",
)
BANDS = {"10": (1, 30), "50": (31, 150), "300": (151, 10**9)}


def least_z(judged_count: int) -> float:
    """How odd an alert is on a day on which so many measures are judged."""
    tail = min(
        stats.norm.sf(VARS["anomaly_least_z"]), VARS["anomaly_false_days"] / 2 / judged_count
    )
    return float(stats.norm.isf(tail))


def monitor(measure: str, rule: str | None) -> str:
    """What kind of check a measure is."""
    if measure == "rejected rows":
        return "contract"
    if measure.startswith(SOURCES) or " without its " in measure:
        return "reconciliation"
    return "learnt rule" if isinstance(rule, str) else "statistics"


def band(rows: int) -> str:
    return next(name for name, (low, high) in BANDS.items() if low <= max(rows, 1) <= high)


def matrix(
    worlds: Worlds, day: str, planted: list[faults.Fault], with_itself: bool = True
) -> pd.DataFrame:
    """Each fault alone on the day. `could` says whether one of its measures moved by more than is detectable."""
    worlds.open_day(day)
    rows = [worlds.plant(number, fault) for number, fault in enumerate(planted)]
    said = worlds.run(
        f"""select node_id, measure, value as clean, expected, smallest_detectable, judged_count
        from {worlds.name}.platform.anomalies where measured_date = date '{day}'"""
    ).df()
    bound = least_z(int(said.judged_count.max()))
    scores = worlds.judge().merge(said, on=["node_id", "measure"], how="left")
    odd = (scores.is_judgeable & (scores.z.abs() > bound)) | scores["rule"].notna()
    scores["could"] = scores.is_judgeable & (moved(scores) > scores.smallest_detectable)
    naive = worlds.judge(with_itself=True) if with_itself else scores
    naive_odd = (naive.is_judgeable & (naive.z.abs() > bound)) | naive["rule"].notna()
    found = []
    for number, fault in enumerate(planted):
        hits = scores[odd & (scores.world == number)]
        best = hits.sort_values("z", key=lambda z: -z.abs()).head(1)
        by = sorted({monitor(one.measure, one.rule) for one in hits.itertuples()})
        found.append(
            {
                "fault": fault.name,
                "kind": fault.kind,
                "table": fault.table,
                "day": day,
                "rows": rows[number],
                "could": bool(scores.could[scores.world == number].any()),
                "caught_by": ", ".join(by),
                "measure": best.measure.iloc[0] if len(best) else "",
                "by_statistics": "statistics" in by,
                "with_itself": bool(naive_odd[naive.world == number].any()),
            }
        )
    return pd.DataFrame(found)


def moved(scores: pd.DataFrame) -> pd.Series:
    """How far each measure moved, in the units of smallest_detectable."""
    shift = (scores.value - scores.clean).abs()
    ratio = np.minimum(
        (scores.value / scores.clean.replace(0, np.nan)).abs(),
        (scores.clean / scores.value.replace(0, np.nan)).abs(),
    )
    return pd.Series(
        np.select(
            [
                scores.kind.isin(["share", "share of values"]),
                scores.kind.isin(["count", "different"]),
            ],
            [shift, shift / scores.expected.clip(lower=0.3)],
            1 - ratio,
        )
    )


def false_alerts(worlds: Worlds) -> dict:
    """Days with an alert in the days judged, and the share of judged values, of a warehouse without planted faults.

    What the demo company itself plants is none: the metrics of costs on the days of a bill that jumped.
    """
    days, alerts, judged = worlds.run(
        f"""select count(distinct measured_date) filter (where is_false), count(*) filter (where is_false), count(*)
        from (
            select
                measured_date,
                tier = 'alert' and not (
                    node_id like 'metric.%cost%'
                    and exists (
                        select 1
                        from {worlds.name}.platform.bill_changes as bills
                        where bills.verdict = 'jumped'
                            and measured_date <= bills.billed_on
                            and measured_date > bills.billed_on - cast(bills.period_days as integer)
                    )
                ) as is_false
            from {worlds.name}.platform.anomalies
            where tier <> 'too_early'
        ) as judged"""
    ).fetchone()
    return {"days": days, "share": alerts / max(judged, 1), "judged": judged}


def of_warehouses(
    databases: dict[str, pathlib.Path], days: list[str], sql: dict | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All faults on each day of each warehouse, and the alerts of their clean days."""
    parts, clean = [], []
    for name, database in databases.items():
        worlds = Worlds(database, sql=sql)
        clean.append({"warehouse": name} | false_alerts(worlds))
        for day in days:
            parts.append(matrix(worlds, day, faults.faults()).assign(warehouse=name))
    found = pd.concat(parts, ignore_index=True)
    found["band"] = found.rows.map(band)
    return found, pd.DataFrame(clean)
