"""A page per experiment, and the list of them all: experiment.yml and experiments.yml name their cards."""

import functools
from collections import defaultdict

import board_checks
import boards
import sentences
from pages import Company
from published import refs

FOLDER = boards.PROJECT / "website"
VERDICTS = {
    "ship": ("Ship", "출시"),
    "trade_off": ("Trade-off", "득실 혼재"),
    "stop": ("Stop", "중단"),
    "invalid": ("Cannot be believed", "믿을 수 없음"),
    "sound": ("Sound", "정상"),
    "keep_running": ("Keep running", "계속 진행"),
    "inconclusive": ("Inconclusive", "결론 없음"),
}
DECISIONS = {
    "ship": ("shipped", "출시"),
    "stop": ("stopped", "중단"),
    "keep_running": ("kept running", "계속 진행"),
}
KINDS = {
    "ab": ("A/B test", "A/B 실험"),
    "aa": (
        "A/A test: its arms are the same, and it ships nothing",
        "A/A 실험: 두 집단이 같으며 아무것도 출시하지 않음",
    ),
    "holdout": ("group held out: it measures what is live", "홀드아웃: 적용 중인 것의 효과를 측정"),
}
EXPERIMENTS = """
    select
        verdicts.*,
        {{ experiment_page('verdicts.experiment_id') }} as page,
        coalesce(answers.answered, 0) as answered,
        answers.problem
    from {{ ref('experiment_verdicts') }} as verdicts
    left join (
        select experiment_id, variant, count(deciding_low) as answered, min(problem) as problem
        from {{ ref('experiment_results') }}
        where segment_type = 'all' and role = 'success'
        group by experiment_id, variant
    ) as answers
        on verdicts.experiment_id = answers.experiment_id and verdicts.variant = answers.variant
    order by verdicts.started_at desc, verdicts.experiment_id, verdicts.variant
"""


@functools.cache
def cards(name: str) -> dict:
    """The cards of website/<name>.yml."""
    return boards.load(FOLDER / f"{name}.yml")


def are_there(company: Company) -> bool:
    """Whether there is anything to make pages of: not where the area is switched off."""
    needed = {
        table for name in ("experiment", "experiments") for table in boards.tables_of(cards(name))
    }
    return company.published.has(*needed)


def verdicts(company: Company) -> list[dict]:
    """Each variant beside control, of the newest experiment first, with the page of its experiment."""
    return company.published.rows(EXPERIMENTS) if are_there(company) else []


def list_page(company: Company) -> dict:
    """What templates/experiments.html.j2 shows."""
    board = cards("experiments")
    filled = [
        boards.filled(card, company.published, number, company.currency)
        for number, card in enumerate(board["cards"], 1)
    ]
    for card in filled:
        card["undelivered"] = (
            [] if card["rows"] else company.undelivered(card["tables"], card["needs"])
        )
        card["period"] = None
    return board | {"cards": filled}


def experiment_pages(company: Company) -> list[dict]:
    """What templates/experiment.html.j2 shows, of each experiment. Each query runs once for all of them."""
    board = cards("experiment")
    board_checks.check_names(board, "experiment.yml", company.project)
    parts = []
    for card in board["cards"]:
        names, rows = board_checks.rows_of(card["place"], card["sql"], company.published)
        of_experiment = defaultdict(list)
        for row in rows:
            of_experiment[row["experiment_id"]].append(row)
        parts.append((card, names, of_experiment))
    treatments = defaultdict(list)
    for row in verdicts(company):
        treatments[row["experiment_id"]].append(row)
    return [experiment_page(company, rows, parts) for rows in treatments.values()]


def experiment_page(company: Company, treatments: list[dict], parts: list[tuple]) -> dict:
    """What the page of one experiment shows; `treatments` are its rows of experiment_verdicts."""
    first = treatments[0]
    shown = []
    for number, (card, names, of_experiment) in enumerate(parts, 1):
        rows = of_experiment[first["experiment_id"]]
        if not rows and not card["empty"]:
            continue
        filled = boards.with_rows(card, names, rows, number, company.currency)
        filled["columns"].pop("experiment_id")
        filled["rows"] = [
            {name: value for name, value in row.items() if name != "experiment_id"}
            for row in filled["rows"]
        ]
        shown.append(filled | {"undelivered": [], "period": None})
    shipped = first["decision"] == "ship"
    quoted = first["experiment_id"].replace("'", "''")
    return {
        "id": first["experiment_id"],
        "page": first["page"],
        "name": first["experiment_name"] or first["experiment_id"],
        "brand": first["brand"],
        "kind": KINDS.get(first["experiment_type"] or "ab", (first["experiment_type"], "")),
        "owner": first["owner"],
        "started": first["started_at"],
        "ended": first["ended_at"],
        "is_final": all(row["is_final"] for row in treatments),
        "treatments": [treatment(row, len(treatments) > 1) for row in treatments],
        "decision": first["decision"] and DECISIONS.get(first["decision"], (first["decision"], "")),
        "decided_by": first["decided_by"],
        "decided_at": first["decided_at"],
        "decision_reason": first["decision_reason"],
        "is_without_proof": shipped and all(row["verdict"] != "ship" for row in treatments),
        "cards": shown,
        "sql": (
            "select variant, metric_name, role, n_mature, control_value, treatment_value,\n"
            "    deciding_difference, deciding_low, deciding_high, p_value_adjusted, is_final\n"
            f"from {company.published.ref('experiment_results')}\n"
            f"where experiment_id = '{quoted}' and segment_type = 'all'\n"
            "order by role desc, metric_name, variant"
        ),
    }


def treatment(row: dict, is_named: bool) -> dict:
    """The verdict on a treatment in words, and whether its evidence is enough for one."""
    rule = row["rule"] or ""
    problem = row["problem"] or "no success metric has a result"
    return {
        "variant": row["variant"] if is_named else None,
        "verdict": row["verdict"],
        "verdict_name": VERDICTS.get(row["verdict"], (row["verdict"], "")),
        "rule": (rule, sentences.korean(rule)),
        "has_answer": row["answered"] > 0,
        "problem": (problem, sentences.korean(problem)),
    }


def tables() -> list[str]:
    """The tables that the pages read."""
    found = [
        *boards.tables_of(cards("experiment")),
        *boards.tables_of(cards("experiments")),
        *refs(EXPERIMENTS),
    ]
    return list(dict.fromkeys(found))
