"""truth.json: what was planted, as parameters, expectations and counts."""

from typing import Any

import numpy as np

from demo import care, learn, scoot
from demo.catalogue import BRANDS, CHANNELS, COUNTRIES, TOUCH_EFFECT, TRIALS
from demo.clock import DAY, N_DAYS
from demo.office import BILL_SPIKE, NEVER_OPENED
from demo.orders import DECLINE_SHARE, RETRY_SHARE
from demo.tables import CONTRACT
from demo.trials import SHIPPED_AFTER
from demo.visits import trial_id

COUNTED = ("scored", "fraud", "flagged", "flagged_fraud")  # of a month and country
PAID_SHARE = 1 - DECLINE_SHARE * (1 - RETRY_SHARE)  # of first orders


def plain(value: Any) -> Any:
    """The value as JSON knows it; numbers keep 10 significant digits."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.integer | np.bool_):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{float(value):.10g}")
    return value


def auc(histogram: np.ndarray) -> float | None:
    """Area under the curve from counts of (negatives, positives) by ascending score bin; of one
    kind alone there is none."""
    negatives, positives = histogram.astype(float)
    below = np.cumsum(negatives) - negatives / 2
    total = negatives.sum() * positives.sum()
    return float((positives * below).sum() / total) if total else None


def shares(counts: dict) -> dict:
    """Each count over their sum."""
    total = sum(counts.values())
    return {key: value / total for key, value in counts.items()} if total else {}


def trial_truth(sums: dict) -> dict:
    """One entry per experiment: the planted numbers and what they come to.

    expected_difference is per unit: revenue in dollars for customers, chance to convert for
    visitors.
    """
    facts = {}
    for position, trial in enumerate(TRIALS):
        key = trial_id(position)
        entry = {
            "brand": trial["brand"],
            "name": trial["name"],
            "type": trial["type"],
            "unit": trial["unit"],
            "lift_on_purchases": trial["lift"],
            "start": trial["start"],
            "end": trial["end"],
            "outcome_days": trial["outcome_days"],
            "treatment_share": trial["share"],
            "ticket_effect": trial["ticket_effect"],
            "broken_split_device": trial["broken_device"],
            "decision": trial["decision"],
            "is_concluded": trial["end"] is not None,
            "success_metric_declared_late": trial["late_metric"],
        }
        if key in sums.get("visitor_trials", {}):
            seen = sums["visitor_trials"][key]
            units = max(seen["units"], 1)
            control = seen["sum_control_chance"] / units * PAID_SHARE
            treated = seen["sum_treated_chance"] / units * PAID_SHARE
            entry |= {
                "units": seen["units"],
                "expected_control": control,
                "expected_treatment": treated,
                "expected_difference": treated - control,
                "expected_relative_lift": treated / control - 1 if control else None,
                "realised": seen,
            }
        if key in sums.get("customer_trials", {}):
            entry |= customer_trial_truth(
                trial,
                sums["customer_trials"][key],
                sums["trial_outcomes"][key],
                paid_per_listed(sums["price_sums"][trial["brand"]]),
            )
        facts[key] = entry
    return facts


def paid_per_listed(price: dict) -> float:
    """Dollars paid per dollar of list price of repeat purchases."""
    return price["paid"] / price["listed"] if price["listed"] else 1.0


def customer_trial_truth(trial: dict, base: dict, outcome: dict, price_level: float) -> dict:
    """Expected effect per unit: the lift times what the base of both arms would have bought.

    price_level turns list revenue into paid revenue (declines, blocks, discounts, exchange).
    """
    units = max(base["units"], 1)
    revenue = base["base_list_revenue"] / units * price_level
    difference = trial["lift"] * revenue
    control = outcome["control"]
    mean = control["revenue_usd"] / max(control["units"], 1)
    return {
        "units": base["units"],
        "base_purchase_revenue_per_unit": revenue,
        "expected_difference": difference,
        "expected_orders_difference": trial["lift"] * base["base_purchases"] / units,
        "expected_relative_lift": difference / mean if mean else None,
        "realised": outcome,
    }


def hazards(counts: dict) -> dict:
    """Realised hazards by month of life beside the planted ones."""
    planted = {"light": scoot.HAZARDS[0], "heavy": scoot.HAZARDS[1]}
    return {
        name: {
            "planted": planted[name],
            "at_risk": seen["at_risk"],
            "left": seen["left"],
        }
        for name, seen in counts.items()
    }


def top_decile_shares(spend: np.ndarray) -> dict:
    """Share of each month's revenue that its top tenth of payers brought (rounded up)."""
    facts = {}
    for month, (customers, dollars) in enumerate(spend.transpose(0, 2, 1)):
        if not customers.sum():
            continue
        wanted = np.ceil(customers.sum() * 0.1)
        before = np.cumsum(customers[::-1]) - customers[::-1]
        taken = np.clip(wanted - before, 0, customers[::-1])
        mean = dollars[::-1] / np.maximum(customers[::-1], 1)
        facts[f"{2025 + month // 12}-{month % 12 + 1:02d}"] = (taken * mean).sum() / dollars.sum()
    return facts


def scoot_truth(facts: dict) -> dict:
    """Heavy riders, hazards and reasons."""
    survey = facts["exit_survey"]
    return facts | {
        "heavy_share_planted": scoot.HEAVY_SHARE,
        "hazard_by_month_of_life": hazards(facts.pop("hazard_counts")),
        "subway_share": {"light": scoot.SUBWAY_SHARE[0], "heavy": scoot.SUBWAY_SHARE[1]},
        "commute_hour_share": {"light": scoot.COMMUTE_SHARE[0], "heavy": scoot.COMMUTE_SHARE[1]},
        "exit_survey": survey
        | {
            "true_reason_share": shares(survey["true_reasons"]),
            "naive_reason_share": shares(survey["answered_reasons"]),
            "reason_share_by_heavy_and_under_35": {
                f"{'heavy' if h else 'light'}_{'under_35' if y else '35_and_over'}": list(share)
                for (h, y), share in scoot.REASON_SHARE.items()
            },
            "answer_share_by_heavy_and_under_35": {
                f"{'heavy' if h else 'light'}_{'under_35' if y else '35_and_over'}": share
                for (h, y), share in scoot.ANSWER_SHARE.items()
            },
            "response_depends_on": ["spend (heavy or not)", "age under 35 at leaving"],
        },
    }


def care_truth(facts: dict) -> dict:
    """Calls, leaving, readings and diagnoses."""
    contact = facts["contact"]
    with_call, n_call, without, n_without = contact.pop("expected_naive")
    histogram = facts.pop("risk_histogram")
    return facts | {
        "contact": contact
        | {
            "true_effect_on_churn_next_month": care.CALL_EFFECT,
            "naive_difference_expected": (
                with_call / n_call - without / n_without if n_call and n_without else None
            ),
            "monthly_call_share": contact["call_months"] / max(contact["at_risk_months"], 1),
            "engagement": "days with a reading in the 30 days before the month starts",
            "calls_after_decision_share": contact["calls_after_decision"]
            / max(contact["troubleshooting_calls"], 1),
        },
        "diagnosis": {
            "monthly_logit": {
                "base": care.BASE_RISK,
                "per_13_mmHg_of_usual_systolic_above_129": care.PRESSURE_RISK,
                "per_8_years_of_age_above_76": care.AGE_RISK,
            },
            "auc_of_true_monthly_chance": auc(histogram),
            "silent_before_share": care.SILENT_SHARE,
            "silent_days": care.SILENT_DAYS,
            "gain_before_share": care.GAIN_SHARE,
            "gain_days": care.GAIN_DAYS,
            "gain_kg": care.GAIN_KG,
        },
    }


def rates(counts: dict) -> dict:
    """The counts of a group of payments with the shares that they come to; none where nobody is."""
    honest, passed = counts["scored"] - counts["fraud"], counts["fraud"] - counts["flagged_fraud"]
    wrong = counts["flagged"] - counts["flagged_fraud"]

    def share(part: int, whole: int) -> float | None:
        return part / whole if whole else None

    found = counts | {
        "fraud_rate": share(counts["fraud"], counts["scored"]),
        "flagged_share": share(counts["flagged"], counts["scored"]),
        "precision": share(counts["flagged_fraud"], counts["flagged"]),
        "recall": share(counts["flagged_fraud"], counts["fraud"]),
        "false_positive_rate": share(wrong, honest),
        "false_negative_rate": share(passed, counts["fraud"]),
    }
    if "by_country" in counts:
        found["by_country"] = {code: rates(part) for code, part in counts["by_country"].items()}
    return found


def recommender_truth(clicks: dict) -> dict:
    """The planted click shares and lift, when v2 served whom, and what came of it by version."""
    trials = {trial["name"]: trial for trial in TRIALS}
    shipped = trials["Recommender v2"]["end"]
    return {
        "click_share_v1_by_rank": list(learn.CLICK_SHARE),
        "click_lift_v2": learn.CLICK_LIFT,
        "v2_deployed_at": trials["Recommender v2"]["start"],
        "v2_shipped_days_after": [shipped, SHIPPED_AFTER // DAY],
        "v1_again_until": trials["Recommender holdout"]["end"],
        "v3": "trained and registered, never deployed",
        "realised": clicks,
    }


def learn_truth(facts: dict) -> dict:
    """Fraud, the biased score and the drift; recommendations."""
    fraud = facts["fraud"]
    histograms = fraud.pop("score_histogram")
    for name, histogram in histograms.items():
        fraud[name] = rates(fraud[name]) | {"auc": auc(histogram)}
    fraud["by_country"] = {code: rates(counts) for code, counts in fraud["by_country"].items()}
    fraud["by_month"] = {
        month: rates({key: value for key, value in counts.items() if key != "by_country"})
        | {
            "by_country": {
                code: {key: part[key] for key in COUNTED}
                for code, part in counts["by_country"].items()
            }
        }
        for month, counts in fraud["by_month"].items()
    }
    by_kind = ("honest", "fraud")
    return facts | {
        "recommender": recommender_truth(facts["recommender"]),
        "fraud": fraud
        | {
            "rate_by_country": dict(zip(COUNTRIES, learn.FRAUD_RATE, strict=True)),
            "biased_country": learn.BIASED_COUNTRY,
            "bias_in_logit": learn.BIAS,
            "exempt_probability_by_month": {
                f"{2025 + month // 12}-{month % 12 + 1:02d}": chance
                for month, chance in enumerate(learn.EXEMPT_PROBABILITY[:18])
            },
            "threshold": learn.THRESHOLD,
            "drift_at": learn.DRIFT_DATE,
            "drifting_feature": "device_age_days",
            "log_device_age_mean_and_spread": {
                **dict(zip(by_kind, learn.DEVICE_AGE_LOG, strict=True)),
                "after_drift": learn.DEVICE_AGE_LOG_AFTER,
            },
            "auc_before_drift": auc(histograms["before_drift"]),
            "auc_after_drift": auc(histograms["after_drift"]),
            "label_delay_days": {"median": 32, "longest": 110},
            "household_share": learn.HOUSEHOLD_SHARE,
            "shared_with_household": learn.SHARED,
            "public_address_share": learn.PUBLIC_SHARE,
            "own_device_share_of_stolen_cards": learn.OWN_DEVICE_SHARE,
            "stolen_card_again_share": learn.CARD_AGAIN_SHARE,
        },
    }


def summarise(seed: int, scale: float, sums: dict, office: dict, faults: dict) -> dict:
    """The truth of one company."""
    brand = sums["brand"]
    counts = {
        table: {
            name: sums.get(name, {}).get(table, 0)
            for name in (
                "rows",
                "staged",
                "rejected",
                "superseded",
                "later",
                "late_rows",
                "repeated_rows",
            )
        }
        for table in CONTRACT
    }
    truth = {
        "seed": seed,
        "scale": scale,
        "as_of": "2026-06-30",
        "history_days": N_DAYS,
        "tables": {table.replace("__", "."): entry for table, entry in counts.items()},
        "rejected": faults["rejected"],
        "orphans": faults["orphans"],
        "traffic": {name: sums[name] for name in ("visitors", "sessions", "customers")},
        "money": sums["money"],
        "privacy": {
            "canaries": sums["canaries"],
            "erasure_requests": sums["erasure_requests"],
            "canary_comment": "Please call Canary Yellowfinch at +82-0000-YELLOWFINCH",
        },
        "events": {
            "unplanned": sums["unplanned_events"],
            "late_identifications": sums["late_identifications"],
        },
        "growth": {
            "touch_effect": {
                name: dict(zip(CHANNELS, TOUCH_EFFECT[name], strict=True)) for name in BRANDS
            },
            "incremental_conversions": sums["incremental_conversions"],
            **office["ads"],
        },
        "experiments": trial_truth(sums),
        "scoot": scoot_truth(brand["scoot"])
        | {"top_decile_revenue_share": top_decile_shares(sums["monthly_spend"]["scoot"])},
        "care": care_truth(brand["care"]),
        "farewell": brand["farewell"],
        "learn": learn_truth(brand["learn"]),
        "platform": office["platform"]
        | {
            "dashboards_never_opened": NEVER_OPENED,
            "bill_spike": {
                "week_of": BILL_SPIKE[0],
                "resource": BILL_SPIKE[1],
                "factor": BILL_SPIKE[2],
            },
        },
    }
    return plain(truth)
