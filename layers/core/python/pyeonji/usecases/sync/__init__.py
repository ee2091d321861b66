"""Keeping the mail of a connected server here up to date."""
