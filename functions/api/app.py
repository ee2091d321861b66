"""The HTTP interface: routes only."""

from chalice.app import Chalice

app = Chalice(app_name="pyeonji", configure_logs=False)


@app.route("/me")
def me() -> dict[str, str]:
    """Who is asking."""
    claims = app.current_request.context["authorizer"]["claims"]
    return {"email": claims["cognito:username"]}
