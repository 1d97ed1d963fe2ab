# docsvc: the web service and the worker, one image.
FROM python:3.11-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/docsvc
WORKDIR /src
COPY requirements/run.txt requirements/run.txt
RUN /opt/docsvc/bin/pip install --no-deps -r requirements/run.txt
COPY . .
RUN /opt/docsvc/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim-bookworm

RUN useradd --system --uid 10001 --home-dir /var/lib/docsvc --create-home docsvc
COPY --from=build /opt/docsvc /opt/docsvc
ENV PATH=/opt/docsvc/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DOCSVC_DATA_DIR=/var/lib/docsvc \
    DOCSVC_HOST=0.0.0.0 \
    DOCSVC_PORT=8080
USER docsvc
WORKDIR /var/lib/docsvc
VOLUME /var/lib/docsvc
EXPOSE 8080
CMD ["docsvc", "run"]
