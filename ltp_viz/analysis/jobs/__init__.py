"""Background work: threads that a page watches, and processes that outlive the app."""
