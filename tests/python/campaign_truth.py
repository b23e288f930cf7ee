"""Decisions on campaigns against the increments that the demo company planted."""

from warehouse import query


def planted_returns(truth: dict) -> dict[str, float]:
    """campaign_id: planted incremental conversions × what a touched one brings ÷ spend, over the history."""
    found = {}
    for campaign, facts in truth["campaigns"].items():
        added = truth["incremental_conversions"][facts["brand"]]["campaign"][campaign]
        worth = facts["revenue_with_touch_usd"] / max(facts["conversions_with_touch"], 1)
        found[campaign] = added * worth / facts["spend_usd"]
    return found


def decisions_against_truth(database, truth: dict) -> tuple[tuple[int, int], str]:
    """(scale or cut that the planted return bears out, that it contradicts), by campaign and month; and the newest
    decision on the campaign that has a holdout."""
    planted = planted_returns(truth)
    rows = query(
        database,
        """select campaign_id, month, decision from growth.campaign_performance
        where attribution_model = 'linear' and month < '2026-07-01' order by month""",
    )
    judged = [
        planted[campaign] >= 3 if decision == "scale" else planted[campaign] < 1
        for campaign, _, decision in rows
        if decision in ("scale", "cut") and campaign in planted
    ]
    (held_out,) = (c for c, facts in truth["campaigns"].items() if facts["role"] == "holdout")
    newest = [decision for campaign, _, decision in rows if campaign == held_out][-1]
    return (sum(judged), len(judged) - sum(judged)), newest
