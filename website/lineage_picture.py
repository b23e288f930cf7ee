"""A table between what it is made from and what reads it, as SVG with links: for wide screens, and for phones.

Sizes are pixels of the screen: nothing is scaled, so that text is as large on a phone as elsewhere.
"""

from markupsafe import Markup

MOST = 12
ROW, BOX, GAP = 26, 20, 46
LETTER = 6.7
WIDE, NARROW = 900, 320


def drawn(parents: list[dict], name: str, children: list[dict]) -> list[dict]:
    """The two drawings, each with its class; none where nothing is before or after. Links are those of tables/."""
    if not parents and not children:
        return []
    before, after = boxes(parents), boxes(children)
    return [
        {"class": "wide-only", **side_by_side(before, name, after)},
        {"class": "narrow-only", **stacked(before, name, after)},
    ]


def boxes(found: list[dict]) -> list[dict]:
    """The first dozen; the list beside the picture has all."""
    if len(found) <= MOST:
        return found
    more = len(found) - MOST + 1
    return [
        *found[: MOST - 1],
        {"label": f"and {more} more", "label_ko": f"외 {more}개", "link": None},
    ]


def side_by_side(before: list[dict], name: str, after: list[dict]) -> dict:
    width = (WIDE - 2 * GAP) / 3
    height = ROW * max(len(before), len(after), 1)
    middle = height / 2
    parts = [box(width + GAP, middle - BOX / 2, width, name, "", None, "here")]
    for place, item in enumerate(before):
        y = ROW * (place + (height / ROW - len(before)) / 2)
        parts += [box(0, y + 3, width, item["label"], item["label_ko"], item["link"])]
        parts += [line(width, y + 3 + BOX / 2, width + GAP, middle)]
    for place, item in enumerate(after):
        y = ROW * (place + (height / ROW - len(after)) / 2)
        parts += [
            box(2 * (width + GAP), y + 3, width, item["label"], item["label_ko"], item["link"])
        ]
        parts += [line(2 * width + GAP, middle, 2 * (width + GAP), y + 3 + BOX / 2)]
    return {"width": WIDE, "height": height, "parts": Markup("").join(parts)}


def stacked(before: list[dict], name: str, after: list[dict]) -> dict:
    """One below the other, indented, with a line along the left."""
    parts, y = [], 0
    rows = [
        *((item, "") for item in before),
        ({"label": name, "label_ko": "", "link": None}, "here"),
        *((item, "") for item in after),
    ]
    for item, kind in rows:
        left = 0 if kind else 18
        parts.append(
            box(left, y + 3, NARROW - left, item["label"], item["label_ko"], item["link"], kind)
        )
        if not kind:
            parts.append(line(8, y + 3 + BOX / 2, 18, y + 3 + BOX / 2))
        y += ROW
    here = ROW * len(before) + 3
    if before:
        parts.append(line(8, 3 + BOX / 2, 8, here))
    if after:
        parts.append(line(8, here + BOX, 8, y - ROW + 3 + BOX / 2))
    return {"width": NARROW, "height": y, "parts": Markup("").join(parts)}


def box(
    x: float, y: float, width: float, label: str, korean: str, link: str | None, kind: str = ""
) -> Markup:
    """A name in a box."""
    texts = [("", label)] if not korean or korean == label else [("en", label), ("ko", korean)]
    words = Markup("").join(
        Markup('<text x="{}" y="{}"{}>{}</text>').format(
            f"{x + 8:g}",
            f"{y + 14:g}",
            Markup(' class="t" lang="{}"').format(language) if language else "",
            cut(text, width - 14),
        )
        for language, text in texts
    )
    rect = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="4" class="{}"/>').format(
        f"{x + 0.5:g}", f"{y:g}", f"{width - 1:g}", BOX, kind
    )
    if not link:
        return rect + words
    return Markup('<a href="{}">{}{}<title>{}</title></a>').format(f"../{link}", rect, words, label)


def cut(text: str, width: float) -> str:
    """A name that is longer than its box, with its end cut; Hangul is twice as wide."""
    room = width
    for place, letter in enumerate(text):
        room -= LETTER * (1.9 if letter >= "\u1100" else 1)
        if room < 0:
            return f"{text[: place - 1]}…"
    return text


def line(x1: float, y1: float, x2: float, y2: float) -> Markup:
    """A curve from one box to another."""
    middle = (x1 + x2) / 2
    return Markup('<path d="M{} {}C{} {} {} {} {} {}"/>').format(
        *(f"{value:g}" for value in (x1, y1, middle, y1, middle, y2, x2, y2))
    )
