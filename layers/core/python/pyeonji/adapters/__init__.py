"""The ports, made of AWS: the only place beside bootstrap that knows boto3."""
