"""The migration client: brings mail from another provider, and never starts over."""

__version__ = "1.0.0"
