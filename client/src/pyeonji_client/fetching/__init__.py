"""From a source into ZIPs, over every break, to the end or a clear sentence."""
