"""What the bot says to one message, kept whole: Rasa's own collector cuts a text at every blank line."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel


class WholeTexts(CollectingOutputChannel):
    """Collects messages; one text stays one message."""

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Keep one text."""
        await self._persist_message(self._message(recipient_id, text=text.strip()))
