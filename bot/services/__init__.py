"""Use-cases: what the assistant does, free of Rasa, Sanic and SQL."""
