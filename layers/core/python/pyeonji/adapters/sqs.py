"""The queue of segments that want a search file."""

import json
from collections.abc import Sequence
from typing import Any

#: SendMessageBatch takes ten.
_BATCH = 10


class IndexQueue:
    """ports.Indexing: messages in the shape of S3's own events, which come the same way."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def ask(self, segments: Sequence[str]) -> None:
        """A message a segment."""
        for start in range(0, len(segments), _BATCH):
            entries = [
                {"Id": str(place), "MessageBody": json.dumps({"detail": {"object": {"key": key}}})}
                for place, key in enumerate(segments[start : start + _BATCH])
            ]
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            failed = answer.get("Failed", [])
            if failed:
                raise RuntimeError(f"{len(failed)} not queued: {failed[0].get('Code')}")
