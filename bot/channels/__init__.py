"""The ways people reach the assistant beyond those that Rasa ships; one package per way."""
