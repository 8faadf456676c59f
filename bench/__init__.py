"""Benchmarks against a stock Rasa assistant."""
