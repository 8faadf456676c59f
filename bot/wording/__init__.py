"""Verdicts, estimates and questions as sentences, in Chinese or English. Pure: every channel says the same."""
