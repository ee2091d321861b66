"""Small widgets the screens are made of."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

#: Fields of all kinds are this high, so that rows of them stand straight; also a touch target.
FIELD_HEIGHT = 38


def label(text: str, kind: str = "", *, wrap: bool = True) -> QLabel:
    """Text; `kind` is a name of the style sheet (title, heading, soft, warn, bad, note)."""
    made = QLabel(text)
    made.setObjectName(kind)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)  # names come from servers: never as markup
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class OneLine(QLabel):
    """Text in one line that gives way: what does not fit is cut with dots, whole as a tip."""

    def __init__(self, text: str, kind: str = ""):
        super().__init__(text)
        self.setObjectName(kind)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setMinimumWidth(48)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Narrower than its text."""
        return QSize(48, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The text, cut to what there is."""
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self.width()
        )
        painter.setPen(self.palette().color(self.foregroundRole()))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.rect(), flags, shown)


def scrolled(widget: QWidget) -> QScrollArea:
    """A widget that may be higher than its place: small screens, large letters."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(widget)
    return area


def fit(window: QWidget, width: int, height: int) -> None:
    """That large, or as large as the screen lets it."""
    screen = window.screen() or QGuiApplication.primaryScreen()
    there = screen.availableGeometry()
    window.resize(min(width, there.width() - 40), min(height, there.height() - 60))


def button(text: str, act: Callable[[], object], kind: str = "") -> QPushButton:
    """A button; `kind` is main or link."""
    made = QPushButton(text)
    made.setObjectName(kind)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    made.clicked.connect(lambda: act())
    return made


def field(name: str, *, secret: bool = False) -> QLineEdit:
    """A line to type in; `name` is what a screen reader says."""
    made = QLineEdit()
    made.setMinimumHeight(FIELD_HEIGHT)
    made.setAccessibleName(name)
    if secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def choice(name: str, options: list[tuple[str, str]]) -> QComboBox:
    """A list to choose from: (value, text)."""
    made = QComboBox()
    made.setMinimumHeight(FIELD_HEIGHT)
    made.setAccessibleName(name)
    for value, text in options:
        made.addItem(text, value)
    return made


def choose(box: QComboBox, value: str) -> None:
    """Selects the option with this value."""
    box.setCurrentIndex(max(0, box.findData(value)))


def column(*items: QWidget | int, spacing: int = 10, margin: int = 0) -> QVBoxLayout:
    """Widgets below each other; a number is a space, 0 takes what is left."""
    layout = QVBoxLayout()
    layout.setSpacing(spacing)
    layout.setContentsMargins(margin, margin, margin, margin)
    for item in items:
        if isinstance(item, QWidget):
            layout.addWidget(item)
        elif item:
            layout.addSpacing(item)
        else:
            layout.addStretch(1)
    return layout


def row(*items: QWidget | int, spacing: int = 8) -> QWidget:
    """Widgets beside each other; 0 takes what is left."""
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setSpacing(spacing)
    layout.setContentsMargins(0, 0, 0, 0)
    for item in items:
        if isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addStretch(1)
    return holder


def labelled(text: str, widget: QWidget) -> QWidget:
    """A field with its name above."""
    holder = QWidget()
    caption = label(text, "soft")
    caption.setBuddy(widget)
    holder.setLayout(column(caption, widget, spacing=4))
    return holder


def card(*items: QWidget | int, spacing: int = 10) -> QFrame:
    """A box with a border."""
    made = QFrame()
    made.setObjectName("card")
    made.setLayout(column(*items, spacing=spacing, margin=18))
    return made


def tell(where: QLabel, text: str) -> None:
    """Shows a message, or hides its place when there is none."""
    where.setText(text)
    where.setVisible(bool(text))
