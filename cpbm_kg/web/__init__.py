"""The web: the only package that imports flask. `app.create_app` ties an engine and, where there is one, a release."""
