"""The whole service in one process, in a world made of a seed: see `story`."""
