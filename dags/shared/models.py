"""The dbt project as Airflow tasks: one dbt process, a task per model that reports its verdict."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from airflow.sdk import TaskGroup
from cosmos.airflow.task_group import DbtTaskGroup
from cosmos.config import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

from ingestion.core.environment import repo_root, var_dir


def manifest_path() -> Path:
    """The manifest of dbt, made with the code: ``cchc dbt parse``."""
    return var_dir() / "dbt" / "target" / "manifest.json"


_build = ExitStack()
"""The build that this process, the producer task, runs; left empty by every other process."""


def _begin(context: Mapping[str, Any]) -> None:
    """Prepare the build in the process that will run dbt, and choose between all and increment."""
    from ingestion.transform.runner import prepared_build

    _use_warehouse(context)
    context["task"].full_refresh = _build.enter_context(prepared_build()).full_refresh


def _end(context: Mapping[str, Any], result: object = None) -> None:
    """Record the build as done."""
    _build.close()


def _fail(context: Mapping[str, Any]) -> None:
    """Record the build as failed."""
    error = context["exception"]
    _build.__exit__(type(error), error, error.__traceback__)


def _use_warehouse(context: Mapping[str, Any]) -> None:
    """Give dbt the warehouse's address in this process only: the DAG itself holds no secret."""
    from ingestion.transform.environment import dbt_environment

    # Each dbt process of Airflow has a target folder of its own: the manifest that the DAG file
    # reads must not be rewritten under it.
    own = {"DBT_PROJECT_DIR", "DBT_PROFILES_DIR", "DBT_TARGET_PATH", "DBT_LOG_PATH"}
    os.environ.update({k: v for k, v in dbt_environment().items() if k not in own})


def model_tasks() -> TaskGroup:
    """The task group ``dbt``, drawn from the manifest without running dbt."""
    project = repo_root() / "dbt_project"
    return DbtTaskGroup(
        group_id="dbt",
        project_config=ProjectConfig(dbt_project_path=project, manifest_path=manifest_path()),
        profile_config=ProfileConfig(
            profile_name="cchc",
            target_name="warehouse",
            profiles_yml_filepath=project / "profiles.yml",
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            # dbt runs each model's tests with the model and stops there when one fails; a task of
            # its own for each would double the number of processes.
            test_behavior=TestBehavior.NONE,
            emit_datasets=False,
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER,
            invocation_mode=InvocationMode.DBT_RUNNER,
            setup_operator_args={
                "pre_execute": _begin,
                "post_execute": _end,
                "on_failure_callback": _fail,
                # Cosmos then adds models, seeds and snapshots. Unit tests stay out: they test the
                # code, not the data.
                "dbt_cmd_flags": ["--resource-type", "test"],
            },
        ),
        operator_args={
            "install_deps": False,
            # Deferred tasks that come back quickly are failed by a race in the LocalExecutor of
            # Airflow 3.3; a poke every few seconds costs less than a second start.
            "deferrable": False,
            "poke_interval": 3,
            "pre_execute": _use_warehouse,
        },
        default_args={"retries": 0},
    )
