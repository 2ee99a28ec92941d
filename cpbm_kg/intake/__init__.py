"""A plan that people keep in CSV files, as the Turtle files of a profile.

Whoever begins a plan has tables, not Turtle. `begin` writes the templates, `convert` maps the filled ones to the layout of
`data/`, each fact with the passage that states it; every bad row is a finding, and then nothing is written. What a person
has edited since is never written over.
"""

from cpbm_kg.intake.profile import begin, convert

__all__ = ["begin", "convert"]
