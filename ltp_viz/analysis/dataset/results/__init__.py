"""The stored rows of a run: filtered, aggregated, scored, exported."""
