"""Pyeonji (편지): mail backup and upload for a groupware host."""
