"""Signing in with the browser: OAuth 2 for programs on a person's own computer.

RFC 8252 (loopback redirect) with PKCE (RFC 7636), or a code typed on any device (RFC 8628); then
refresh tokens (RFC 6749, section 6), renewed without a word in the middle of a run. The client ids
come by configuration (docs/client.md, "Client ids").
"""
