"""The HTTP interface: routes only."""

from chalice.app import Chalice

from pyeonji_api import (
    account_routes,
    audit_routes,
    backup_routes,
    mail_routes,
    schedule_routes,
    session_routes,
    upload_routes,
)

app = Chalice(app_name="pyeonji", configure_logs=False)
for module in (
    session_routes, account_routes, backup_routes, schedule_routes, upload_routes, mail_routes,
    audit_routes,
):  # fmt: skip
    app.register_blueprint(module.routes)
