"""The limit: a server with our webhook and nothing behind it: `python -m bench.echo PORT`.

Signature, decryption, XML in, XML out and encryption are done by the functions that the assistant uses; what the user
wrote comes back.
"""

from __future__ import annotations

import secrets
import sys
import time

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, raw, text

from bench.load import AES_KEY, APP_ID, PATHS, TOKEN, WECHAT
from bot.channels.wechat.messages import Text, read_message
from bot.channels.wechat.protocol import (
    PREFIX_BYTES,
    SafeMode,
    is_signed,
    read_xml,
    sealed_reply,
    text_reply,
)


def echo() -> Sanic:
    """The application."""
    app = Sanic("echo", configure_logging=False)
    safe = SafeMode.from_text(AES_KEY, APP_ID)

    @app.post(PATHS[WECHAT])
    async def receive(request: Request) -> HTTPResponse:
        query = {name: request.args.get(name, "") for name in ("timestamp", "nonce")}
        encrypted = read_xml(request.body).get("Encrypt", "")
        plain = is_signed(request.args.get("signature", ""), TOKEN, *query.values())
        sealed = is_signed(request.args.get("msg_signature", ""), TOKEN, *query.values(), encrypted)
        if not (plain and sealed):
            return text("The signature does not match.", status=403)
        message = read_message(read_xml(safe.decrypt(encrypted)))
        said = message.content if isinstance(message, Text) else "?"
        envelope = message.envelope
        xml = text_reply(envelope.openid, envelope.account, envelope.created_at, said)
        nonce, prefix = secrets.token_hex(8), secrets.token_bytes(PREFIX_BYTES)
        answer = sealed_reply(safe, TOKEN, xml, int(time.time()), nonce, prefix)
        return raw(answer.encode(), content_type="application/xml; charset=utf-8")

    return app


if __name__ == "__main__":
    echo().run(host="127.0.0.1", port=int(sys.argv[1]), access_log=False, debug=False)
