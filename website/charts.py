"""Charts as Vega-Lite: charts/<kind>.yml is the drawing, a card says which column plays which role.

Data and colours come last: the page adds them in the browser, and `picture` for mail and print.
"""

import functools
import json
import pathlib
import re
import sys

import jinja2.meta
import vl_convert
import yaml
from figures import sign_of

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tools"))

import rendering  # noqa: E402

FOLDER = pathlib.Path(__file__).resolve().parent / "charts"
# What `specification` says to a drawing itself.
NOT_ROLES = {"has", "tooltip", "format", "axis_label", "label_of", "unit", "clip_low", "clip_high"}
# The reader in C, where PyYAML has it: a site reads hundreds of drawings.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
KINDS = {file.stem for file in FOLDER.glob("*.yml")} - {"theme"}


@functools.cache
def themes() -> dict:
    """Light and dark: Vega's config, and the colours that a drawing may name."""
    return yaml.safe_load((FOLDER / "theme.yml").read_text(encoding="utf-8"))


@functools.cache
def library() -> str:
    """The script that draws: a process that builds several sites packs it once."""
    return vl_convert.javascript_bundle()


@functools.cache
def drawings() -> jinja2.Environment:
    environment = rendering.environment(FOLDER, is_html=False)
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    return environment


def format_of(unit: str) -> str:
    """How d3 writes a number of this unit on an axis and beside a mark."""
    return {
        "money": "~s",
        "share": ".0~%",
        "points": "+.1~%",
        "change": "+,.0~%",
        "ratio": ",.2~f",
    }.get(unit, ",.3~s")


def label_of(unit: str, currency: str, value: str = "datum.value") -> str:
    """Vega's expression for a number of this unit, with its sign: `datum.value` on an axis."""
    text = f"format({value}, '{format_of(unit)}')"
    if unit == "money":
        return f"({value} < 0 ? '−' : '') + '{sign_of(currency)}' + format(abs({value}), '.3~s')"
    if unit == "count":
        # Of a few, halves are no thousandths.
        text = f"(abs({value}) < 1000 ? format({value}, ',.2~f') : {text})"
    if unit in ("points", "change"):
        return f"{value} === 0 ? '0%' : replace({text}, '-', '−')"
    return f"replace({text}, '-', '−')"


def specification(kind: str, roles: dict, unit: str, currency: str) -> dict:
    """The Vega-Lite specification of a card without its data.

    `roles` are the columns by what they do in the drawing: x, y, color, low, high, final, label. The English title
    of a role is `<role>_title`.
    """
    text = (
        drawings()
        .get_template(f"{kind}.yml")
        .render(
            has=roles.get,
            **{name: value for name, value in roles.items()},
            format=format_of(unit),
            axis_label=label_of(unit, currency),
            label_of=lambda column, of: label_of(of, currency, f"datum['{column}']"),
            unit=unit,
        )
    )
    return yaml.load(text, Loader=LOADER)


@functools.cache
def roles_of(kind: str) -> set[str]:
    """The roles that a drawing plays: what its file asks for, but for what `specification` adds itself."""
    text = (FOLDER / f"{kind}.yml").read_text(encoding="utf-8")
    asked = jinja2.meta.find_undeclared_variables(drawings().parse(text))
    asked |= set(re.findall(r"""has\(["'](\w+)["']\)""", text))
    if "clip_low" in asked:
        asked.add("clip")
    return (asked | {"x_title", "y_title"}) - NOT_ROLES


def dyed(spec, column: str, colors: dict[str, str]):
    """The specification in which each value of a column has a colour of its own, whichever rows there are.

    `colors` are names of theme.yml by value; the legend is in their order.
    """
    if isinstance(spec, list):
        return [dyed(value, column, colors) for value in spec]
    if not isinstance(spec, dict):
        return spec
    found = {key: dyed(value, column, colors) for key, value in spec.items()}
    if found.get("color", {}) != {} and found["color"].get("field") == column:
        scale = {"domain": list(colors), "range": [f"@{color}" for color in colors.values()]}
        found["color"] = found["color"] | {"scale": scale}
    return found


def coloured(spec, colors: dict):
    """The specification with the colours that it names as "@name"."""
    if isinstance(spec, dict):
        return {key: coloured(value, colors) for key, value in spec.items()}
    if isinstance(spec, list):
        return [coloured(value, colors) for value in spec]
    return colors[spec[1:]] if isinstance(spec, str) and spec[:1] == "@" else spec


def picture(spec: dict, rows: list[dict], theme: str = "light", width: int = 640) -> bytes:
    """A PNG of a chart, for mail and print."""
    worn = themes()[theme]
    whole = coloured(spec, worn["colors"]) | {
        "data": {"values": rows},
        "config": worn["config"],
        "width": width,
    }
    return vl_convert.vegalite_to_png(whole, scale=2)
