"""Sentences that tables hold in English only, in Korean: sentences.yml has a pattern and its Korean for each."""

import functools
import pathlib
import re

import yaml

FILE = pathlib.Path(__file__).resolve().parent / "sentences.yml"


@functools.cache
def patterns() -> list[tuple[re.Pattern, str]]:
    """Patterns with their Korean, the first that fits counts."""
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return [(re.compile(english, re.DOTALL), korean) for english, korean in found]


@functools.cache
def korean(english: str | None) -> str | None:
    """A sentence in Korean, its parts too; in English where nobody has written it in Korean."""
    if english is None:
        return None
    for pattern, template in patterns():
        found = pattern.fullmatch(english)
        if found:
            return template.format(*(korean(part) for part in found.groups("")))
    return english
