"""Pictures as SVG: bars, calendars, maps and layered graphs of plain records, which say nothing of what they are about.

A drawing is one well-formed SVG (https://www.w3.org/TR/SVG2/) that reads alone on a slide: fixed colours as presentation
attributes, no style, no script; each look is a class too, so that a page can give it the colours of its own mode. It has
a title and a description, is the same bytes for the same records, and no colour is the only sign of anything.
"""
