"""Several plans without ever holding them all: read and completed one by one (`parts`), judged together (`judging`)."""
