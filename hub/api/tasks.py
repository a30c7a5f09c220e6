"""`/tasks`: what waits for a person; operators only."""

from uuid import UUID

from fastapi import APIRouter, Request

from hub.api.body import read_json
from hub.api.describing import ERRORS, READING_ERRORS, json_body
from hub.api.problems import not_found
from hub.api.security import Lent, Operator
from hub.api.views import Settlement, TaskList, TaskView
from hub.ledger import audit
from hub.ledger import tasks as store

router = APIRouter(tags=["tasks"])
SETTLEMENT_BYTES = 10_000


@router.get("/tasks", responses=READING_ERRORS)
async def tasks(_: Operator, lent: Lent) -> TaskList:
    """List what waits for a person, oldest first."""
    async with lent.ledger.read() as tx:
        rows = await store.list_open(tx)
    return TaskList(tasks=[TaskView.model_validate(row, from_attributes=True) for row in rows])


@router.post("/tasks/{task}/settle", status_code=204, responses=ERRORS, openapi_extra=json_body(Settlement))
async def settle(task: UUID, request: Request, operator: Operator, lent: Lent) -> None:
    """Note that a person has settled a task. 404 when it is not open."""
    by = (await read_json(request, Settlement, SETTLEMENT_BYTES)).by
    now = lent.now()
    async with lent.ledger.begin() as tx:
        if not await store.settle(tx, task, by, now):
            raise not_found("open task")
        await audit.append(tx, "task_settled", {"task_id": task, "partner": operator.name}, now)
