"""What the site says, in English and Korean side by side: the reader's choice shows one of them."""

import functools
import pathlib

import yaml
from markupsafe import Markup, escape

FOLDER = pathlib.Path(__file__).resolve().parent


@functools.cache
def words() -> dict[str, tuple[str, str]]:
    """Each text of words.yml: English, Korean."""
    found = yaml.safe_load((FOLDER / "words.yml").read_text(encoding="utf-8"))
    return {name: (english, korean) for name, (english, korean) in found.items()}


def both(english: object, korean: object = "") -> Markup:
    """Two texts of which one is seen; one text alone where both are the same or none is Korean."""
    if not korean or english == korean:
        return escape(english)
    return Markup('<span class="t" lang="en">{}</span><span class="t" lang="ko">{}</span>').format(
        english, korean
    )


def word(name: str, **values) -> Markup:
    """A text of words.yml, in both languages. A value may be a pair, of English and Korean."""

    def of(language: int) -> dict:
        return {
            name: value[language] if isinstance(value, tuple) else value
            for name, value in values.items()
        }

    english, korean = words()[name]
    return both(english.format(**of(0)), korean.format(**of(1)))


def attribute(name: str, english: object, korean: object = "") -> Markup:
    """An attribute that the script changes with the language."""
    if not korean or english == korean:
        return Markup('{}="{}"').format(name, english)
    return Markup('{}="{}" data-en-{}="{}" data-ko-{}="{}"').format(
        name, english, name, english, name, korean
    )


def option(value: str, english: object, korean: object = "", *, chosen: bool = False) -> Markup:
    """An option of a choice: it holds text alone, which the script changes with the language."""
    return Markup('<option value="{}" data-en="{}" data-ko="{}"{}>{}</option>').format(
        value, english, korean or english, Markup(" selected") if chosen else "", english
    )
