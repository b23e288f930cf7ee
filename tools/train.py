"""Says what a challenger of each score of fraud learnt, how it compares, and which experiment to run.

    make train

reads what the build has just learnt and judged: the tables ml.challenger_weights and
ml.challenger_quality of the warehouse of GROUNDWORK_DB. Nothing is deployed.
"""

import sys
from pathlib import Path

import duckdb

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

from built import CannotRead, database_file, opened  # noqa: E402


def lines_on_challengers(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """For each model and cut-off, newest first, one line; under the one that decides its reason and its terms."""
    rows = connection.execute(
        """
        select model_name, champion_version, cutoff_date, verdict, n_learnt_frauds, n_judged_frauds, auc_gain_low,
            auc_gain_high, is_deciding, reason
        from ml.challenger_quality where group_kind = 'all' order by model_name, cutoff_date desc
        """
    ).fetchall()
    if not rows:
        return ["No score of payments has features and labels to learn from."]
    lines, shown = [], None
    for model, champion, cutoff, verdict, learnt, judged, low, high, is_deciding, reason in rows:
        if model != shown:
            lines.append(f"{model}, against {champion or 'no version in use'}:")
            shown = model
        gain = "" if low is None else f", AUC {100 * low:+.1f} to {100 * high:+.1f} points"
        lines.append(
            f"  {cutoff}  {verdict}: {learnt} frauds learnt from, {judged} to judge by{gain}"
        )
        if is_deciding:
            lines.append(f"    This cut-off decides. {reason}")
            lines += terms_of(connection, model, cutoff)
    return lines


def terms_of(connection: duckdb.DuckDBPyConnection, model: str, cutoff) -> list[str]:
    """The weights of a challenger, one line."""
    weights = connection.execute(
        """
        select term, weight from ml.challenger_weights
        where model_name = ? and cutoff_date = ? and term <> 'intercept' order by abs(weight * deviation) desc, term
        """,
        [model, cutoff],
    ).fetchall()
    told = ", ".join(f"{term} {weight:+.2f}" for term, weight in weights)
    return [f"    Learnt: {told}" if told else "    Nothing was learnt."]


def main() -> int:
    try:
        with opened(database_file()) as connection:
            print("\n".join(lines_on_challengers(connection)))
    except CannotRead as error:
        sys.exit(str(error))
    return 0


if __name__ == "__main__":
    sys.exit(main())
