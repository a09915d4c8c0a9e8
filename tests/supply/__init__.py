"""The app's dependencies: locks, licences, known vulnerabilities."""
