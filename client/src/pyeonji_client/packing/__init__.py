"""Mails into ZIPs the service accepts."""
