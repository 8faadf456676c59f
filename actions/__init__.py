"""rasa_sdk actions, thin: slots and message in, one use-case called, the reply uttered."""
