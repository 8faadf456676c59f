"""What the webhook refuses, each with the HTTP status and the one plain line that the caller gets."""

from __future__ import annotations


class ProtocolError(Exception):
    """A request that is not answered with a reply; `str(error)` is the whole body of the response."""

    status = 400


class Forbidden(ProtocolError):
    """The request does not prove that it comes from WeChat, or comes in a mode that is not allowed here."""

    status = 403


class BadBody(ProtocolError):
    """The body is not a WeChat message, or it cannot be opened."""


class TooLarge(ProtocolError):
    """The body is longer than any WeChat message can be."""

    status = 413
