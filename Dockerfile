# One image for every part of the deployment: Airflow's components, dbt, cchc, the sandbox.
FROM python:3.12.11-slim-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /opt/cchc
# The dependencies first: they change less often than the code.
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project --extra cluster --extra s3
COPY ingestion ingestion
COPY expectations expectations
COPY dashboards dashboards
COPY sandbox sandbox
COPY dbt_project dbt_project
COPY dags dags
RUN uv sync --frozen --no-dev --extra cluster --extra s3

FROM python:3.12.11-slim-bookworm
RUN groupadd --gid 10001 cchc \
 && useradd --uid 10001 --gid cchc --create-home --home-dir /home/cchc cchc \
 && install -d -o cchc -g cchc /opt/cchc /var/lib/cchc
COPY --from=build --chown=cchc:cchc /opt/cchc /opt/cchc
ENV PATH=/opt/cchc/.venv/bin:$PATH \
    PYTHONUTF8=1 \
    CCHC_ROOT=/opt/cchc \
    CCHC_VAR=/var/lib/cchc \
    AIRFLOW_HOME=/var/lib/cchc/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/cchc/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    GX_ANALYTICS_ENABLED=False \
    DBT_SEND_ANONYMOUS_USAGE_STATS=False \
    DO_NOT_TRACK=1
USER 10001
WORKDIR /opt/cchc
# The seeds and the manifest that cosmos reads belong to the code, so they are made with it.
RUN WAREHOUSE_URL=postgresql+psycopg://build@localhost/build cchc catalogue render \
 && WAREHOUSE_URL=postgresql+psycopg://build@localhost/build cchc dbt parse
CMD ["cchc", "--help"]
