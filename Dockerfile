# Two stages: the first installs the locked dependencies and trains the model, the second only serves. Secrets
# (WECHAT_TOKEN, SECRET_KEY, DATABASE_URL, ...) are given when the container starts, never when the image is built:
# docs/operations.md lists them.

FROM python:3.10-slim AS build

# The same version as in the Makefile.
RUN python -m pip install --no-cache-dir uv==0.13.9

WORKDIR /app
COPY requirements.txt ./
RUN uv venv --python /usr/local/bin/python3.10 /opt/venv \
    && uv pip sync --python /opt/venv/bin/python --require-hashes --no-cache --compile-bytecode requirements.txt

COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    RASA_TELEMETRY_ENABLED=false
RUN python -m bot train


FROM python:3.10-slim

RUN groupadd --gid 10001 assistant \
    && useradd --uid 10001 --gid assistant --create-home --shell /usr/sbin/nologin assistant

# The environment belongs to root and cannot be changed by the assistant. Its own folder can: maintainers edit the
# knowledge there and publish new models.
COPY --from=build /opt/venv /opt/venv
COPY --from=build --chown=assistant:assistant /app /app

WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RASA_TELEMETRY_ENABLED=false \
    HOST=0.0.0.0 \
    PORT=5005

# The database that is used unless DATABASE_URL names another one lies here and outlives the container.
RUN install --directory --owner=assistant --group=assistant /app /app/var
VOLUME /app/var

USER assistant
EXPOSE 5005

# Loading the model takes some seconds; until then the container is starting, not sick.
HEALTHCHECK --start-period=90s --interval=30s --timeout=5s --retries=3 \
    CMD python -c "from urllib.request import urlopen; urlopen('http://127.0.0.1:${PORT}/healthz', timeout=4)"

CMD ["python", "-m", "bot", "serve"]
