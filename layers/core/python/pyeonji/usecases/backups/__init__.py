"""Backups, from the request to the download and their end."""
