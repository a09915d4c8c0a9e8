"""Background work: processes that outlive the app, and threads that a page watches."""
