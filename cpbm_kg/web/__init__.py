"""The web: the only package that imports flask. `create_app` ties an engine and, where there is one, a release."""

from cpbm_kg.web.app import create_app

__all__ = ["create_app"]
