"""Folders of a ZIP as mailboxes of their own."""

import unicodedata

import pytest

from pyeonji.domain.accounts import MAX_PATH_DEPTH, MAX_PATH_LENGTH, Mailbox, path_problem
from pyeonji.domain.errors import InvalidRequestError, NotFoundError
from pyeonji.domain.ids import new_id
from pyeonji.domain.states import UploadState
from pyeonji.domain.uploads import Folders, Outcome
from tests.support.company import (
    KIM,
    BackupMachine,
    ask,
    days_ago,
    deliver,
    found_company,
    letter_bytes,
)
from tests.support.corpora import case
from tests.support.fakes import World
from tests.support.faults import KilledError, KillSwitch
from tests.support.uploading import (
    UploadMachine,
    ask_to_upload,
    assert_counts_agree,
    ledger,
    send,
    zip_of,
)


def mailboxes(world: World) -> dict[str, int]:
    """path -> mails, of those that have any; counted and listed alike."""
    found = {}
    for box in world.accounts.mailboxes(KIM):
        assert_counts_agree(world, box)
        if box.messages:
            found[box.path] = box.messages
    return found


def sent(world: World, data: bytes, below: Mailbox | None = None) -> UploadMachine:
    machine = send(world, below, data, folders=Folders.FROM_ZIP)
    machine.run()
    return machine


TREE = {
    "a.eml": letter_bytes(0),
    "업무/b.eml": letter_bytes(1),
    "업무/2025/c.eml": letter_bytes(2),
    "업무\\2025\\d.eml": letter_bytes(3),
    "업무/2025/": b"",
    "빈 폴더/x.txt": b"no mail",
}


def test_each_folder_becomes_a_mailbox() -> None:
    world = World()
    found_company(world)
    machine = sent(world, zip_of(TREE))
    assert machine.upload.state is UploadState.COMPLETED
    # What lies in no folder goes into one called as the ZIP.
    assert mailboxes(world) == {"메일": 1, "업무": 1, "업무/2025": 2}
    assert "빈 폴더" not in {box.path for box in world.accounts.mailboxes(KIM)}
    assert machine.upload.totals.entries == len(TREE)


def test_below_a_mailbox_and_into_those_that_are_there() -> None:
    world = World()
    box = found_company(world)
    there = Mailbox(new_id(world.clock), f"{box.path}/업무")
    assert world.accounts.create_mailbox(KIM, there)
    sent(world, zip_of(TREE), below=box)
    assert mailboxes(world) == {box.path: 1, f"{box.path}/업무": 1, f"{box.path}/업무/2025": 2}
    again = sent(world, zip_of(TREE), below=box)
    outcomes = {row.outcome for row in ledger(again) if row.name.endswith(".eml")}
    assert outcomes == {Outcome.DUPLICATE}


def test_the_case_of_a_folder_tree() -> None:
    world = World()
    found_company(world)
    sent(world, (case("17-zip-folder-tree") / "tree.zip").read_bytes())
    assert mailboxes(world) == {"백업/받은편지함": 1, "백업/보낸편지함": 1, "백업/거래처/한빛": 1}


def test_a_volume_of_ours_goes_back_where_its_manifest_says() -> None:
    world = World()
    found_company(world)
    path = "Projects/2025 Product Launch/Customer communication: North America"
    box = Mailbox(new_id(world.clock), path)
    assert world.accounts.create_mailbox(KIM, box)
    deliver(world, box, [(letter_bytes(n), days_ago(world, 40 + n)) for n in range(5)])
    backup = ask(world, mailboxes=[box.id])
    BackupMachine(world, backup.id).run()
    [volume] = world.backups.volumes(KIM, backup.id)
    other = World()
    found_company(other)
    sent(other, world.volumes.data[volume.key])
    assert mailboxes(other) == {path: 5}


@pytest.mark.parametrize(
    "folder",
    [
        "../../etc", "C:/x", ".", "a\u202eb", "\x01", "a" * 300, "/".join("abcdefghijklmnop"),
        " ", "가" * 199 + "/나", unicodedata.normalize("NFD", "한글"), "\U0001f48c" * 150,
    ],
)  # fmt: skip
def test_any_folder_has_a_path_that_a_mailbox_can_have(folder: str) -> None:
    world = World()
    found_company(world)
    machine = sent(world, zip_of({f"{folder}/a.eml": letter_bytes(1)}))
    assert machine.upload.state is UploadState.COMPLETED
    [path] = mailboxes(world)
    assert path_problem(path) is None
    assert len(path) <= MAX_PATH_LENGTH and path.count("/") < MAX_PATH_DEPTH


def test_two_folders_of_one_name_are_one_mailbox() -> None:
    world = World()
    found_company(world)
    names = [unicodedata.normalize(form, "한글") for form in ("NFC", "NFD")]
    sent(world, zip_of({f"{name}/{n}.eml": letter_bytes(n) for n, name in enumerate(names)}))
    assert mailboxes(world) == {"한글": 2}


def test_deep_paths_that_begin_alike_stay_apart() -> None:
    world = World()
    found_company(world)
    deep = "/".join(["깊은 폴더"] * 30)
    sent(world, zip_of({f"{deep}/{n}/a.eml": letter_bytes(n) for n in range(3)}))
    assert sorted(mailboxes(world).values()) == [1, 1, 1]


def test_too_many_folders_are_refused_before_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    found_company(world)
    there = len(world.accounts.mailboxes(KIM))
    monkeypatch.setattr("pyeonji.usecases.uploads.folders.MAX_MAILBOXES", there + 3)
    tree = {f"{n}/a.eml": letter_bytes(n) for n in range(4)}
    machine = sent(world, zip_of(tree))
    assert (machine.upload.state, machine.upload.failure) == (
        UploadState.FAILED,
        "too_many_folders",
    )
    assert len(world.accounts.mailboxes(KIM)) == there
    del tree["3/a.eml"]
    assert sent(world, zip_of(tree)).upload.state is UploadState.COMPLETED


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_anywhere_it_comes_out_the_same(when: str) -> None:
    for write in range(1, 100):
        world = World()
        found_company(world)
        machine = send(world, None, zip_of(TREE), folders=Folders.FROM_ZIP)
        machine.switch = KillSwitch(write, when)
        killed = False
        try:
            machine.run()
        except KilledError:
            killed = True
            machine.switch = KillSwitch()
            if machine.upload.state is not UploadState.COMPLETED:
                machine.run()
        assert machine.upload.state is UploadState.COMPLETED
        assert mailboxes(world) == {"메일": 1, "업무": 1, "업무/2025": 2}
        if not killed:
            assert write > 10
            return
    pytest.fail("it was never through without a kill")


def test_what_is_asked_for_must_make_sense() -> None:
    world = World()
    box = found_company(world)
    with pytest.raises(InvalidRequestError):
        ask_to_upload(world, None, 100)
    with pytest.raises(NotFoundError):
        ask_to_upload(world, Mailbox("01" * 13, "x"), 100, folders=Folders.FROM_ZIP)
    assert ask_to_upload(world, box, 100, folders=Folders.FROM_ZIP).mailbox_id == box.id
