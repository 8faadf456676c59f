"""Rasa graph components: thin shells over :mod:`bot.text`, spaCy, scikit-learn and a packaged sentence encoder."""
