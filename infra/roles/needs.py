"""Which actions of IAM each function needs, read from the source.

From a handler's file every function it can reach is followed by name, through the imports of each
module. Where `world.<port>.<method>` is called, the adapter's method is followed in the same way to
the calls of boto3. A port that is handed on (`write(world.work, …)`) counts with every method of
that port that anything reachable calls. So nothing that is called is missed; a name may be followed
that is never called at run time, and those few stand in `__main__` with the reason.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from infra.local.places import ROOT

_LAYER = ROOT / "layers" / "core" / "python"
#: The ports that are AWS: attribute of the world -> (adapter's module, class, what it stands on).
PORTS = {
    "mail": ("s3", "S3Bucket", "MailBucket"),
    "volumes": ("s3", "S3Bucket", "VolumeBucket"),
    "zips": ("s3", "S3Bucket", "UploadBucket"),
    "work": ("s3", "S3Bucket", "WorkBucket"),
    "accounts": ("dynamodb.accounts", "DynamoAccounts", "Table"),
    "folders": ("dynamodb.folders", "DynamoFolders", "Table"),
    "following": ("dynamodb.following", "DynamoFollowing", "Table"),
    "homes": ("dynamodb.homes", "DynamoHomes", "Table"),
    "secrets": ("secrets", "SecretsManager", "HomeSecrets"),
    "index": ("dynamodb.index", "DynamoMailIndex", "Table"),
    "backups": ("dynamodb.backups", "DynamoBackups", "Table"),
    "schedules": ("dynamodb.schedules", "DynamoSchedules", "Table"),
    "uploads": ("dynamodb.uploads", "DynamoUploads", "Table"),
    "notices": ("dynamodb.notices", "DynamoNotices", "Table"),
    "due": ("dynamodb.due", "DynamoDueIndex", "Table"),
    "census": ("dynamodb.census", "DynamoCensus", "Table"),
    "audit": ("dynamodb.audit", "DynamoAudit", "Table"),
    "seals": ("s3", "S3Bucket", "AuditBucket"),
    "attempts": ("dynamodb.attempts", "DynamoAttempts", "Table"),
    "recovery_codes": ("dynamodb.recovery", "DynamoRecoveryCodes", "Table"),
    "identity": ("cognito", "CognitoIdentity", "UserPool"),
    "downloads": ("cloudfront", "SignedDownloads", "DownloadKey"),
    "logins": ("cognito_logins", "CognitoLogins", "UserPool"),
    "indexing": ("sqs", "IndexQueue", "IndexQueue"),
    "machines": ("stepfunctions", "StateMachines", "Machines"),
    "mailer": ("ses", "SesMailer", "Sender"),
}
#: A method of boto3, a member of a transaction, or an operation signed here -> the action IAM is
#: asked for. What reads an object is also to hear that there is none: without ListBucket S3 answers
#: 403 for 404.
_ACTIONS = {
    "put_object": ["s3:PutObject"],
    "get_object": ["s3:GetObject", "s3:ListBucket"],
    "head_object": ["s3:GetObject", "s3:ListBucket"],
    "list_objects_v2": ["s3:ListBucket"],
    "delete_objects": ["s3:DeleteObject"],
    "create_multipart_upload": ["s3:PutObject"],
    "upload_part": ["s3:PutObject"],
    "upload_part_copy": ["s3:PutObject"],
    "list_parts": ["s3:ListMultipartUploadParts"],
    "complete_multipart_upload": ["s3:PutObject"],
    "abort_multipart_upload": ["s3:AbortMultipartUpload"],
    "list_multipart_uploads": ["s3:ListBucketMultipartUploads"],
    "get_item": ["dynamodb:GetItem"],
    "batch_get_item": ["dynamodb:BatchGetItem"],
    "query": ["dynamodb:Query"],
    "scan": ["dynamodb:Scan"],
    "put_item": ["dynamodb:PutItem"],
    "update_item": ["dynamodb:UpdateItem"],
    "delete_item": ["dynamodb:DeleteItem"],
    "Put": ["dynamodb:PutItem"],
    "Update": ["dynamodb:UpdateItem"],
    "Delete": ["dynamodb:DeleteItem"],
    "ConditionCheck": ["dynamodb:ConditionCheckItem"],
    "BatchExecuteStatement": ["dynamodb:PartiQLInsert"],
    "start_execution": ["states:StartExecution"],
    "stop_execution": ["states:StopExecution"],
    "describe_execution": ["states:DescribeExecution"],
    "send_message_batch": ["sqs:SendMessage"],
    "get_secret_value": ["secretsmanager:GetSecretValue"],
    "create_secret": ["secretsmanager:CreateSecret"],
    "put_secret_value": ["secretsmanager:PutSecretValue"],
    "delete_secret": ["secretsmanager:DeleteSecret"],
    "send_email": ["ses:SendEmail"],
    # The rest of what is asked of the user pool is asked with the person's own token.
    "admin_initiate_auth": ["cognito-idp:AdminInitiateAuth"],
    "admin_respond_to_auth_challenge": ["cognito-idp:AdminRespondToAuthChallenge"],
    "admin_create_user": ["cognito-idp:AdminCreateUser"],
    "admin_set_user_password": ["cognito-idp:AdminSetUserPassword"],
    "admin_set_user_mfa_preference": ["cognito-idp:AdminSetUserMFAPreference"],
}

Node = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Need:
    """An action on a resource of the template, by its logical name (`Table/index/due`)."""

    action: str
    resource: str


@dataclass(slots=True)
class _Module:
    """A file: what it defines, and where the names it imports come from."""

    name: str
    defined: dict[str, Node] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


@cache
def _module(path: Path, name: str) -> _Module:
    found = _Module(name)
    for node in ast.walk(tree := ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                found.imported[each.asname or each.name] = (node.module, each.name)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.defined[node.name] = node
    return found


def _find(name: str, folders: tuple[Path, ...]) -> _Module | None:
    for folder in folders:
        path = folder / Path(*name.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return _module(file, name)
    return None


def _names(node: ast.AST) -> Iterator[str]:
    """What a definition speaks of: plain names, and attributes of modules and of itself."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name):
            yield each.attr


def _operations(node: ast.AST) -> Iterator[str]:
    """What it may call boto3 by: as an attribute, or named in a string."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            yield each.attr
        elif isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _closure(module: _Module, names: set[str], folders: tuple[Path, ...]) -> list[ast.AST]:
    """Every definition that can be reached from `names` as they are meant in `module`."""
    seen: set[tuple[str, str]] = set()
    found: list[ast.AST] = []
    modules: list[_Module] = []
    ahead = [(module, name) for name in sorted(names)]
    while ahead:
        here, name = ahead.pop()
        if (here.name, name) not in seen:
            seen.add((here.name, name))
            if name in here.defined:
                found.append(here.defined[name])
                ahead += [(here, each) for each in _names(here.defined[name])]
            elif name in here.imported:
                where, what = here.imported[name]
                inner, there = _find(f"{where}.{what}", folders), _find(where, folders)
                if inner is not None:
                    modules.append(inner)
                    # Routes are registered by being imported.
                    ahead += [(inner, each) for each in inner.defined if what.endswith("_routes")]
                elif there is not None:
                    ahead.append((there, what))
        if not ahead:
            # Of a module imported as such: whatever of it anything found asks for.
            asked = {attr for each in found for attr in _names(each)}
            ahead = [
                (inner, each)
                for inner in modules
                for each in asked & inner.defined.keys()
                if (inner.name, each) not in seen
            ]
    return found


def needs_of(folder: str) -> set[Need]:
    """What the function in functions/<folder> needs."""
    home = ROOT / "functions" / folder
    folders = (_LAYER, home)
    app = _find("app", (home,))
    assert app is not None, folder
    tree = ast.parse((home / "app.py").read_text("utf-8"))
    reached = _closure(app, set(_names(tree)), folders)
    # Adapters are reached by their ports only; what bootstrap joins is not called by being joined.
    own = [tree, *(node for node in reached if not _of_bootstrap(node))]
    exact, passed, loose = set(), set(), set()
    known: set[ast.Attribute] = set()
    for node in own:
        called = {each.func for each in ast.walk(node) if isinstance(each, ast.Call)}
        for each in ast.walk(node):
            if not isinstance(each, ast.Attribute):
                continue
            if isinstance(each.value, ast.Attribute) and _is_port(each.value):
                exact.add((each.value.attr, each.attr))
                known.add(each.value)
            elif _is_port(each) and each not in known:
                passed.add(each.attr)
            elif each in called and (isinstance(each.value, ast.Name) or _of_self(each.value)):
                loose.add(each.attr)
    calls = exact | {(port, method) for port in passed for method in loose}
    return {need for port, method in calls for need in _of_port(port, method)}


def _is_port(node: ast.Attribute) -> bool:
    """Whether it is `world.<port>`: of the argument every use case has first, or what joins it."""
    holder = node.value
    return node.attr in PORTS and (
        (isinstance(holder, ast.Name) and holder.id in ("world", "services"))
        or (isinstance(holder, ast.Attribute) and holder.attr in ("services", "_world", "world"))
        or (isinstance(holder, ast.Call) and "services" in _names(holder))
    )


def _of_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)


def _of_bootstrap(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == "Services"


@cache
def _of_port(port: str, method: str) -> frozenset[Need]:
    """What one method of one port asks of AWS."""
    where, kind, resource = PORTS[port]
    module = _find(f"pyeonji.adapters.{where}", (_LAYER,))
    assert module is not None, where
    adapter = module.defined[kind]
    methods = {each.name: each for each in adapter.body if isinstance(each, ast.FunctionDef)}
    if method not in methods:
        return frozenset()
    own, ahead = {method}, [method]
    while ahead:
        for name in _names(methods[ahead.pop()]):
            if name in methods and name not in own:
                own.add(name)
                ahead.append(name)
    bodies: list[ast.AST] = [methods[name] for name in own]
    spoken = {name for body in bodies for name in _names(body)}
    bodies += _closure(module, spoken - {kind}, (_LAYER,))
    asked = {name for body in bodies for name in _operations(body)}
    needs = {
        Need(action, resource) for name in asked & _ACTIONS.keys() for action in _ACTIONS[name]
    }
    if "IndexName" in asked:
        # The queries of an adapter that knows an index are that index's.
        needs = {
            Need(need.action, f"{resource}/index/due") if need.action == "dynamodb:Query" else need
            for need in needs
        }
    if "upload_part_copy" in asked:
        needs.add(Need("s3:GetObject", "MailBucket"))  # where it is copied from
    return frozenset(needs)
