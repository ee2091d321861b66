"""Folders of connected accounts, and mail that follows them, made of dictionaries."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from pyeonji.domain.folders import Folder
from pyeonji.domain.messages import Message


class FakeFolders:
    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Folder] = {}

    def all(self, account: str) -> list[Folder]:
        return [folder for (owner, _), folder in sorted(self.items.items()) if owner == account]

    def put(self, folder: Folder) -> bool:
        there = self.items.get((folder.account, folder.mailbox_id))
        if (there.revision if there else 0) != folder.revision - 1:
            return False
        self.items[folder.account, folder.mailbox_id] = folder
        return True


class FakeFollowing:
    def __init__(self, accounts: Any, index: Any) -> None:
        self._accounts = accounts
        self._index = index

    def replace(self, account: str, mailbox_id: str, was: Message, now: Message) -> bool:
        held = self._index.messages.get((account, mailbox_id), {})
        if held.get(was.key) != was:
            return False
        held[was.key] = now
        return True

    def mark_gone(
        self, account: str, mailbox_id: str, messages: Sequence[Message], at: int
    ) -> None:
        held = self._index.messages.get((account, mailbox_id), {})
        weights = self._index.weights.get((account, mailbox_id), [])
        for message in messages:
            if message.gone or held.get(message.key) != message:
                continue
            held[message.key] = dataclasses.replace(message, gone=at)
            wanted = (message.received, message.size, message.compressed, message.mark)
            place = next(
                (i for i, weight in enumerate(weights) if tuple(weight)[:4] == wanted), None
            )
            if place is None:
                continue
            del weights[place]
            box = self._accounts.boxes[account, mailbox_id]
            self._accounts.boxes[account, mailbox_id] = dataclasses.replace(
                box, messages=box.messages - 1, bytes=box.bytes - message.size
            )

    def drop(self, account: str, mailbox_id: str, messages: Sequence[Message]) -> None:
        held = self._index.messages.get((account, mailbox_id), {})
        for message in messages:
            if held.get(message.key) == message:
                del held[message.key]
