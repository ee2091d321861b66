"""Telling people what became of their requests, and hearing who will not be told."""
