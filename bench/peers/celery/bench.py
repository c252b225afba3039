"""What Celery does with the same work: bench.py chains COUNT HOST:PORT, on an empty Redis. Prints "figure value" lines."""
import json
import os
import signal
import subprocess
import sys
import time

MODE, COUNT, ENDPOINT = sys.argv[1], int(sys.argv[2]), sys.argv[3]
os.environ["REDIS"] = ENDPOINT
# In a container one is root; the worker refuses that unless told that it is meant.
os.environ["C_FORCE_ROOT"] = "1"
HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import redis  # noqa: E402
from celery import chain  # noqa: E402
from tasks import app, execute, plan, review  # noqa: E402

# 160 bytes, as each of Ripieno's inputs and results here.
PAYLOAD = json.dumps({"workflow": "w1", "step": "s1", "prompt": "p" * 114})
PROCESSES = 2
PATIENCE = 300
HOST, PORT = ENDPOINT.split(":")


def create(chains):
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(chains):
            chain(plan.s(PAYLOAD), execute.s(), review.s()).apply_async(producer=producer)


def start_worker():
    command = [
        sys.executable, "-B", "-m", "celery", "-A", "tasks", "worker", "-P", "prefork", "-c", str(PROCESSES),
        "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR",
    ]
    return subprocess.Popen(command, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def drained(client, chains):
    """Seconds from the first task that a worker took (its start is not counted) until nothing waits and nothing is unacknowledged."""
    started = time.monotonic()
    first = None
    while time.monotonic() - started < PATIENCE:
        with client.pipeline(transaction=True) as pipe:
            pipe.llen("celery")
            pipe.hlen("unacked")
            waiting, unacknowledged = pipe.execute()
        now = time.monotonic()
        if first is None and (waiting < chains or unacknowledged > 0):
            first = now
        if first is not None and waiting == 0 and unacknowledged == 0:
            return now - first
        time.sleep(0.02)
    raise SystemExit(f"{waiting} tasks still wait after {PATIENCE} s")


def chains():
    client = redis.Redis(host=HOST, port=int(PORT))
    create(50)
    client.flushall()
    started = time.monotonic()
    create(COUNT)
    created = time.monotonic() - started
    worker = start_worker()
    try:
        executed = drained(client, COUNT)
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
    print("create", COUNT / created)
    print("execute", COUNT / executed)
    print("whole", COUNT / (created + executed))


{"chains": chains}[MODE]()
