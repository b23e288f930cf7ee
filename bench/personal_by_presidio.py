# /// script
# requires-python = ">=3.11,<3.13"
# dependencies = ["presidio-analyzer==2.2.366"]
# ///
"""What columns of made-up personal values and look-alikes are: presidio's patterns beside tools/personal_columns.py.

    uv run --script bench/personal_by_presidio.py

Both see the columns of tests/python/personal_values.py, half of whose forms were made after the detector, and say what
a column is by the same share of its different values. No language model and no network: names and addresses are out of
presidio's patterns, and so a second line has only the kinds that it has a recogniser for.
"""

import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

import tldextract.tldextract

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "tools"), str(PROJECT / "tests" / "python")]
# Else the recogniser of e-mail addresses asks the network for the list of public suffixes.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())

import personal_columns  # noqa: E402
import personal_values  # noqa: E402
from presidio_analyzer import predefined_recognizers as own  # noqa: E402

RECOGNISERS = {
    "email": [own.EmailRecognizer()],
    "phone": [own.PhoneRecognizer(supported_regions=("KR", "US", "GB", "DE"))],
    "resident_number": [own.KrRrnRecognizer()],
    "card": [own.CreditCardRecognizer()],
    "iban": [own.IbanRecognizer()],
    "ip": [own.IpRecognizer()],
    "mac": [own.MacAddressRecognizer()],
    "birth_date": [own.DateRecognizer()],
}
# One recogniser for both.
SAME = {"ipv4": "ip", "ipv6": "ip"}
TRIES = 5


def kind_by_presidio(value: str, least: float) -> str:
    """The kind with the highest score that covers the value but for what is around it; empty when none does."""
    scores = {}
    for kind, recognisers in RECOGNISERS.items():
        for recogniser in recognisers:
            for found in recogniser.analyze(value, recogniser.supported_entities, None) or []:
                if found.score >= least and found.end - found.start >= 0.8 * len(value.strip()):
                    scores[kind] = max(found.score, scores.get(kind, 0))
    return max(scores, key=scores.get) if scores else ""


def column_by_presidio(values: list[str], least: float) -> str:
    different = {value.strip() for value in values if value.strip()}
    counts = Counter(kind_by_presidio(value, least) for value in different)
    counts.pop("", None)
    kind, count = counts.most_common(1)[0] if counts else ("", 0)
    return kind if count >= personal_columns.SHARE * len(different) else ""


def rates(found: list[tuple[str, str]]) -> dict[str, float]:
    right = sum(kind == said != "" for kind, said in found)
    return {
        "columns": len(found),
        "recall": round(right / sum(kind != "" for kind, _ in found), 3),
        "precision": round(right / max(1, sum(said != "" for _, said in found)), 3),
    }


def main() -> None:
    columns = [
        ("" if kind == "none" else kind, values)
        for fresh in (False, True)
        for number in range(TRIES)
        for kind, values in personal_values.columns_of(random.Random(100 + number), fresh)
    ]
    print(json.dumps({"values": sum(len(values) for _, values in columns)}))
    ways = {
        "groundwork": personal_columns.kind_of_column,
        "presidio, any score": lambda values: column_by_presidio(values, 0),
        "presidio, score from 0.5": lambda values: column_by_presidio(values, 0.5),
    }
    for name, way in ways.items():
        began_at = time.process_time()
        found = [
            (SAME.get(kind, kind), SAME.get(said := way(values), said)) for kind, values in columns
        ]
        seconds = round(time.process_time() - began_at, 2)
        known = [pair for pair in found if pair[0] in (*RECOGNISERS, "")]
        print(
            json.dumps(
                {"by": name, "seconds": seconds, "all": rates(found), "its_kinds": rates(known)}
            )
        )


if __name__ == "__main__":
    main()
