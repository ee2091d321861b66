"""Uploads, from the first part to the settled ledger."""
