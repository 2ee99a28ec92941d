"""What open-data portals make of the catalogue: their assessment, and their own parsers run on a served release."""
