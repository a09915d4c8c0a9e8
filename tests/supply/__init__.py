"""What the app is made of: locks, licences, known faults of libraries."""
