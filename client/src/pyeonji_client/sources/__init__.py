"""Where mail comes from."""

from ..model import Secret, Source, SourceConfig, SourceKind


def open_source(config: SourceConfig, secret: str | Secret) -> Source:
    """The source `config` describes; servers are connected to when first asked."""
    # Imported here: a run needs one of them, and the command line should start quickly.
    if config.kind is SourceKind.imap:
        from .imap import ImapSource

        return ImapSource(config, secret)
    if config.kind is SourceKind.pop3:
        from .pop3 import Pop3Source

        return Pop3Source(config, secret)
    if config.kind is SourceKind.mbox:
        from .mbox import MboxSource

        return MboxSource(config)
    if config.kind is SourceKind.maildir:
        from .files import MaildirSource

        return MaildirSource(config)
    if config.kind is SourceKind.pst:
        from .outlook.pst import PstSource

        return PstSource(config)
    if config.kind is SourceKind.zip:
        from .zipped import ZipSource

        return ZipSource(config, secret)
    from .single import EmlSource

    return EmlSource(config)
