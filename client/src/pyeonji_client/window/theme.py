"""Colours and shapes; follows the system's light or dark palette."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

_LIGHT = {
    "page": "#f5f6f8", "card": "#ffffff", "line": "#dfe3ea", "text": "#1c2430", "soft": "#5b6675",
    "accent": "#1f5fd6", "over": "#184fb4", "on_accent": "#ffffff", "warn": "#9a4a00",
    "warn_page": "#fff4e5", "bad": "#b3261e", "bad_page": "#fdecea", "good": "#146c2e",
    "good_page": "#e6f4ea", "field": "#ffffff", "track": "#e6eaf0",
}  # fmt: skip
_DARK = {
    "page": "#14181f", "card": "#1d232d", "line": "#343d4b", "text": "#e8ecf2", "soft": "#a4afbf",
    "accent": "#7fb0ff", "over": "#a3c6ff", "on_accent": "#0d1b33", "warn": "#ffc078",
    "warn_page": "#35281a", "bad": "#ffb4ab", "bad_page": "#3a1f1d", "good": "#8fdca4",
    "good_page": "#17301f", "field": "#151a22", "track": "#2c3440",
}  # fmt: skip

_SHEET = """
* {{ font-family: "Pretendard", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR",
     "Noto Sans CJK KR", sans-serif; font-size: 14px; color: {text}; }}
QMainWindow, QDialog, QWidget#page {{ background: {page}; }}
QLabel {{ background: transparent; }}
QLabel#title {{ font-size: 22px; font-weight: 600; }}
QLabel#heading {{ font-size: 16px; font-weight: 600; }}
QLabel#soft {{ color: {soft}; }}
QLabel#warn {{ color: {warn}; background: {warn_page}; border-radius: 6px; padding: 8px 10px; }}
QLabel#bad {{ color: {bad}; background: {bad_page}; border-radius: 6px; padding: 8px 10px; }}
QLabel#note {{ color: {soft}; background: {track}; border-radius: 6px; padding: 8px 10px; }}
QLabel#chip {{ color: {soft}; background: {track}; border-radius: 9px; padding: 2px 10px; }}
QLabel#chip[tone="good"] {{ color: {good}; background: {good_page}; }}
QLabel#chip[tone="bad"] {{ color: {bad}; background: {bad_page}; }}
QFrame#card {{ background: {card}; border: 1px solid {line}; border-radius: 10px; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QPushButton {{ background: {card}; border: 1px solid {line}; border-radius: 7px;
               padding: 7px 16px; min-height: 20px; }}
QPushButton:hover {{ border-color: {accent}; }}
QPushButton:focus {{ border: 2px solid {accent}; padding: 6px 15px; }}
QPushButton:disabled {{ color: {soft}; background: {track}; }}
QPushButton#main {{ background: {accent}; border-color: {accent}; color: {on_accent};
                    font-weight: 600; }}
QPushButton#main:hover {{ background: {over}; }}
QPushButton#main:disabled {{ background: {track}; border-color: {line}; color: {soft}; }}
QPushButton#link {{ background: transparent; border: none; color: {accent}; padding: 4px 6px; }}
QPushButton#link:hover {{ text-decoration: underline; }}
QPushButton#link:focus {{ border: 1px solid {accent}; border-radius: 4px; padding: 3px 5px; }}
QLineEdit {{ background: {field}; border: 1px solid {line}; border-radius: 7px;
               padding: 4px 10px; selection-background-color: {accent};
               selection-color: {on_accent}; }}
QLineEdit:focus {{ border: 2px solid {accent}; padding: 3px 9px; }}
QProgressBar {{ background: {track}; border: none; border-radius: 4px; max-height: 8px;
                min-height: 8px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 4px; }}
QTableWidget, QTreeWidget, QListWidget {{ background: {card}; border: 1px solid {line};
               border-radius: 8px; gridline-color: {line}; alternate-background-color: {page};
               selection-background-color: {track}; selection-color: {text}; }}
QHeaderView::section {{ background: {page}; color: {soft}; border: none;
               border-bottom: 1px solid {line}; padding: 6px 8px; }}
QTableCornerButton::section {{ background: {page}; border: none; }}
QTableWidget::item, QListWidget::item {{ padding: 5px 6px; }}
QRadioButton, QCheckBox {{ spacing: 8px; }}
QRadioButton {{ font-weight: 600; }}
QRadioButton:focus, QCheckBox:focus {{ border: 2px solid {accent}; border-radius: 5px; }}
QComboBox:focus, QTreeWidget:focus, QTableWidget:focus {{ border: 2px solid {accent}; }}
QTreeWidget::item {{ padding: 4px 2px; }}
QTreeWidget::item:selected {{ background: {track}; color: {text}; }}
"""


def is_dark(application: QApplication) -> bool:
    """True when the system asks for dark windows."""
    scheme = application.styleHints().colorScheme()
    if scheme is not Qt.ColorScheme.Unknown:
        return scheme is Qt.ColorScheme.Dark
    return application.palette().color(QPalette.ColorRole.Window).lightness() < 128


def dress(application: QApplication, *, dark: bool | None = None) -> None:
    """Gives the application our look."""
    application.setStyle("Fusion")
    colours = _DARK if (is_dark(application) if dark is None else dark) else _LIGHT
    palette = QPalette()
    for role, name in (
        (QPalette.ColorRole.Window, "page"), (QPalette.ColorRole.Base, "field"),
        (QPalette.ColorRole.Text, "text"), (QPalette.ColorRole.WindowText, "text"),
        (QPalette.ColorRole.Button, "card"), (QPalette.ColorRole.ButtonText, "text"),
        (QPalette.ColorRole.Highlight, "accent"), (QPalette.ColorRole.HighlightedText, "on_accent"),
        (QPalette.ColorRole.PlaceholderText, "soft"), (QPalette.ColorRole.Link, "accent"),
    ):  # fmt: skip
        palette.setColor(role, QColor(colours[name]))
    application.setPalette(palette)
    application.setStyleSheet(_SHEET.format(**colours))
