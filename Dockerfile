# Two images of one distribution: `render` serves the site, `search` the index. Each holds what it imports and no more.
# Built by `docker compose up` from a plain tag, so that a rebuild takes its security updates. A release names the same
# base by its digest (tools/images.py), so that it can be built again from the same bytes.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
# The environment has no pip of its own: the base's installs into it, and nothing in the image can install more.
RUN python -m venv --without-pip /opt/perspective
WORKDIR /src


# TELEMETRY=1 adds what sends traces to a collector.
FROM build AS build-render
ARG TELEMETRY=0
COPY services/render/requirements.lock requirements.lock
COPY shared/telemetry/requirements.lock telemetry.lock
RUN pip --python /opt/perspective/bin/python install --no-compile --require-hashes --requirement requirements.lock
RUN if [ "$TELEMETRY" = 1 ]; then \
      pip --python /opt/perspective/bin/python install --no-compile --require-hashes --requirement telemetry.lock; fi
COPY . .
# setuptools builds the project and stays behind. Bytecode is checked by nobody at run time: the file system is read-only.
RUN pip --python /opt/perspective/bin/python install --no-compile --no-deps --no-build-isolation . \
 && pip --python /opt/perspective/bin/python uninstall --quiet --yes setuptools \
 && /opt/perspective/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/perspective/lib


# SEMANTIC=0 leaves out the ranking by meaning, and its model: 150 MB.
FROM build AS build-search
ARG SEMANTIC=1
ARG TELEMETRY=0
COPY services/search/requirements.lock requirements.lock
COPY services/search/semantic/requirements.lock semantic.lock
COPY shared/telemetry/requirements.lock telemetry.lock
RUN pip --python /opt/perspective/bin/python install --no-compile --require-hashes --requirement requirements.lock
RUN if [ "$SEMANTIC" != 0 ]; then \
      pip --python /opt/perspective/bin/python install --no-compile --require-hashes --requirement semantic.lock; fi
RUN if [ "$TELEMETRY" = 1 ]; then \
      pip --python /opt/perspective/bin/python install --no-compile --require-hashes --requirement telemetry.lock; fi
COPY . .
RUN pip --python /opt/perspective/bin/python install --no-compile --no-deps --no-build-isolation . \
 && pip --python /opt/perspective/bin/python uninstall --quiet --yes setuptools \
 && /opt/perspective/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/perspective/lib


# The model, verified. A build that cannot fetch it goes on: the service says so in one line, and searches by words.
FROM build-search AS model
RUN mkdir -p /model && if [ "$SEMANTIC" != 0 ]; then \
      PERSPECTIVE_SEMANTIC_MODEL=/model/model /opt/perspective/bin/perspective model || echo "built without a model" >&2; fi


FROM ${BASE} AS run
ENV PATH=/opt/perspective/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    PERSPECTIVE_HOST=0.0.0.0 \
    PERSPECTIVE_MANAGEMENT_HOST=0.0.0.0 \
    PERSPECTIVE_RENDER_MANAGEMENT_PORT=9090 \
    PERSPECTIVE_SEARCH_MANAGEMENT_PORT=9090 \
    PERSPECTIVE_CONTENT_DIR=/content \
    PERSPECTIVE_CACHE_DIR=/cache \
    PERSPECTIVE_INDEX_DIR=/index
# The base comes without bytecode, and nothing can be written at run time: every start would compile the standard library.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash -x '/(site|dist)-packages/|/test/' \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
# The first process of a container passes signals on and collects what dies: tini does, under any engine.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
# A number that no host gives to a person, fixed so that volumes keep their owner. A new volume on /index or /cache takes it over.
RUN groupadd --gid 10001 perspective \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin perspective \
 && mkdir /content \
 && install --directory --owner 10001 --group 10001 --mode 0700 /cache /index /tls /tls/authority /tls/render /tls/search
USER 10001:10001
WORKDIR /
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
LABEL org.opencontainers.image.title="Perspective" \
      org.opencontainers.image.description="A self-hosted engineering publication" \
      org.opencontainers.image.licenses="MIT"


FROM run AS render
COPY --from=build-render /opt/perspective /opt/perspective
EXPOSE 8080 9090
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9090/healthz', timeout=2)"]
CMD ["perspective", "render"]


FROM run AS search
ENV PERSPECTIVE_SEMANTIC_MODEL=/opt/model/model
COPY --from=build-search /opt/perspective /opt/perspective
COPY --from=model /model /opt/model
EXPOSE 8081 9090
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9090/healthz', timeout=2)"]
CMD ["perspective", "search"]
