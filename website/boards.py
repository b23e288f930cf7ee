"""Boards: dashboards/<name>.yml, its cards' rows, and what a card says where it has none.

    title: {en: What marketing returns, ko: 마케팅 성과}
    about: {en: One or two sentences, ko: …}
    restricted: true                     a board of persons: it is left out of the site unless asked for
    filters: [brand, period]             choices over all cards that have a column `brand`, or a date as x
    cards:
      - metrics: [revenue, roas]         the last full month of each: value, change, n, whether it is final
      - title: {en: …, ko: …}
        about: {en: …, ko: …}
        chart: line                      a drawing of website/charts; `roles` are its columns, `columns` what they are
        roles: {x: month, y: spend, color: channel, low: …, high: …, final: is_final}
        unit: money                      of the value drawn: money, share, points, change (relative), ratio, count
        colors: {ship: green}            of the values of the role color: names of charts/theme.yml
        columns: {month: {en: Month, ko: 월}, spend: {en: Spend, ko: 지출, unit: money}}
        sql: select … from {{ ref('campaign_days') }}
        metric: ad_spend                 whose page the card leads to
        size: half                       or full
      - title: …                         no chart: a table
        empty: {en: …, ko: …}            what it means that there is no row, though all was delivered
        needs: [ads__daily_performance]  the raw tables to deliver; without it all that hold no row, of all before
        columns:
          verdict: {en: …, ko: …, values: {late: [late, 지연]}}      values that have a name in each language
          sentence: {en: …, ko: …, korean: sentence_ko}            a text whose Korean is another column
          table: {en: …, ko: …, link: page}                        the column that holds its page, from the root
          status: {en: …, ko: …, values: …, tones: {late: bad}}      its colour by value: good, warn or bad
          target: {en: …, ko: …, unit_of: unit}                    the column that holds the unit of each row
          month: {en: …, ko: …, unit: month}                       a day that stands for its month
          rate: {en: …, ko: …, low: …, high: …}                    the columns of its interval, in the same cell
          rule: {en: …, ko: …, sentences: true}                    whose Korean is in sentences.yml
        total: is_total                  the column that says which rows are sums: they stay below
        sql: …
      - tiles:                           numbers of one row of a query, where no metric says them
          late: {en: …, ko: …, unit: count, note: a_column, note_korean: another}
        sql: …

Rows with brand = 'all' are shown for all brands together; where there are none, all rows are. `{{ as_of }}` in a query
is the last day whose facts count. A table of more rows than a page carries says how many are left out.
"""

import math
import pathlib

import board_checks
import charts
import jinja2
import sentences
from board_checks import UNITS, WrongBoard
from figures import amount, small
from published import PROJECT, Published, refs

FOLDER = PROJECT / "dashboards"
MOST_ROWS = 2000
MOST_MARKS = 10_000

__all__ = ["UNITS", "WrongBoard", "drawing", "filled", "load", "tables_of", "tiles"]


def load(file: pathlib.Path) -> dict:
    """A board by its file, with defaults filled in. Stops at what it cannot mean."""
    board = board_checks.read(file)
    board_checks.check_board(board, file.name)
    board = {"restricted": False, "filters": [], "about": {"en": "", "ko": ""}} | board
    for number, card in enumerate(board["cards"], 1):
        card["place"] = board_checks.place_of(file.name, number, card)
        if "metrics" not in card and "tiles" not in card:
            for name, value in DEFAULTS.items():
                card.setdefault(name, value)
    return board


DEFAULTS = {
    "size": "full",
    "about": None,
    "empty": None,
    "metric": None,
    "chart": None,
    "unit": "count",
}


def tables_of(board: dict) -> list[str]:
    """The tables that a board reads: those of its SQL, and metric_values where it shows metrics."""
    found = []
    for card in board["cards"]:
        found += ["metric_values"] if "metrics" in card else refs(card["sql"])
    return list(dict.fromkeys(found))


def filled(card: dict, published: Published, number: int, currency: str) -> dict:
    """A card with its rows, its columns in the order that it names them, and its drawing."""
    place = card.get("place", card["title"]["en"])
    missing = [name for name in refs(card["sql"]) if not published.has(name)]
    names, rows = ([], []) if missing else board_checks.rows_of(place, card["sql"], published)
    if card["chart"] and len(rows) > MOST_MARKS:
        raise WrongBoard(
            f"{place}: {len(rows):,} rows are more than a drawing carries ({MOST_MARKS:,}). "
            "Aggregate them in the SQL."
        )
    shown = rows if card["chart"] else rows[:MOST_ROWS]
    filled = with_rows(card, names, shown, number, currency)
    return filled | {"missing": missing, "in_all": len(rows)}


def with_rows(card: dict, names: list[str], rows: list[dict], number: int, currency: str) -> dict:
    """A card with these rows of its query, whose columns are `names`; there are no names where a table is missing."""
    place = card.get("place", card["title"]["en"])
    rows = [{name: small(value) for name, value in row.items()} for row in rows]
    columns = {name: {"unit": "count"} | column for name, column in card["columns"].items()}
    for name, column in columns.items():
        if column.get("sentences"):
            column["korean"] = f"{name}_ko"
            for row in rows:
                row[f"{name}_ko"] = sentences.korean(row.get(name))
    framed = frame(card["roles"], rows) if card["chart"] == "forest" else {}
    spec = drawing(card, columns, currency, **framed) if card["chart"] else None
    if names:
        board_checks.check_query(place, card, names)
        board_checks.check_shares(place, columns, rows)
    if spec and names:
        board_checks.check_drawing(place, card, spec, names)
    return card | {
        "id": f"card{number}",
        "columns": columns,
        "rows": rows,
        "tables": refs(card["sql"]),
        "missing": [],
        "in_all": len(rows),
        "by_brand": not card["chart"] or "brand" in card["roles"].values(),
        "spec": spec,
    }


def tiles(card: dict, published: Published, currency: str) -> list[dict]:
    """The numbers of a card of tiles: each a column of the only row of its query."""
    place = card["place"]
    missing = [name for name in refs(card["sql"]) if not published.has(name)]
    names, rows = ([], []) if missing else board_checks.rows_of(place, card["sql"], published)
    if not missing:
        if len(rows) != 1:
            raise WrongBoard(
                f"{place}: its sql gives {len(rows)} rows. Tiles are one row: aggregate."
            )
        for column, tile in card["tiles"].items():
            for wanted in (column, tile.get("note", column), tile.get("note_korean", column)):
                if wanted not in names:
                    raise WrongBoard(
                        f"{place}, column {column}: the query does not give {wanted}. "
                        f"{board_checks.nearest(wanted, names)}"
                    )
        board_checks.check_shares(place, card["tiles"], rows)
    row = rows[0] if rows else {}
    return [
        {
            "label": (tile["en"], tile["ko"]),
            "shown": amount(row.get(column), tile.get("unit", "count"), currency),
            "note": (row.get(tile.get("note")) or "", row.get(tile.get("note_korean")) or ""),
            "is_empty": row.get(column) is None,
            "tables": refs(card["sql"]),
        }
        for column, tile in card["tiles"].items()
    ]


def frame(roles: dict, rows: list[dict]) -> dict[str, float]:
    """Where a forest's frame ends: at its farthest interval, but no farther from no effect than `clip`."""
    at, most = roles.get("at", 0), roles.get("clip", math.inf)
    ends = [row.get(roles[role]) for row in rows for role in ("x", "low", "high")]
    ends = [end for end in ends if end is not None]
    low, high = (min(at, *ends), max(at, *ends)) if ends else (at - 1, at + 1)
    room = 0.04 * (min(high - at, most) + min(at - low, most)) or 1
    return {
        "clip_low": at - min(at - low + (room if low < at else 0), most),
        "clip_high": at + min(high - at + room, most),
    }


def drawing(card: dict, columns: dict, currency: str, **framed: float) -> dict:
    """The card's Vega-Lite specification."""
    roles = card["roles"] | framed
    for role in ("x", "y"):
        name = roles.get(role)
        if name in columns and f"{role}_title" not in roles:
            roles[f"{role}_title"] = columns[name]["en"]
    tooltip = [{"field": name, "title": column["en"]} for name, column in columns.items()]
    try:
        spec = charts.specification(
            card["chart"], roles | {"tooltip": tooltip}, card["unit"], currency
        )
        return charts.dyed(spec, roles["color"], card["colors"]) if card.get("colors") else spec
    except jinja2.UndefinedError as error:
        role = str(error).split("'")[1]
        raise WrongBoard(
            f"{card.get('place', card['title']['en'])}: the chart {card['chart']} has no {role}. "
            f"Say under roles which column is {role}."
        ) from None
