"""The state machines."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError


class StateMachines:
    """ports.Machines: executions named by what they do, so that starting twice is one start."""

    def __init__(self, client: Any, backup: str, upload: str, sync: str) -> None:
        self._client = client
        self._backup = backup
        self._upload = upload
        self._sync = sync

    def start_backup(self, name: str, payload: Mapping[str, object]) -> None:
        """Start the backup machine."""
        self._start(self._backup, name, payload)

    def start_upload(self, name: str, payload: Mapping[str, object]) -> None:
        """Start the upload machine."""
        self._start(self._upload, name, payload)

    def start_sync(self, name: str, payload: Mapping[str, object]) -> None:
        """Start the machine that brings an account up to date."""
        self._start(self._sync, name, payload)

    def stop_backup(self, name: str, reason: str) -> None:
        """Stop an execution; one that has ended, or never was, is no error."""
        self._stop(self._backup, name, reason)

    def stop_upload(self, name: str, reason: str) -> None:
        """As `stop_backup`."""
        self._stop(self._upload, name, reason)

    def backup_running(self, name: str) -> bool:
        """Whether an execution of that name is at work now."""
        return self._running(self._backup, name)

    def upload_running(self, name: str) -> bool:
        """As `backup_running`."""
        return self._running(self._upload, name)

    def sync_running(self, name: str) -> bool:
        """As `backup_running`."""
        return self._running(self._sync, name)

    def _start(self, machine: str, name: str, payload: Mapping[str, object]) -> None:
        try:
            self._client.start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(payload)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise

    def _stop(self, machine: str, name: str, reason: str) -> None:
        try:
            self._client.stop_execution(
                executionArn=_execution(machine, name), error="Stopped", cause=reason
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in (
                "ExecutionDoesNotExist",
                "ValidationException",
            ):
                raise

    def _running(self, machine: str, name: str) -> bool:
        try:
            answer = self._client.describe_execution(executionArn=_execution(machine, name))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionDoesNotExist":
                return False
            raise
        return bool(answer["status"] == "RUNNING")


def _execution(machine: str, name: str) -> str:
    return f"{machine.replace(':stateMachine:', ':execution:', 1)}:{name}"
