"""Guessing what a folder is for from its name, where the server does not say (RFC 6154).

The names Gmail, Outlook and Exchange, Apple Mail, Thunderbird, Naver, Daum and Nate give their own
folders in the languages they are sold in. Compared without case, spaces and hyphens.
"""

import re
import unicodedata

_USES = {
    "inbox": """
        inbox, 받은편지함, 받은메일함, posteingang, boîte de réception, courrier entrant,
        bandeja de entrada, recibidos, caixa de entrada, entrada, posta in arrivo, входящие,
        postvak in, inkorgen, indbakke, innboks, saapuneet, skrzynka odbiorcza, odebrane,
        gelen kutusu, hộp thư đến, 受信トレイ, 受信箱, 收件箱, 收件匣, กล่องจดหมาย, kotak masuk
    """,
    "sent": """
        sent, sent items, sent messages, sent mail, sent-mail, sent objects, outgoing,
        보낸편지함, 보낸메일함, 보낸메일, 보낸메시지, 발신함, gesendet, gesendete elemente,
        gesendete objekte, gesendete nachrichten, éléments envoyés, envoyés, envoyé, messages envoyés,
        courrier envoyé, enviados, elementos enviados, mensajes enviados, correo enviado,
        itens enviados, mensagens enviadas, e-mails enviados, posta inviata, inviati,
        messaggi inviati, elementi inviati, inviata, отправленные, исходящие отправленные,
        verzonden items, verzonden, verzonden berichten, skickat, skickade objekt, sendt, sendte,
        sendt post, sendte elementer, lähetetyt, elementy wysłane, wysłane, gönderilmiş öğeler,
        gönderilenler, gönderilmiş postalar, thư đã gửi, đã gửi, mục đã gửi, 送信済みアイテム,
        送信済みメール, 送信済みトレイ, 送信済み, 送信箱, 已发送邮件, 已发送, 已发邮件, 寄件備份,
        已傳送的郵件, 已寄出, 寄件備份匣, ส่งแล้ว, terkirim, item terkirim
    """,
    "drafts": """
        drafts, draft, 임시보관함, 임시저장함, 임시저장, 초안, 작성중인메일, entwürfe, entwurf,
        brouillons, brouillon, borradores, borrador, rascunhos, bozze, черновики, concepten, utkast, kladder,
        luonnokset, kopie robocze, wersje robocze, robocze, taslaklar, thư nháp, nháp, bản nháp,
        下書き, 草稿, 草稿箱, 草稿匣, ร่างจดหมาย, draf
    """,
    "junk": """
        junk, junk e-mail, junk email, junk mail, spam, bulk, bulk mail, quarantine, 스팸, 스팸함,
        스팸편지함, 스팸메일함, 스팸메일, 정크메일, 정크 메일함, 정크, junk-e-mail, spamverdacht,
        werbung, courrier indésirable, indésirables, pourriel, correo no deseado, no deseado,
        lixo eletrônico, lixo eletrónico, posta indesiderata, indesiderata, нежелательная почта,
        спам, ongewenste e-mail, ongewenst, skräppost, søppelpost, uønsket e-mail, uønsket mail,
        roskaposti, wiadomości-śmieci, wiadomości śmieci, istenmeyen, istenmeyen posta,
        gereksiz e-posta, gereksiz, thư rác, 迷惑メール, 垃圾邮件, 垃圾郵件, 垃圾邮件箱, 垃圾信件匣,
        อีเมลขยะ, sampah spam, email sampah
    """,
    "trash": """
        trash, deleted, deleted items, deleted messages, bin, wastebasket, recycle bin, 휴지통,
        지운편지함, 지운 편지함, 삭제된 항목, 삭제된 메시지, 삭제메일함, 삭제한 항목, papierkorb,
        gelöschte elemente, gelöschte objekte, gelöscht, éléments supprimés, corbeille,
        messages supprimés, supprimés, papelera, papelera de reciclaje, elementos eliminados,
        eliminados, mensajes eliminados, lixeira, itens excluídos, itens eliminados, lixo,
        mensagens excluídas, cestino, posta eliminata, eliminata, elementi eliminati, корзина,
        удаленные, удалённые, prullenbak, verwijderde items, verwijderd, papperskorgen,
        borttaget, borttagna objekt, slettet post, slettede elementer, papirkurv, poistetut,
        kosz, elementy usunięte, usunięte, çöp kutusu, çöp, silinmiş öğeler, silinmiş,
        thùng rác, mục đã xóa, 削除済みアイテム, ゴミ箱, ごみ箱, 已删除邮件, 已删除, 废纸篓,
        刪除的郵件, 垃圾桶, 已刪除, ถังขยะ, tong sampah, item yang dihapus
    """,
    "archive": """
        archive, archives, all archive, 보관함, 보관편지함, 보관, 아카이브, archiv, archivio,
        archivo, archivos, arquivo, arquivo morto, arquivos, архив, archief, arkiv, arkisto,
        archiwum, arşiv, lưu trữ, アーカイブ, 归档, 存档, 封存, ที่เก็บถาวร, arsip
    """,
}
#: What Exchange keeps beside mail; its "mails" are appointments and cards.
_NOT_MAIL = """
    calendar, contacts, tasks, notes, journal, suggested contacts, sync issues, rss feeds,
    rss subscriptions, conversation history, conversation action settings, quick step settings,
    birthdays, 일정, 달력, 캘린더, 연락처, 주소록, 작업, 할일, 메모, 노트, 업무일지, 저널,
    동기화문제, rss피드, 대화내용, 대화기록, 제안된연락처, kalender, kontakte, aufgaben, notizen,
    synchronisierungsprobleme, rss-feeds, aufgezeichnete unterhaltungen, calendrier, contacts
    suggérés, tâches, problèmes de synchronisation, flux rss, historique des conversations,
    calendario, contactos, tareas, notas, diario, problemas de sincronización, fuentes rss,
    calendário, contatos, tarefas, diário, contatti, attività, note, календарь, контакты, задачи,
    заметки, дневник, agenda, contactpersonen, taken, notities, kalendarz, kontakty, zadania,
    notatki, takvim, kişiler, görevler, notlar, 予定表, 連絡先, タスク, 仕事, メモ, 履歴,
    同期の失敗, 日历, 联系人, 任务, 便笺, 日记, 行事曆, 連絡人, 工作, 記事, lịch,
    danh bạ, nhiệm vụ, ghi chú
"""
#: Prefixes servers put before every name of one's own; they are no level of anybody's.
_PREFIX = re.compile(r"(?:INBOX[/.]|\[(?:Gmail|Google ?Mail)\]/)", re.IGNORECASE)
_IGNORED = re.compile(r"[\s\-‐‑–_]+")


def folded(name: str) -> str:
    """A name as it is compared: without case, spaces and hyphens."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", name).casefold())


def _names(listed: str) -> list[str]:
    return [folded(name) for name in listed.split(",")]


_USE_OF = {name: use for use, listed in _USES.items() for name in _names(listed)}
_OTHER = frozenset(_names(_NOT_MAIL))


def special_use_of(path: str) -> str | None:
    """inbox, sent, drafts, junk, trash, archive, or None. Only top-level names count."""
    return _USE_OF.get(folded(_PREFIX.sub("", path, count=1)))


def holds_mail(path: str) -> bool:
    """False for calendars, contacts, tasks and notes, and what is below them."""
    return folded(_PREFIX.sub("", path, count=1).split("/")[0]) not in _OTHER
