"""``python -m bot serve``: the assistant on HOST:PORT."""

from __future__ import annotations

import argparse
import socket
import time
from pathlib import Path
from typing import Any

from bot.cli.console import console, damage, report_problems
from bot.cli.workers import Workers
from bot.settings import Settings, one_thread_for_numbers
from bot.training.release import model_to_serve

# Connections that may wait to be taken: WeChat sends in bursts.
_BACKLOG = 512


def run(options: argparse.Namespace) -> int:
    """Load everything, print the addresses, serve until stopped."""
    started = time.monotonic()
    one_thread_for_numbers()
    from bot import wiring
    from bot.wiring import maintenance

    settings = wiring.settings()
    maintenance.put_in_order()
    model = _model(settings.models)
    if model is None:
        return 1
    if settings.workers > 1 and options.socket is None:
        with socket.create_server((settings.host, settings.port), backlog=_BACKLOG) as listener:
            return Workers(listener, settings.workers).run()
    with console.status("Loading the knowledge…") as status:
        wiring.knowledge()()
        status.update("Opening the database…")
        wiring.database()
        maintenance.keep_live_version()
        status.update("Loading Rasa (about 5 seconds)…")
        from bot.cli.logs import configure_logs
        from bot.without_tensorflow import load_rasa

        load_rasa(settings.root / "config.yml")
        configure_logs(debug=settings.debug)
        app = wiring.application(model)

    @app.listener("after_server_start")
    async def announce(*_: object) -> None:
        _print_addresses(settings, time.monotonic() - started)

    if settings.wechat_token and not settings.wechat_encoding_aes_key:
        console.print("WECHAT_ENCODING_AES_KEY is not set: plaintext messages are accepted.", style="yellow")
    where: dict[str, Any] = {"host": settings.host, "port": settings.port}
    if options.socket is not None:
        where = {"sock": socket.socket(fileno=options.socket)}
    app.run(**where, access_log=False, debug=False)
    return 0


def _model(models: Path) -> Path | None:
    """The model to serve; says what is wrong with the others, or that there is none."""
    model, damaged = model_to_serve(models)
    if damaged:
        report_problems(damage(damaged))
    if model is None and not damaged:
        report_problems(["models/, the folder: holds no trained model; run python -m bot train"])
    if model is not None and damaged:
        console.print(f"{model.name}, the newest model that can be read, is served.", style="yellow")
    return model


def _print_addresses(settings: Settings, seconds: float) -> None:
    base = f"http://{settings.host}:{settings.port}"
    console.print(f"异地就医小助手 is ready after {seconds:.0f} s.", style="green")
    console.print(f"  Chat page       {base}/")
    console.print(f"  Hotline console {base}/staff")
    console.print(f"  REST            {base}/webhooks/rest/webhook")
    wechat = f"{base}/webhooks/wechat/webhook" if settings.wechat_token else "off (set WECHAT_TOKEN)"
    console.print(f"  WeChat webhook  {wechat}")
    console.print("  Stop with Ctrl-C.")
