"""A conversation carried on over some line: what goes out is sent, what comes in is fed to it."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from pyeonji.imap.conversation import Conversation, Steps
from pyeonji.imap.replies import Reply

_T = TypeVar("_T")


class Talk:
    """`send` takes bytes to the server; `some` waits for what comes, at least one byte. Whatever
    they raise goes through, and so do the errors of `conversation`."""

    def __init__(
        self, conversation: Conversation, send: Callable[[bytes], None], some: Callable[[], bytes]
    ) -> None:
        self.conversation = conversation
        self._send = send
        self._some = some

    def perform(self, steps: Steps[_T]) -> _T:
        """Goes through the steps: sends what they say, gives them what arrives."""
        answer: Reply | None = None
        try:
            while True:
                wanted = steps.send(answer)
                answer = None
                if wanted is None:
                    answer = self._reply()
                else:
                    self._send(wanted)
        except StopIteration as end:
            result: _T = end.value
            return result

    def command(self, *pieces: bytes) -> bytes:
        """Sends one command and returns its tag; `until` reads its replies."""
        tag, sent = self.conversation.command(*pieces)
        self._send(sent)
        return tag

    def until(self, tag: bytes) -> Iterator[Reply]:
        """Untagged replies up to the command's own end, which is checked."""
        if self.conversation.ended_early(tag):
            return
        while True:
            reply = self._reply()
            if self.conversation.ends(reply, tag):
                return
            if reply.tag == b"*":
                yield reply

    def _reply(self) -> Reply:
        while (reply := self.conversation.reply()) is None:
            self.conversation.receive(self._some())
        return reply
