"""The mailboxes of a source as a tree to tick: all at once, a branch, or one."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from ..model import Folder
from ..texts.say import Say
from ..texts.window import WINDOW
from .parts import column

_NAME = Qt.ItemDataRole.UserRole


class MailboxTree(QWidget):
    """`changed` is called whenever a tick is. Other people's mailboxes stand apart, below."""

    def __init__(self, say: Say, changed: Callable[[], None]):
        super().__init__()
        self._say, self._changed = say, changed
        self.everything = QCheckBox(say.of(WINDOW, "select_all"))
        self.everything.clicked.connect(self._all)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(say.of(WINDOW, "step_folders"))
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.itemChanged.connect(lambda *_: self._ticked())
        self.setLayout(column(self.everything, self.tree))

    def fill(self, folders: tuple[Folder, ...]) -> None:
        """Shows them, ticked as the source would choose."""
        self.tree.blockSignals(True)
        self.tree.clear()
        branches: dict[tuple[str, str], QTreeWidgetItem] = {}
        for folder in sorted(folders, key=lambda one: one.owner != "own"):
            item = self._at(folder, branches)
            code = "folder_count" if folder.size is None else "folder_count_size"
            count = self._say.of(
                WINDOW, code, messages=folder.messages or 0, size=self._say.size(folder.size)
            )
            item.setText(1, count)
            item.setData(0, _NAME, folder.name)
            item.setToolTip(0, folder.path)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(
                0, Qt.CheckState.Checked if folder.chosen else Qt.CheckState.Unchecked
            )
        self.tree.expandAll()
        self.tree.blockSignals(False)
        self._ticked()

    def _at(
        self, folder: Folder, branches: dict[tuple[str, str], QTreeWidgetItem]
    ) -> QTreeWidgetItem:
        """The place of a folder, made with those above it."""
        above = self.tree.invisibleRootItem()
        if folder.owner != "own":
            above = self._branch(above, (folder.owner, ""), branches,
                                 self._say.of(WINDOW, f"owner_{folder.owner}"))  # fmt: skip
        parts = folder.path.split("/")
        for depth, part in enumerate(parts, start=1):
            key = (folder.owner, "/".join(parts[:depth]))
            above = self._branch(above, key, branches, part)
        return above

    def _branch(
        self,
        above: QTreeWidgetItem,
        key: tuple[str, str],
        branches: dict[tuple[str, str], QTreeWidgetItem],
        text: str,
    ) -> QTreeWidgetItem:
        if key not in branches:
            branches[key] = QTreeWidgetItem(above, [text, ""])
            branches[key].setFlags(Qt.ItemFlag.ItemIsEnabled)
        return branches[key]

    def items(self) -> Iterator[QTreeWidgetItem]:
        """Those that are mailboxes, in the order they are shown."""
        todo = [self.tree.invisibleRootItem()]
        while todo:
            item = todo.pop()
            if item.data(0, _NAME) is not None:
                yield item
            todo += [item.child(number) for number in reversed(range(item.childCount()))]

    def count(self) -> int:
        """How many mailboxes there are."""
        return sum(1 for _ in self.items())

    def names(self) -> set[str]:
        """The source's own spelling of those that are ticked."""
        return {
            item.data(0, _NAME)
            for item in self.items()
            if item.checkState(0) is Qt.CheckState.Checked
        }

    def _all(self) -> None:
        state = Qt.CheckState.Checked
        if all(item.checkState(0) is state for item in self.items()):
            state = Qt.CheckState.Unchecked
        self.tree.blockSignals(True)
        for item in self.items():
            item.setCheckState(0, state)
        self.tree.blockSignals(False)
        self._ticked()

    def _ticked(self) -> None:
        ticked = len(self.names())
        states = {0: Qt.CheckState.Unchecked, self.count(): Qt.CheckState.Checked}
        self.everything.setTristate(True)
        self.everything.setCheckState(states.get(ticked, Qt.CheckState.PartiallyChecked))
        self._changed()
