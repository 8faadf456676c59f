"""The only reader of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_TRUE = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Settings:
    """Everything that can be set from outside; docs/operations.md explains each variable."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 5005
    # Serving processes; more than one need Redis.
    workers: int = 1
    database_url: str = ""
    redis_url: str | None = None
    # Signs and hashes; made once and kept in var/ where it is not given.
    secret_key: str | None = field(default=None, repr=False)
    wechat_token: str | None = field(default=None, repr=False)
    wechat_app_id: str | None = None
    wechat_app_secret: str | None = field(default=None, repr=False)
    wechat_encoding_aes_key: str | None = field(default=None, repr=False)
    wechat_api_base: str = "https://api.weixin.qq.com"
    # Whether the account has 客服 of its own, to whom a person who asks for a human is handed over.
    wechat_transfer: bool = False
    # Whether browsers send the consoles' cookies over HTTPS alone.
    secure_cookies: bool = False
    # Reverse proxies in front, each of which adds an address to X-Forwarded-For.
    proxies: int = 0
    # The folder with the original documents, where it is there.
    sources_dir: Path | None = None
    # So many days calls are kept; after that they are deleted.
    calls_kept_days: int = 730
    # The same of what was asked, of what got no answer, and of what was decided about it.
    questions_kept_days: int = 400
    # What a candidate must reach, and may lose against the live model, before it may be published.
    gate_min_top1: float = 0.93
    gate_min_follow_ups: float = 0.80
    gate_min_declined: float = 0.93
    gate_max_wrongly_declined: float = 0.02
    gate_max_loss: float = 0.005
    gate_max_set_loss: float = 0.02
    # So many of the newest real questions are asked of both models.
    gate_real_questions: int = 500
    # Whether the conversation and policy tests are run, where they are there.
    gate_tests: bool = True
    # So many versions are kept, and always the live one and the one before it.
    versions_kept: int = 10
    # For tests: the named point at which this process stops for good, to be killed there.
    halt_at: str | None = None
    debug: bool = False

    @property
    def knowledge(self) -> Path:
        """The folder that maintainers edit."""
        return self.root / "knowledge"

    @property
    def models(self) -> Path:
        """Where trained models lie."""
        return self.root / "models"

    @property
    def var(self) -> Path:
        """What the running assistant writes: the SQLite database and its key."""
        return self.root / "var"


def load_settings(environment: Mapping[str, str] | None = None, root: Path | None = None) -> Settings:
    """Read the environment; raises ValueError with one clear line for a value that cannot be used."""
    env = os.environ if environment is None else environment
    home = root or _ROOT
    sources = Path(env.get("SOURCES_DIR") or home.parent / "shared" / "sources")
    return Settings(
        root=home,
        host=env.get("HOST") or "127.0.0.1",
        port=_port(env.get("PORT") or "5005"),
        workers=_workers(env.get("WORKERS") or "1", env.get("REDIS_URL") or ""),
        database_url=env.get("DATABASE_URL") or f"sqlite:///{home / 'var' / 'assistant.db'}",
        redis_url=env.get("REDIS_URL") or None,
        secret_key=env.get("SECRET_KEY") or None,
        wechat_token=env.get("WECHAT_TOKEN") or None,
        wechat_app_id=env.get("WECHAT_APP_ID") or None,
        wechat_app_secret=env.get("WECHAT_APP_SECRET") or None,
        wechat_encoding_aes_key=env.get("WECHAT_ENCODING_AES_KEY") or None,
        wechat_api_base=env.get("WECHAT_API_BASE") or "https://api.weixin.qq.com",
        wechat_transfer=(env.get("WECHAT_TRANSFER") or "").lower() in _TRUE,
        secure_cookies=(env.get("SECURE_COOKIES") or "").lower() in _TRUE,
        proxies=_proxies(env.get("PROXIES") or "0"),
        sources_dir=sources if sources.is_dir() else None,
        calls_kept_days=_days("CALLS_KEPT_DAYS", env.get("CALLS_KEPT_DAYS") or "730"),
        questions_kept_days=_days("QUESTIONS_KEPT_DAYS", env.get("QUESTIONS_KEPT_DAYS") or "400"),
        gate_min_top1=_share("GATE_MIN_TOP1", env.get("GATE_MIN_TOP1") or "0.93"),
        gate_min_follow_ups=_share("GATE_MIN_FOLLOW_UPS", env.get("GATE_MIN_FOLLOW_UPS") or "0.80"),
        gate_min_declined=_share("GATE_MIN_DECLINED", env.get("GATE_MIN_DECLINED") or "0.93"),
        gate_max_wrongly_declined=_share(
            "GATE_MAX_WRONGLY_DECLINED", env.get("GATE_MAX_WRONGLY_DECLINED") or "0.02"
        ),
        gate_max_loss=_share("GATE_MAX_LOSS", env.get("GATE_MAX_LOSS") or "0.005"),
        gate_max_set_loss=_share("GATE_MAX_SET_LOSS", env.get("GATE_MAX_SET_LOSS") or "0.02"),
        gate_real_questions=_number("GATE_REAL_QUESTIONS", env.get("GATE_REAL_QUESTIONS") or "500", 0),
        gate_tests=(env.get("GATE_TESTS") or "on").lower() in _TRUE,
        versions_kept=_number("VERSIONS_KEPT", env.get("VERSIONS_KEPT") or "10", 2),
        halt_at=env.get("HALT_AT") or None,
        debug=(env.get("DEBUG") or "").lower() in _TRUE,
    )


def quiet_libraries() -> None:
    """Keep TensorFlow from printing about the processor, and Rasa from drawing bars and keeping copies; a set variable stays."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    # Rasa would keep a copy of every trained part on disk in case it is wanted again; ours take seconds to train.
    os.environ.setdefault("RASA_MAX_CACHE_SIZE", "0")


def one_thread_for_numbers() -> None:
    """Let numpy use one thread: a message is too small to share, and waiting for threads costs more; a set variable stays."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def environment_of_child(**extra: str) -> dict[str, str]:
    """The environment of a process that is started for calculations beside the chat, with some variables of its own."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", **extra}


def _workers(written: str, redis_url: str) -> int:
    if not written.isdigit() or int(written) < 1:
        raise ValueError(f"WORKERS={written} is no number of processes; write 1 or more")
    if int(written) > 1 and not redis_url:
        raise ValueError(f"WORKERS={written} needs a Redis, in which the processes meet; set REDIS_URL")
    return int(written)


def _proxies(written: str) -> int:
    if not written.isdigit():
        raise ValueError(f"PROXIES={written} is no number of reverse proxies; write 0, 1 or more")
    return int(written)


def _days(name: str, written: str) -> int:
    if not written.isdigit() or not 0 < int(written) < 100_000:
        raise ValueError(f"{name}={written} is no number of days; write 1 or more")
    return int(written)


def _port(written: str) -> int:
    if not written.isdigit() or not 0 < int(written) < 65536:
        raise ValueError(f"PORT={written} is not a port; write a number from 1 to 65535")
    return int(written)


def _share(name: str, written: str) -> float:
    """A fraction of 1, written as a plain number."""
    if not re.fullmatch(r"[01]|[01]?\.[0-9]+|1\.0*", written) or float(written) > 1:
        raise ValueError(f"{name}={written} is no share; write a fraction of 1 such as 0.93")
    return float(written)


def _number(name: str, written: str, least: int) -> int:
    if not written.isdigit() or not least <= int(written) < 1_000_000:
        raise ValueError(f"{name}={written} is no number that can be used; write {least} or more")
    return int(written)
