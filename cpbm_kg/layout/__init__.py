"""The layout of what people write: Turtle and query files (style.md), on tokens, with every comment kept.

turtlefmt, which exists, writes `@prefix`, one line for a whole object list, no full stop of its own and a space before
the first comment (0.1.2, measured on our files): a fact added would no longer be a line added. docs/contributing.md
says the same.
"""

from cpbm_kg.layout import query, turtle

LAY_OUT = {".ttl": turtle.lay_out, ".rq": query.lay_out}

__all__ = ["LAY_OUT", "lay_out"]


def lay_out(text: str, suffix: str) -> str:
    """`text`, which its parser accepts, in the layout of its kind: `.ttl` or `.rq`; raises KeyError for another."""
    return LAY_OUT[suffix](text)
