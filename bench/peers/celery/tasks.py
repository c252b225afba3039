"""The tasks of a chain of three, acknowledged late: a killed worker loses none, as with Ripieno."""
import os

from celery import Celery

ENDPOINT = os.environ["REDIS"]

app = Celery("tasks", broker=f"redis://{ENDPOINT}/0", backend=f"redis://{ENDPOINT}/1")
app.conf.update(
    task_acks_late=True,
    # Tasks fetched ahead for each process: those that do nothing would wait for each fetch.
    worker_prefetch_multiplier=64,
    result_expires=3600,
    worker_send_task_events=False,
    task_send_sent_event=False,
    task_serializer="json",
    accept_content=["json"],
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)


@app.task(name="plan")
def plan(payload):
    return payload


@app.task(name="execute")
def execute(payload):
    return payload


@app.task(name="review")
def review(payload):
    return payload
