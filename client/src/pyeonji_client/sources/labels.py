"""Gmail labels (Takeout's X-Gmail-Labels, IMAP's X-GM-LABELS): one mailbox for each mail.

A mail can have many labels and belongs into one mailbox here. Where it was last put on purpose
wins: trash and spam, then what a program made it (draft, sent), the inbox, then the first label of
the person's own, else the archive. All labels are kept in the manifest.

Takeout writes labels in the language of the account: those of Gmail itself are known in the
languages most accounts are in, all others stay mailboxes.
"""

from pyeonji.imap.special import folded, special_use_of

_MAILBOXES = {
    "trash": "휴지통", "junk": "스팸편지함", "drafts": "임시보관함", "sent": "보낸편지함",
    "inbox": "받은편지함", "archive": "보관편지함",
}  # fmt: skip
#: What wins where a mail has several.
_ORDER = ("trash", "junk", "drafts", "sent", "inbox")
_UNREAD = """
    unread, 읽지않음, 안읽음, non lus, non lu, ungelesen, no leídos, no leído, não lidas, não lidos,
    não lida, da leggere, non letti, 未読, 未读, 未讀, непрочитанные, ongelezen, nieprzeczytane,
    okunmamış, chưa đọc, belum dibaca, ยังไม่ได้อ่าน
"""
_STARRED = """
    starred, \\starred, 별표편지함, 별표, suivis, messages suivis, markiert, destacados, com estrela,
    speciali, スター付き, 已加星标, 已加星號, помеченные, met ster, oznaczone gwiazdką, yıldızlı,
    có gắn dấu sao, berbintang, ที่ติดดาว
"""
_OTHER_MARKS = """
    opened, important, \\important, \\muted, muted, archived, chat, chats, snoozed, scheduled,
    all mail, outbox, 읽음, 열림, 중요, 중요편지함, 보관됨, 보관처리됨, 채팅, 다시알림, 다시알림항목,
    예약됨, 예약, 전체보관함, 숨김처리됨, ouvert, ouverts, importants, important, archivés,
    messages archivés, mis en attente, programmé, programmés, tous les messages, geöffnet, wichtig,
    archiviert, zurückgestellt, geplant, alle nachrichten, abierto, abiertos, importantes,
    importante, archivados, archivado, pospuestos, programados, todos, aberto, abertos, aberta,
    abertas, arquivados, arquivado, arquivada, adiados, agendados, programadas, todos os e-mails,
    aperto, aperti, importanti, archiviati, archiviato, posticipati, programmati, tutti i messaggi,
    開封済み, 重要, アーカイブ済み, スヌーズ中, スケジュール済み, 予定, チャット, すべてのメール, 已打开,
    重要邮件, 已归档, 已延后, 已安排, 聊天, 所有邮件, 已開啟, 重要郵件, 已封存, 已延後, 已排定, 即時通訊,
    所有郵件, 全部郵件, открытые, важное, важные, архивированные, в архиве, отложенные,
    запланированные, чаты, вся почта, geopend, belangrijk, gearchiveerd, uitgesteld, ingepland,
    alle berichten, otwarte, ważne, zarchiwizowane, odłożone, zaplanowane, czaty, wszystkie,
    açılmış, açıldı, önemli, arşivlendi, arşivlenmiş, ertelenenler, planlanmış, sohbetler,
    tüm postalar, đã mở, quan trọng, đã lưu trữ, đã tạm ẩn, đã lên lịch, trò chuyện, tất cả thư,
    dibuka, penting, diarsipkan, ditunda, terjadwal, semua email
"""
_CATEGORIES = (
    "category", "카테고리", "catégorie", "kategorie", "categoría", "categoria", "カテゴリ", "类别",
    "類別", "分類", "категория", "categorie", "kategoria", "kategori", "danh mục",
)  # fmt: skip
_FOLDED_UNREAD, _FOLDED_STARRED, _MARKS = (
    frozenset(folded(name) for name in listed.split(","))
    for listed in (_UNREAD, _STARRED, _OTHER_MARKS)
)


def route(labels: tuple[str, ...]) -> tuple[str, str | None]:
    """(mailbox path, special use) for a mail with these labels."""
    uses = {_use_of(label) for label in labels}
    for use in _ORDER:
        if use in uses:
            return _MAILBOXES[use], use
    for label in labels:
        if label and not _is_mark(label) and not label.startswith("\\"):
            return label, None
    return _MAILBOXES["archive"], "archive"


def flags_of(labels: tuple[str, ...]) -> tuple[str, ...]:
    """IMAP flags that labels stand for. Takeout marks what is unread and says nothing else."""
    names = {folded(label) for label in labels}
    flags = () if names & _FOLDED_UNREAD else ("\\Seen",)
    return (*flags, "\\Flagged") if names & _FOLDED_STARRED else flags


def _use_of(label: str) -> str | None:
    """What a label of Gmail itself stands for; IMAP has them with a backslash."""
    return special_use_of(label.removeprefix("\\")) if "/" not in label else None


def _is_mark(label: str) -> bool:
    name = folded(label)
    if name in _MARKS or name in _FOLDED_UNREAD or name in _FOLDED_STARRED:
        return True
    return _use_of(label) == "archive" or label.casefold().startswith(
        tuple(f"{category} " for category in _CATEGORIES)
    )
