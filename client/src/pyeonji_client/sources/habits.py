"""What is learnt of a server over several connections to it."""

from dataclasses import dataclass, field

#: A mail whose connection broke this often while it was asked for alone is given up.
STRIKES = 3
#: After so many wrong sizes in a row the server is known to misstate them (Exchange does).
WRONG_SIZES = 20


@dataclass(slots=True)
class Habits:
    """`one_by_one`: something breaks when asked for many mails at once."""

    one_by_one: bool = False
    _strikes: dict[str, int] = field(default_factory=dict)
    _wrong_sizes: int = 0

    def strike(self, key: str) -> None:
        """One more broken connection while only this mail was asked for."""
        self._strikes[key] = self._strikes.get(key, 0) + 1

    def struck_out(self, key: str) -> bool:
        """True once a mail has broken too many connections."""
        return self._strikes.get(key, 0) >= STRIKES

    def size_was(self, *, right: bool) -> None:
        """Keeps count of wrong sizes in a row."""
        self._wrong_sizes = 0 if right else self._wrong_sizes + 1

    @property
    def misstates_sizes(self) -> bool:
        """True once the server is known to state wrong sizes."""
        return self._wrong_sizes >= WRONG_SIZES
