"""The local cloud: template.yaml as it is, on one machine, with nothing but Python."""
