"""The audit, made of lists."""

from collections.abc import Iterator

from pyeonji.domain.audit import AuditRecord, ChainHead


class FakeAudit:
    def __init__(self) -> None:
        self.chains: dict[str, list[AuditRecord]] = {}
        self.heads: dict[str, ChainHead] = {}

    def head(self, account: str) -> ChainHead | None:
        return self.heads.get(account)

    def append(self, record: AuditRecord) -> bool:
        account = record.deed.account
        head = self.heads.get(account)
        there = (0, None) if head is None else (head.number, head.hash)
        if there[0] != record.number - 1 or (head and head.hash != record.before):
            return False
        self.chains.setdefault(account, []).append(record)
        self.heads[account] = ChainHead(account, record.number, record.at, record.hash)
        return True

    def newest(self, account: str, before: int | None, limit: int) -> list[AuditRecord]:
        found = [
            record
            for record in reversed(self.chains.get(account, []))
            if before is None or record.number < before
        ]
        return found[:limit]

    def all(self, account: str) -> Iterator[AuditRecord]:
        return iter(list(self.chains.get(account, [])))

    def accounts(self, domain: str) -> list[str]:
        return sorted(each for each in self.chains if each.endswith(f"@{domain}"))
