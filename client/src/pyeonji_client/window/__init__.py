"""The window: the screens of the manual on the same engine as the command line."""
