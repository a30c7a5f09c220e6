# The hub in a slim image: built apart, run as nobody in particular, on a read-only root.
FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /opt/hub
COPY requirements.txt ./
RUN /opt/hub/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml requirements.in LICENSE ./
COPY contracts contracts
COPY adapters adapters
COPY hub hub
RUN /opt/hub/bin/pip install --no-cache-dir --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .

FROM python:3.13-slim AS hub
RUN useradd --system --uid 10001 --no-create-home hub
COPY --from=build /opt/hub /opt/hub
COPY --from=build /app /app
ENV PATH=/opt/hub/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /app
EXPOSE 8000
ENTRYPOINT ["hub"]
CMD ["serve"]

FROM python:3.13-slim AS mesh-sandbox
RUN useradd --system --uid 10001 --no-create-home sandbox && python -m venv /opt/mesh
COPY requirements-mesh-sandbox.txt ./
RUN /opt/mesh/bin/pip install --no-cache-dir --require-hashes -r requirements-mesh-sandbox.txt
COPY hub/demo/mesh_sandbox_launcher.py /opt/mesh/launcher.py
COPY hub/demo/mesh /opt/mesh/mailboxes
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8700
ENTRYPOINT ["/opt/mesh/bin/python", "-P", "/opt/mesh/launcher.py", "--mailboxes", "/opt/mesh/mailboxes"]
CMD ["--host", "0.0.0.0", "--port", "8700"]
