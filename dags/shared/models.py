"""The dbt project as Airflow tasks: one dbt process, a task per model that reports its verdict."""

from pathlib import Path

from airflow.sdk import TaskGroup
from cosmos.airflow.task_group import DbtTaskGroup
from cosmos.config import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, InvocationMode, LoadMode, TestBehavior

from ingestion.core.environment import repo_root, var_dir


def manifest_path() -> Path:
    """The manifest of dbt, made with the code: ``cchc dbt parse``."""
    return var_dir() / "dbt" / "target" / "manifest.json"


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
            test_behavior=TestBehavior.AFTER_EACH,
            emit_datasets=False,
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER, invocation_mode=InvocationMode.DBT_RUNNER
        ),
        operator_args={
            "install_deps": False,
            # Deferred tasks that come back quickly are failed by a race in the LocalExecutor of
            # Airflow 3.3; a poke a second costs less than a second start.
            "deferrable": False,
            "poke_interval": 1,
        },
        default_args={"retries": 0},
    )
