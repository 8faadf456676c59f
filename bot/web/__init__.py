"""The web pages: the citizens' chat, the hotline console and the maintainers' console."""
