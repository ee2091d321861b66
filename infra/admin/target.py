"""What the command works on: the running local cloud, or a stack on AWS."""

from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.places import places
from infra.local.running import require_running
from infra.local.services import services as local_services
from pyeonji.bootstrap import Services
from pyeonji.settings import Settings, SettingsError


class TargetError(Exception):
    """There is no such stack, or it cannot be seen; `said` is AWS's own reason."""

    def __init__(self, stack: str, said: str) -> None:
        super().__init__(stack, said)
        self.stack = stack
        self.said = said


def target(stack: str | None) -> Services:
    """The ports of the stack, with the rights of whoever calls. Without one, those of the local
    cloud that runs in LOCAL_DIR. Raises LocalError, TargetError."""
    if stack is None:
        return local_services(require_running(places()))
    session = boto3.session.Session()
    try:
        functions: Any = session.client("lambda")
        said = functions.get_function_configuration(FunctionName=f"{stack}-api")
        return Services(Settings.from_environment(said["Environment"]["Variables"]), session)
    except (BotoCoreError, ClientError, SettingsError) as error:
        raise TargetError(stack, str(error)) from None
