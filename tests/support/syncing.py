"""The sync machine on a world, and a company whose mail lives on a server in memory."""

from datetime import timedelta
from typing import Any

from pyeonji.domain.accounts import Account, Company, Mailbox
from pyeonji.domain.errors import HomeError, PermanentError
from pyeonji.domain.homes import Home, HomeKind, HomeState, Security, SignIn, own_secret
from pyeonji.domain.messages import Message
from pyeonji.usecases.sync.fetch import fetch_chunk
from pyeonji.usecases.sync.look import look_at_home
from pyeonji.usecases.sync.plan_files import read_plan
from pyeonji.usecases.sync.request import start_sync
from pyeonji.usecases.sync.settle import settle_sync
from tests.support.fakes import World
from tests.support.imap_memory import MemoryServer

KIM = "kim@acme.example"
HOME = Home(HomeKind.IMAP, "mail.acme.example", 143, Security.NONE, SignIn.OWN, connections=2)


def connect(world: Any, server: MemoryServer, account: str = KIM) -> None:
    """The account's company lives on this server."""
    domain = account.rpartition("@")[2]
    world.accounts.put_company(Company(domain, "Acme"))
    world.accounts.put_account(Account(account))
    assert world.homes.put(domain, HOME)
    world.secrets.write(own_secret(account), "secret")
    world.mail_servers.servers[account] = server.open


def connected_world(server: MemoryServer) -> World:
    world = World()
    connect(world, server)
    return world


def letter(subject: str, body: str = "hello", **fields: str) -> bytes:
    """A mail with CRLF line ends."""
    head = {"From": "lee@acme.example", "Subject": subject, "Message-ID": f"<{subject}@x>"} | fields
    lines = [f"{name}: {value}" for name, value in head.items()]
    return "\r\n".join([*lines, "", body, ""]).encode()


class SyncRun:
    """One run of infra/statemachines/sync.asl.yaml, with retries; `tries` a step."""

    def __init__(self, world: Any, account: str = KIM, tries: int = 3) -> None:
        self.world, self.account, self.tries = world, account, tries
        self.state: HomeState = start_sync(world, account, world.now())
        self.run = self.state.run

    def _step(self, step: Any) -> Any:
        for attempt in range(self.tries):
            try:
                return step()
            except PermanentError:
                raise
            except HomeError:
                if attempt == self.tries - 1:
                    raise
        raise AssertionError

    def look(self) -> Any:
        return look_at_home(self.world, account=self.account, run=self.run, now=self.world.now())

    def fetch(self, chunk: Any) -> int:
        return fetch_chunk(self.world, account=self.account, run=self.run, chunk=chunk)

    def settle(self, failed: bool = False) -> str | None:
        return settle_sync(
            self.world, account=self.account, run=self.run, now=self.world.now(), failed=failed
        )

    def __call__(self) -> str | None:
        """To its end; the failure, or None."""
        try:
            looked = self._step(self.look)
            if looked is not None and looked.chunks:
                for chunk in read_plan(self.world.work, looked.plan).chunks:
                    self._step(lambda chunk=chunk: self.fetch(chunk))
        except (PermanentError, HomeError):
            return self.settle(failed=True)
        finally:
            self.world.machines.running.discard(self.run)
        return self.settle()


def sync(world: Any, account: str = KIM) -> str | None:
    """A run some minutes after the one before."""
    world.clock += timedelta(minutes=6)
    return SyncRun(world, account)()


def boxes(world: Any, account: str = KIM) -> dict[str, Mailbox]:
    return {box.path: box for box in world.accounts.mailboxes(account)}


def messages(world: Any, path: str = "INBOX", account: str = KIM) -> list[Message]:
    """What is there, not what is gone."""
    box = boxes(world, account)[path]
    return [one for one in world.index.read(account, box.id) if not one.gone]


def contents(world: Any, path: str = "INBOX", account: str = KIM) -> list[bytes]:
    """The bytes of every mail that is there, sorted; as they stand in the segments."""
    from pyeonji.zipio.segment_reading import read_member

    found = []
    for one in messages(world, path, account):
        data = world.mail.get(one.segment)
        found.append(read_member(data, one.offset, 0)[1])
    return sorted(found)


def agree(world: Any, account: str = KIM) -> None:
    """Counts, weights and index say the same."""
    for box in world.accounts.mailboxes(account):
        there = [one for one in world.index.read(account, box.id) if not one.gone]
        assert box.messages == len(there), (box.path, box.messages, len(there))
        assert box.bytes == sum(one.size for one in there)
        weights = sorted(tuple(weight)[:4] for weight in world.index.weigh(account, box.id))
        assert weights == sorted(
            (one.received, one.size, one.compressed, one.mark) for one in there
        )
