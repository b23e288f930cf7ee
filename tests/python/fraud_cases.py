"""A company with a payment for each way in which a label, a score or a group can be odd."""

import json

AS_OF = "2026-06-30"
FEATURES = json.dumps({"age_of_device": 12, "cards": 1})
COUNTRIES = ["KR", "KR", "KR", "US", "US", "BR"]


class Books:
    """Raw rows as they come together."""

    def __init__(self):
        self.tables = {
            "app__customers": [
                "customer_id,brand,birth_date,country_code,created_at",
                *(
                    f"of_{code},learn,1990-05-01,{code},2025-01-01 00:00:00"
                    for code in sorted(set(COUNTRIES))
                ),
            ],
            "app__orders": ["order_id,customer_id,ordered_at,paid_at,status,currency"],
            "app__order_items": ["order_id,line_number,product_id,quantity,unit_price"],
            "payments__payments": [
                "payment_id,order_id,customer_id,attempted_at,amount,currency,outcome,is_review_exempt,"
                "review_exempt_probability,billing_country_code"
            ],
            "payments__disputes": [
                "dispute_id,payment_id,reason,amount,currency,opened_at",
            ],
            "ml__models": [
                "model_name,model_version,owner,trained_at,train_from,train_to,threshold,deployed_at",
            ],
            "ml__predictions": [
                "prediction_id,model_name,model_version,entity_type,entity_id,score,decision,features,predicted_at"
            ],
        }

    def version(self, name, threshold=0.5, model="fraud"):
        self.tables["ml__models"].append(
            f"{model},{name},Risk,2025-01-01 00:00:00,2024-01-01,2024-12-31,{threshold},2025-01-01 00:00:00"
        )

    def payment(
        self,
        name,
        at="2026-01-10 10:00:00",
        outcome="succeeded",
        exempt="false",
        chance="0.1",
        customer="of_KR",
        amount="20.00",
        billing="",
    ):
        self.tables["app__orders"].append(f"o_{name},{customer},{at},{at},paid,USD")
        self.tables["app__order_items"].append(f"o_{name},1,course,1,{amount}")
        self.tables["payments__payments"].append(
            f"{name},o_{name},{customer},{at},{amount},USD,{outcome},{exempt},{chance},{billing}"
        )

    def score(
        self,
        name,
        score,
        version="v1",
        at="2026-01-10 09:59:59",
        features=FEATURES,
        decision="",
        suffix="",
        model="fraud",
    ):
        text = '"' + features.replace('"', '""') + '"' if features else ""
        self.tables["ml__predictions"].append(
            f"s_{model}_{name}{suffix},{model},{version},payment,{name},{score},{decision},{text},{at}"
        )

    def dispute(self, name, at, reason="fraud", suffix=""):
        self.tables["payments__disputes"].append(f"d_{name}{suffix},{name},{reason},20.00,USD,{at}")


def company() -> dict:
    """Tables by name, as lists of lines."""
    books = Books()
    for version in ("v1", "honest", "thieves", "lone", "blind"):
        books.version(version)
    books.version("between", threshold=0.537)
    books.version("never", threshold=1.5)

    scored = {
        "clean": {},
        "young": {"at": "2026-04-01 10:00:00"},
        "last_mature": {"at": "2026-03-02 23:59:59"},
        "first_young": {"at": "2026-03-03 00:00:00"},
        "fraud": {},
        "young_fraud": {"at": "2026-06-01 10:00:00"},
        "quality": {},
        "early": {},
        "early_and_late": {},
        "declined": {"outcome": "declined"},
        "blocked_by_a_rule": {"outcome": "blocked"},
        "nested": {},
        "huge": {},
        "missing_feature": {},
        "no_features": {},
        "new_feature": {},
        "listed": {},
        "guest": {"customer": "", "billing": "BR"},
        "nowhere": {"customer": ""},
        "worth_nothing": {"amount": "0.00"},
        "worth_much": {"amount": "1000000000.00"},
    }
    for name, how in scored.items():
        books.payment(name, **how)
    features = {
        "nested": '{"age_of_device": {"days": [1, {"a": 2}]}, "cards": "one"}',
        "huge": '{"age_of_device": 1e300, "cards": 123456789012345678901234567890}',
        "missing_feature": '{"age_of_device": null, "cards": 1}',
        "no_features": "",
        "new_feature": '{"age_of_device": 1, "cards": 1, "q\\"uote, comma": 1, "": 2}',
        "listed": "[1, 2]",
    }
    for name, how in scored.items():
        at = how.get("at", "2026-01-10 10:00:00")
        books.score(name, 0.1, at=at, features=features.get(name, FEATURES))
    books.dispute("fraud", "2026-02-01 00:00:00")
    books.dispute("fraud", "2026-02-11 00:00:00", suffix="_again")
    books.dispute("young_fraud", "2026-06-20 00:00:00")
    books.dispute("quality", "2026-02-01 00:00:00", "quality")
    books.dispute("early", "2026-01-01 00:00:00")
    books.dispute("early_and_late", "2026-01-01 00:00:00")
    books.dispute("early_and_late", "2026-02-01 00:00:00", suffix="_again")
    books.dispute("declined", "2026-02-01 00:00:00")

    for name, how in {
        "blocked": {"outcome": "blocked"},
        "exempt": {"exempt": "true"},
        "exempt_surely": {"exempt": "true", "chance": "1"},
        "exempt_never": {"exempt": "true", "chance": "0"},
        "exempt_unknown": {"exempt": "true", "chance": ""},
        "exempt_hardly": {"exempt": "true", "chance": "1e-300"},
        "exempt_and_blocked": {"exempt": "true", "outcome": "blocked"},
        "against_the_score": {},
    }.items():
        books.payment(name, **how)
        books.score(name, 0.9, decision="approve" if name == "against_the_score" else "block")

    for name in ("unscored", "above_one", "unregistered", "too_late", "scored_twice", "of_two"):
        books.payment(name)
    books.score("above_one", 1.5)
    books.score("unregistered", 0.2, version="v9")
    books.score("too_late", 0.2, at="2026-01-10 10:00:01")
    books.score("scored_twice", 0.9, at="2026-01-10 09:00:00")
    books.score("scored_twice", 0.2, at="2026-01-10 09:30:00", suffix="_again")
    books.score("nobody", 0.2)
    # another model scores payments too: the one that scored more of them counts
    books.version("v1", model="other")
    books.score("of_two", 0.3)
    books.score("of_two", 0.8, model="other")

    # companies of their own: a model version each
    for number in range(60):
        customer = f"of_{COUNTRIES[number % 6]}"
        for version in ("honest", "thieves", "lone", "between", "never", "blind"):
            name = f"{version}_{number}"
            score = (number % 20) / 20
            stopped = {"between": 0.537, "never": 1.5, "honest": 2, "blind": 0.5}.get(version, 0.5)
            flagged = score >= stopped
            exempt = flagged and number % 3 == 0 and version != "blind"
            books.payment(
                name,
                f"2025-{1 + number % 12:02d}-10 10:00:00",
                outcome="blocked" if flagged and not exempt else "succeeded",
                exempt="true" if exempt else "false",
                chance="0.3",
                customer="of_KR" if version == "lone" else customer,
            )
            books.score(name, score, version, at=f"2025-{1 + number % 12:02d}-10 09:59:00")
            is_fraud = version == "thieves" or (version != "honest" and number % 7 == 0)
            if is_fraud and (exempt or not flagged):
                books.dispute(name, f"2025-{1 + number % 12:02d}-28 10:00:00")
    return books.tables
