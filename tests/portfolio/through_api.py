"""A person with a portfolio, through the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.conftest import Answer
from tests.identity.factory import Person, sign_up


@dataclass
class Portfolio:
    """A portfolio and its owner, who calls the API."""

    owner: Person
    id: int

    @property
    def path(self) -> str:
        return f"/v1/portfolios/{self.id}"

    def get(self, path: str) -> Answer:
        return self.owner.api.get(f"{self.path}/{path}")

    def shown(self, path: str) -> Any:
        """What a GET answers, which must succeed."""
        answer = self.get(path)
        assert answer.status == 200, answer.text
        return answer.json

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.owner.api.post(f"{self.path}/{path}", body, **headers)

    def add(self, type: str, **fields: Any) -> dict[str, Any]:
        """Books a transaction."""
        body = {"type": type, "timestamp": "2024-01-02T12:00:00Z", **fields}
        answer = self.post("transactions", body)
        assert answer.status == 201, answer.text
        return dict(answer.json["transaction"])

    def try_import(self, content: str, **options: Any) -> dict[str, Any]:
        """A dry run."""
        answer = self.post("import", {"content": content, **options})
        assert answer.status == 200, answer.text
        return dict(answer.json)

    def really_import(self, content: str, **options: Any) -> dict[str, Any]:
        """A real import, which must succeed."""
        answer = self.post("import", {"content": content, "dry_run": False, **options})
        assert answer.status == 200, answer.text
        return dict(answer.json)

    def transactions(self) -> list[dict[str, Any]]:
        """All of them, the oldest first."""
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.shown(f"transactions?limit=200{cursor}")
            found += page["items"]
            if page["next_cursor"] is None:
                return found[::-1]
            cursor = f"&cursor={page['next_cursor']}"


def new_portfolio(owner: Person | None = None, name: str = "Savings", **fields: Any) -> Portfolio:
    """An empty portfolio, of a new person unless one is given."""
    owner = owner or sign_up()
    answer = owner.api.post("/v1/portfolios", {"name": name, **fields})
    assert answer.status == 201, answer.text
    return Portfolio(owner, answer.json["id"])
