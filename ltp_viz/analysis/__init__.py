"""Results computed from a classifier: frozen records, no drawing."""
