"""The Learn page: a tour of ten steps, each with one thing to move, on a real model."""
